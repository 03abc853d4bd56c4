/** Command lines to be pasted: names, selectors and headers of others are text and nothing else there. */
import { shellWord } from './shell-word.ts';

/**
 * A command line that does in a shell what its words say; null where a word holds what can't be pasted (a line end, a
 * control character, an invisible one), because what is seen would not be what is run.
 */
export function commandLine(words: readonly string[]): string | null {
  const isSeen = words.every((word) => !/[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u.test(word));
  return isSeen ? words.map(shellWord).join(' ') : null;
}
