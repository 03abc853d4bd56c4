/** What no shell reads as anything but itself. `\w` is ASCII alone, whatever the flags. */
const PLAIN = /^[\w/:.,@%+=-]+$/u;

/**
 * A word as one argument of a POSIX shell.
 *
 * @example shellWord('app in (a)') // `'app in (a)'`
 * @example shellWord("it's") // `'it'\''s'`
 */
export function shellWord(word: string): string {
  // At the beginning, zsh replaces `=command` by a path, and `%` names a job to every shell.
  if (PLAIN.test(word) && !word.startsWith('=') && !word.startsWith('%')) return word;
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
