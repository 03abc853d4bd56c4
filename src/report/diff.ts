import { diffArrays } from 'diff';
import { memoizedFor } from '../base/memoized.ts';
import type { TextChange } from './types.ts';
import { cut, grouped } from '../base/text.ts';
import { visible } from './text.ts';

/** Lines of context around a change. */
const CONTEXT = 3;

/**
 * A stretch without a common unique line that differs in more lines than this is shown as replaced whole:
 * the search for the smallest difference takes time in the square of it.
 */
const MAX_EDITS = 500;

/** One line, its line end included, and what became of it. */
interface DiffLine {
  readonly sign: ' ' | '-' | '+';
  readonly text: string;
}

/**
 * The unified diff of texts, one after the other: `--- a/<label>`, `+++ b/<label>`, three lines of context.
 * Texts that didn't change are left out; empty when none did.
 */
export function diffOf(changes: readonly TextChange[]): string {
  return changes
    .filter((change) => change.before !== change.after)
    .map(diffOfOne)
    .join('');
}

/** Shown in the log and in the summary, and given as an output. */
const diffOfOne = memoizedFor((change: TextChange): string => {
  // As git shows it: an absolute path has no second slash.
  const label = visible(change.label).replace(/^\//, '');
  const lines = compare(linesWithEnds(change.before), linesWithEnds(change.after));
  return `--- a/${label}\n+++ b/${label}\n${hunksOf(lines).join('')}`;
});

/** Characters of a line of the diff that is an annotation of istiops. */
const MAX_ANNOTATION = 120;

/**
 * A diff to be read: an annotation of istiops, which may be a line of many thousand characters, is cut to one that
 * fits, and says how long it is. A diff to be applied is the whole one.
 */
export function readableDiff(diff: string): string {
  return diff.replace(/^[ +-] *["']?istiops\/[a-z-]+["']?:.*$/gm, (line) =>
    line.length <= MAX_ANNOTATION
      ? line
      : `${cut(line, MAX_ANNOTATION)} (${grouped(line.length)} characters)`,
  );
}

function linesWithEnds(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/**
 * Cut at the lines that both texts have exactly once (every route has such a line: its match or its name),
 * then compared piece by piece. In one piece, the comparison of 2,000 routes with one weight changed in each
 * takes seconds, of 10,000 minutes; cut, it takes milliseconds.
 *
 * @see https://bramcohen.livejournal.com/73318.html patience diff
 */
function compare(before: readonly string[], after: readonly string[]): DiffLine[] {
  const lines: DiffLine[] = [];
  let b = 0;
  let a = 0;
  for (const [anchorBefore, anchorAfter] of [
    ...anchorsOf(before, after),
    [before.length, after.length] as const,
  ]) {
    for (const line of comparePiece(before.slice(b, anchorBefore), after.slice(a, anchorAfter)))
      lines.push(line);
    const anchor = before[anchorBefore];
    if (anchor !== undefined) lines.push({ sign: ' ', text: anchor });
    b = anchorBefore + 1;
    a = anchorAfter + 1;
  }
  return lines;
}

function comparePiece(before: readonly string[], after: readonly string[]): DiffLine[] {
  const found = diffArrays([...before], [...after], { maxEditLength: MAX_EDITS });
  if (found === undefined) return [...before.map(removed), ...after.map(added)];
  return found.flatMap((part) => part.value.map(part.added ? added : part.removed ? removed : kept));
}

const kept = (text: string): DiffLine => ({ sign: ' ', text });
const removed = (text: string): DiffLine => ({ sign: '-', text });
const added = (text: string): DiffLine => ({ sign: '+', text });

/** Positions of the lines that are unique in both, as long a row of them as stands in the same order. */
function anchorsOf(before: readonly string[], after: readonly string[]): (readonly [number, number])[] {
  const inAfter = uniqueLines(after);
  const common: (readonly [number, number])[] = [];
  for (const [text, at] of uniqueLines(before)) {
    const there = inAfter.get(text);
    if (there !== undefined) common.push([at, there]);
  }
  return longestRise(common.sort((x, y) => x[0] - y[0]));
}

function uniqueLines(lines: readonly string[]): Map<string, number> {
  const positions = new Map<string, number>();
  const repeated = new Set<string>();
  lines.forEach((text, i) => {
    if (positions.has(text)) repeated.add(text);
    positions.set(text, i);
  });
  for (const text of repeated) positions.delete(text);
  return positions;
}

/** The longest run of pairs, in order, whose second number rises: patience sorting. */
function longestRise(pairs: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  interface Card {
    readonly pair: readonly [number, number];
    readonly below: Card | undefined;
  }
  const tops: Card[] = [];
  for (const pair of pairs) {
    let low = 0;
    let high = tops.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((tops[middle]?.pair[1] ?? Infinity) < pair[1]) low = middle + 1;
      else high = middle;
    }
    tops[low] = { pair, below: tops[low - 1] };
  }
  const rise: (readonly [number, number])[] = [];
  for (let card = tops.at(-1); card !== undefined; card = card.below) rise.push(card.pair);
  return rise.reverse();
}

function hunksOf(lines: readonly DiffLine[]): string[] {
  const hunks: string[] = [];
  let from = 0;
  let to = 0;
  let before = 1;
  let after = 1;
  let counted = 0;
  const flush = (): void => {
    for (const line of lines.slice(counted, from)) {
      if (line.sign !== '+') before++;
      if (line.sign !== '-') after++;
    }
    counted = from;
    const hunk = lines.slice(from, to);
    const old = hunk.filter((line) => line.sign !== '+').length;
    const now = hunk.filter((line) => line.sign !== '-').length;
    // An empty side is said to begin at the line before it (POSIX diff -u): patch refuses it otherwise.
    const head = `@@ -${hunkRange(before, old)} +${hunkRange(after, now)} @@\n`;
    hunks.push(head + hunk.map(printed).join(''));
  };
  lines.forEach((line, i) => {
    if (line.sign === ' ') return;
    if (to > 0 && i - CONTEXT > to) flush();
    if (to === 0 || i - CONTEXT > to) from = Math.max(i - CONTEXT, 0);
    to = Math.min(i + CONTEXT + 1, lines.length);
  });
  if (to > 0) flush();
  return hunks;
}

function hunkRange(start: number, length: number): string {
  return `${length === 0 ? start - 1 : start},${length}`;
}

function printed(line: DiffLine): string {
  return line.text.endsWith('\n')
    ? line.sign + line.text
    : `${line.sign}${line.text}\n\\ No newline at end of file\n`;
}
