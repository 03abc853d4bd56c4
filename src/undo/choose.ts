/** Which change is meant by an `undo`. */
import { TrafficError, refuse } from '../base/errors.ts';
import { INPUTS } from '../intent/inputs.ts';
import { selectionInputs } from '../intent/selection.ts';
import { formatLabels } from '../istio/labels.ts';
import type { Selection } from '../istio/selection.ts';
import { canonicalJson, sameJson } from '../base/json.ts';
import { commandText } from '../plan/command.ts';
import { changeText } from '../plan/change-text.ts';
import type { Snapshot } from '../plan/types.ts';
import { isOfBuild, type HistoryChange } from './history.ts';
import { presenceOf } from './presence.ts';
import type { ChangeChoice } from './types.ts';
import { titleOf } from '../base/title.ts';

/**
 * @param changes of the selected VirtualServices, the newest first
 * @returns the newest first; empty where there is nothing that could be meant
 * @throws TrafficError ambiguous where the last preview and the last change of shares are of different builds;
 *   not-found where there is no change of the number
 */
export function chosenChanges(
  snapshot: Snapshot,
  { podLabels, to, ...selection }: ChangeChoice,
  changes: readonly HistoryChange[],
): readonly HistoryChange[] {
  if (to !== undefined) {
    if (to > changes.length)
      throw new TrafficError(
        'not-found',
        `There is no change ${to}: the selected VirtualServices remember ${changes.length === 1 ? 'one change' : `${changes.length} changes`}. ` +
          'See `istiops traffic history`.',
      );
    return changes.slice(0, to);
  }
  if (podLabels !== undefined) return changes.filter((change) => isOfBuild(change, podLabels)).slice(0, 1);
  refuseIfAmbiguous(snapshot, selection, changes);
  return changes.slice(0, 1);
}

/** On a VirtualService with previews the last change is nearly always somebody's preview. */
function refuseIfAmbiguous(
  snapshot: Snapshot,
  selection: Selection,
  changes: readonly HistoryChange[],
): void {
  const isLeft = (change: HistoryChange): boolean => presenceOf(snapshot, change) !== 'no';
  const preview = changes.find((change) => isOfPreviews(change) && isLeft(change));
  const shares = changes.find((change) => isOfShares(change) && isLeft(change));
  if (preview === undefined || shares === undefined || preview.id === shares.id) return;
  const [a, b] = [preview.summary.subset, shares.summary.subset];
  if (a === b && (a !== null || sameJson(buildsOf(preview), buildsOf(shares)))) return;
  const line = (what: string, change: HistoryChange): string =>
    `- ${what}, ${changeText(change)}: ${commandFor(snapshot, selection, change)}`;
  const [newer, older] = preview.number < shares.number ? [preview, shares] : [shares, preview];
  const lines = [newer, older].map((change) =>
    line(change === preview ? 'the last preview' : 'the last change of shares', change),
  );
  const message = `Two changes could be meant. Name one by its build, or by its number in \`istiops traffic history\`:\n${lines.join('\n')}`;
  throw new TrafficError('ambiguous', message);
}

/** Labels of all its builds. */
function buildsOf({ parts }: HistoryChange): readonly string[] {
  return [...new Set([...parts.values()].flat().map(({ labels }) => canonicalJson(labels)))].sort();
}

function commandFor(snapshot: Snapshot, selection: Selection, { labels, number }: HistoryChange): string {
  const aim =
    labels === null
      ? { [INPUTS.to.name]: String(number) }
      : { [INPUTS.podSelector.name]: formatLabels(labels) };
  return commandText(snapshot, 'undo', { ...selectionInputs(selection), ...aim });
}

/** Did it put or remove previews? */
function isOfPreviews({ parts, summary }: HistoryChange): boolean {
  const records = [...parts.values()].flat();
  return records.some(({ undo }) =>
    undo === null ? summary.effects.includes('previews') : undo.previews.length > 0,
  );
}

/** Did it change where hand-written routes send? */
function isOfShares({ parts, summary }: HistoryChange): boolean {
  const records = [...parts.values()].flat();
  return records.some(({ undo }) =>
    undo === null ? summary.effects.includes('routes') : undo.routes.length > 0,
  );
}

/** @throws TrafficError check-failed where a VirtualService has no record of what was there before the change */
export function refuseIfNotRecorded(changes: readonly HistoryChange[]): void {
  for (const change of changes)
    for (const [virtualService, records] of change.parts)
      if (records.some(({ undo }) => undo === null))
        refuse(
          'undo-not-recorded',
          `Nothing is known that would revert ${changeText(change)} on ${titleOf(virtualService)}: there was no room in its annotations, they were changed since, or another version of istiops made the change. ` +
            'Use `rollback`, `clear` or `promote`.',
          virtualService,
        );
}
