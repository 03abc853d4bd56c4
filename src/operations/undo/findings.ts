/** What is to be said of an undo, and what stands in its way. */
import { refuse } from '../../base/errors.ts';
import { finding, type Finding } from '../../base/findings.ts';
import { capitalised, subsetText } from '../../base/text.ts';
import { titleOf } from '../../base/title.ts';
import { howToWiden, whyUnselected } from '../../intent/selection.ts';
import { destinationsOf, namedDestinations, routesOf } from '../../istio/routes.ts';
import type { Selection } from '../../istio/selection.ts';
import type { VirtualService } from '../../istio/types.ts';
import { changeText } from '../../plan/change-text.ts';
import { ownBuilds } from '../../plan/own-subsets.ts';
import { inNamespace, joinFirst } from '../../plan/select.ts';
import type { Snapshot, Undone } from '../../plan/types.ts';
import { conflictsText, type UndoResult } from '../../undo/apply.ts';
import { historyOf, type HistoryChange } from '../../undo/history.ts';
import { ALWAYS_LISTED } from '../../undo/fitting.ts';

/**
 * A change that also wrote what the selector doesn't choose is reverted whole or not at all.
 *
 * @throws TrafficError check-failed
 */
export function refuseBeyond(
  snapshot: Snapshot,
  selection: Selection,
  selected: readonly VirtualService[],
  change: HistoryChange,
): void {
  const unchosen = namedBy(snapshot, change).filter(
    (object) => !selected.includes(object) && remembers(object, change),
  );
  if (unchosen.length === 0) return;
  refuse(
    'undo-beyond-selection',
    `${capitalised(changeText(change))} also wrote ${joinFirst(unchosen.map(titleOf))}, ${whyUnselected(selection)}: a change is reverted whole or not at all. ` +
      `Select all that it wrote${howToWiden(selection, ': ')}${byName(change)}.`,
  );
}

/** More names than a person would type are none to suggest. */
const MOST_NAMES = 20;

function byName({ wrote }: HistoryChange): string {
  return wrote.length > MOST_NAMES ? '' : `, or give \`virtual-service: ${wrote.join(',')}\``;
}

/**
 * Was the change perhaps written there, and is only its record gone? Then the rest of it is no whole change.
 *
 * @throws TrafficError check-failed
 */
function refuseIfForgotten(virtualService: VirtualService, change: HistoryChange): void {
  const { changes } = historyOf([virtualService]);
  const [last] = changes;
  if (last === undefined) return;
  const isLater = ({ time }: HistoryChange): boolean => time > change.time;
  const isUnrecorded = isLater(last) && [...last.parts.values()].flat().every(({ undo }) => undo === null);
  const isFull = changes.length >= ALWAYS_LISTED && changes.every(isLater);
  if (!isUnrecorded && !isFull) return;
  refuse(
    'undo-changed-again',
    `${capitalised(changeText(change))} also wrote ${titleOf(virtualService)}, which has been changed again by ${changeText(last)} and does not remember it: a change is reverted whole or not at all. ` +
      'Use `rollback`, `clear` or `promote`.',
    virtualService,
  );
}

/** Nothing is remembered, and yet there is something that istiops made. */
export function historyLost(snapshot: Snapshot, selected: readonly VirtualService[]): Finding[] {
  const isOwn = ownBuilds(snapshot);
  return selected.flatMap((virtualService) => {
    const { namespace } = virtualService.metadata;
    const own = routesOf(virtualService)
      .flatMap(({ route }) => destinationsOf(route))
      .find(({ destination }) => isOwn(destination, namespace));
    if (own === undefined) return [];
    const message =
      `${titleOf(virtualService)} sends to ${subsetText(own.destination.subset ?? '')}, a subset that istiops made, but remembers no change: its history was removed. ` +
      'Use `rollback`, `clear` or `promote`.';
    return [finding('history-lost', 'warning', message, virtualService)];
  });
}

function namesSubset(virtualService: VirtualService, subset: string | null): boolean {
  return (
    subset !== null &&
    routesOf(virtualService).some(({ route }) =>
      namedDestinations(route).some((destination) => destination.subset === subset),
    )
  );
}

function remembers(virtualService: VirtualService, { key }: HistoryChange): boolean {
  return historyOf([virtualService]).changes.some((one) => one.key === key);
}

function namedBy(snapshot: Snapshot, { wrote }: HistoryChange): readonly VirtualService[] {
  return snapshot.virtualServices
    .filter(inNamespace(snapshot))
    .filter(({ metadata }) => wrote.includes(metadata.name));
}

/** One that the change was about and did not reach (it ended in the middle), or that is gone, has nothing to revert. */
export function notWritten(snapshot: Snapshot, change: HistoryChange): Finding[] {
  const there = namedBy(snapshot, change);
  return change.wrote.flatMap((name) => {
    const object = there.find(({ metadata }) => metadata.name === name);
    if (object === undefined) {
      const message = `VirtualService ${snapshot.namespace}/${name}, which ${changeText(change)} wrote as well, is no longer there.`;
      return [finding('undo-elsewhere', 'notice', message)];
    }
    if (remembers(object, change)) return [];
    refuseIfForgotten(object, change);
    const message = `${titleOf(object)} knows nothing of ${changeText(change)}, which was to write it as well: it stays as it is.`;
    // Perhaps the change never came so far, perhaps only the record of it is lost.
    if (!namesSubset(object, change.summary.subset))
      return [finding('undo-elsewhere', 'notice', message, object)];
    const more = `It sends to ${subsetText(change.summary.subset ?? '')}: use \`rollback\` for that build, or \`clear\`.`;
    return [finding('undo-elsewhere', 'error', `${message} ${more}`, object, true)];
  });
}

/** Others of the selected whose last change is an older one: that stays. */
export function olderChanges(
  selected: readonly VirtualService[],
  changes: readonly HistoryChange[],
  chosen: HistoryChange,
): Finding[] {
  return selected.flatMap((virtualService) => {
    if (chosen.parts.has(virtualService) || chosen.wrote.includes(virtualService.metadata.name)) return [];
    const last = changes.find(({ parts }) => parts.has(virtualService));
    if (last === undefined) return [];
    const message = `The last change of ${titleOf(virtualService)} is another one, ${changeText(last)}: it stays.`;
    return [finding('undo-older-change', 'notice', message, virtualService)];
  });
}

export function changedSince({ conflicts, virtualServices }: UndoResult, undone: Undone): Finding[] {
  if (conflicts.length === 0) return [];
  const goneRules = conflicts.filter(({ isRuleGone }) => isRuleGone === true);
  if (goneRules.length > 0 && virtualServices.length > 0) {
    const message =
      `What ${changeText(undone)} made can't be reverted: ${conflictsText(goneRules)}, and the routes would need its subsets: their requests would be answered with 503. ` +
      'Make the change anew, with `create-destination-rule: true` where istiops had created the rule.';
    return [finding('undo-needs-rule', 'error', message)];
  }
  const message =
    `The undo of ${changeText(undone)} would not be complete. This would stay as it is now: ${conflictsText(conflicts)}. ` +
    'Change that by hand first, or use `rollback`, `clear` or `promote`.';
  return [finding('undo-changed-since', 'error', message, null, true)];
}
