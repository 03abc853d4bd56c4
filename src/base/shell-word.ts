/** What no shell reads as anything but itself. */
const PLAIN = /^[\w/:.,@%+=-]+$/u;

/**
 * A word as one argument of a POSIX shell.
 *
 * @example shellWord('app in (a)') // `'app in (a)'`
 * @example shellWord("it's") // `'it'\''s'`
 */
export function shellWord(word: string): string {
  // Without `u` flags of a locale: `\w` is ASCII here.
  if (PLAIN.test(word) && !word.startsWith('=') && !word.startsWith('%')) return word;
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
