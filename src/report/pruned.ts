/** The previews that `prune` looked at: which go, which stay, and why. */
import { count } from '../base/text.ts';
import type { PrunedView } from '../plan/types.ts';
import { codeOf, folded, rowOf, rowsWithin, tableOf, textOf } from './markdown.ts';
import { visible } from './text.ts';
import type { Outcome } from './types.ts';

/** Characters of a cell. */
const MAX_CELL = 200;

/** A preview that goes, as the output `pruned` and the JSON have it. */
export interface PrunedJson {
  readonly subset: string;
  readonly host: string;
  readonly reason: string;
  readonly repository: string | null;
  readonly pullRequest: number | null;
  readonly expires: string | null;
}

/** Those that went or, under `dry-run`, would go. */
export function prunedOf({ pruned = [], failure }: Outcome): readonly PrunedJson[] {
  if (failure !== null) return [];
  return pruned
    .filter(({ isGone }) => isGone)
    .map(({ subset, host, reason, owner }) => ({
      subset,
      host,
      reason,
      repository: owner?.repository ?? null,
      pullRequest: owner?.pullRequest ?? null,
      expires: owner?.expires ?? null,
    }));
}

/** One line each, those that go first. */
export function prunedLines({ pruned = [], dryRun, failure }: Outcome): readonly string[] {
  if (failure !== null) return [];
  return ordered(pruned).map(
    ({ subset, words, isGone }) => `${wordOf(isGone, dryRun)} ${visible(subset)}: it ${visible(words)}`,
  );
}

/** A table of those that go, and folded away one of those that stay; rows that have no room are counted. */
export function prunedTables({ pruned = [], dryRun, failure }: Outcome, room: number): string {
  if (failure !== null || pruned.length === 0) return '';
  const [gone, kept] = [pruned.filter(({ isGone }) => isGone), pruned.filter(({ isGone }) => !isGone)];
  const half = room / 2;
  return [
    ...(gone.length === 0 ? [] : [tableWithin([dryRun ? 'Would go' : 'Removed', 'Because it'], gone, half)]),
    ...(kept.length === 0
      ? []
      : [folded(`${count(kept.length, 'preview')} kept`, tableWithin(['Kept', 'Because it'], kept, half))]),
  ].join('\n\n');
}

function tableWithin(head: readonly string[], pruned: readonly PrunedView[], room: number): string {
  const draw = ({ subset, words }: PrunedView): string =>
    rowOf([codeOf(subset, MAX_CELL), textOf(words, MAX_CELL)]);
  const rows = rowsWithin(pruned, draw, room - 500);
  const rest = pruned.length - rows.length;
  return `${tableOf(head, rows)}${rest === 0 ? '' : `\n\nand ${rest} more`}`;
}

function ordered(pruned: readonly PrunedView[]): readonly PrunedView[] {
  return [...pruned].sort((a, b) => Number(b.isGone) - Number(a.isGone));
}

function wordOf(isGone: boolean, isDryRun: boolean): string {
  if (!isGone) return 'kept';
  return isDryRun ? 'would remove' : 'removed';
}
