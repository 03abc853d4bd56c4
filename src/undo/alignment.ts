/**
 * The longest common subsequence of two lists, as pairs of positions: what stayed where it was, in its order.
 *
 * @example alignment(['a', 'b', 'c'], ['c', 'a', 'b']) // [[0, 1], [1, 2]]
 */
export function alignment(old: readonly string[], next: readonly string[]): [number, number][] {
  const pairs: [number, number][] = [];
  let head = 0;
  while (head < old.length && head < next.length && old[head] === next[head]) head += 1;
  let tail = 0;
  while (
    tail < old.length - head &&
    tail < next.length - head &&
    old[old.length - 1 - tail] === next[next.length - 1 - tail]
  )
    tail += 1;
  for (let i = 0; i < head; i += 1) pairs.push([i, i]);
  const a = old.slice(head, old.length - tail);
  const b = next.slice(head, next.length - tail);
  for (const [i, j] of longest(a, b)) pairs.push([head + i, head + j]);
  for (let i = tail; i > 0; i -= 1) pairs.push([old.length - i, next.length - i]);
  return pairs;
}

/** By the table of the lengths of all tails: a change touches a few routes of a run, so both lists are short. */
function longest(a: readonly string[], b: readonly string[]): [number, number][] {
  const lengths = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  const at = (i: number, j: number): number => lengths[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1) {
    const row = lengths[i];
    for (let j = b.length - 1; row !== undefined && j >= 0; j -= 1)
      row[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  }
  const pairs: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (at(i + 1, j) >= at(i, j + 1)) i += 1;
    else j += 1;
  }
  return pairs;
}
