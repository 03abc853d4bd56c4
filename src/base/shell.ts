/**
 * Words for a shell, to be pasted: names, selectors and headers of others are text and nothing else there.
 */

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

/**
 * A command line that does in a shell what its words say; null where a word holds what can't be pasted (a line end, a
 * control character, an invisible one), because what is seen would not be what is run.
 */
export function commandLine(words: readonly string[]): string | null {
  const isSeen = words.every((word) => !/[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u.test(word));
  return isSeen ? words.map(shellWord).join(' ') : null;
}
