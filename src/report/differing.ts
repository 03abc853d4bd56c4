import { cut } from '../base/text.ts';

/** Characters in front of the first difference, so that a reader knows where it is. */
const CONTEXT = 40;

/**
 * Two texts that differ, each of at most `limit` characters. Of long ones what they begin with alike is left out:
 * cut at the end, both would look the same.
 *
 * @example differingTexts('aaaa…a1', 'aaaa…a2', 50) // ['…aaaa1', '…aaaa2']
 */
export function differingTexts(was: string, now: string, limit: number): readonly [string, string] {
  const [old, next] = [Array.from(was), Array.from(now)];
  if (old.length <= limit && next.length <= limit) return [was, now];
  const same = old.findIndex((character, i) => character !== next[i]);
  const start = (same === -1 ? old.length : same) - CONTEXT;
  const from = (characters: readonly string[]): string =>
    cut(start <= 0 ? characters.join('') : `…${characters.slice(start).join('')}`, limit);
  return [from(old), from(next)];
}
