import { toTrafficError, TrafficError, refuse } from '../../base/errors.ts';
import type { UndoIntent } from './intent.ts';
import { destinationsOf, namedDestinations, routesOf } from '../../istio/routes.ts';
import type { DestinationRule, VirtualService } from '../../istio/types.ts';
import { applyUndo, conflictsText, type UndoResult } from '../../undo/apply.ts';
import { chosenChanges, refuseIfNotRecorded } from '../../undo/choose.ts';
import { goneRules } from '../../undo/gone-rules.ts';
import { historyOf, type HistoryChange } from '../../undo/history.ts';
import { provenUndo } from '../../undo/proof.ts';
import { ALWAYS_LISTED } from '../../undo/record.ts';
import type { Conflict, Undo } from '../../undo/types.ts';
import { changeText } from '../../plan/change-text.ts';
import type { ChangeDraft } from '../../plan/draft.ts';
import { finding, type Finding } from '../../base/findings.ts';
import { capitalised, subsetText } from '../../base/text.ts';
import { titleOf } from '../../base/title.ts';
import { ownBuilds } from '../../plan/own-subsets.ts';
import { howToWiden, whyUnselected } from '../../intent/selection.ts';
import type { Selection } from '../../istio/selection.ts';
import { inNamespace, selectVirtualServices, joinFirst } from '../../plan/select.ts';
import type { Snapshot, Undone } from '../../plan/types.ts';
import { keptFromWholeService } from '../../plan/whole-service.ts';

/**
 * Reverts the last change of the selected VirtualServices, the last one of a build, or all down to a number of the
 * history: on every object that a change wrote or on none, and only as far as these still have what it made.
 *
 * @throws TrafficError not-found, ambiguous, check-failed
 */
export function planUndo(snapshot: Snapshot, intent: UndoIntent): ChangeDraft {
  const selected = selectVirtualServices(snapshot, intent);
  const { changes, findings } = historyOf(selected);
  const chosen = telling(findings, () => chosenChanges(snapshot, intent, changes));
  const oldest = chosen.at(-1);
  if (oldest === undefined) {
    const what = intent.podLabels === undefined ? 'change' : 'change of this build';
    const message = `No ${what} that istiops made is left to revert on ${joinFirst(selected.map(titleOf))}.`;
    return undoDraft(selected, undefined, [
      ...findings,
      finding('nothing-to-undo', 'notice', message),
      ...(changes.length === 0 ? historyLost(snapshot, selected) : []),
    ]);
  }
  const undone = undoneOf(oldest, chosen.length);
  const elsewhere = telling(findings, () => chosen.flatMap((change) => notWritten(snapshot, change)));
  telling(findings, () => {
    for (const change of chosen) refuseBeyond(snapshot, intent, selected, change);
    refuseIfNotRecorded(chosen);
  });
  const recreated = goneRules(snapshot, chosen);
  const whole = { ...snapshot, destinationRules: [...snapshot.destinationRules, ...recreated] };
  const proven = chosen.map((change) => provenParts(whole, change, intent.to === undefined));
  const builds = chosen.flatMap(({ parts }) =>
    [...parts.values()].flat().flatMap(({ labels }) => (labels === null ? [] : [labels])),
  );
  const found = applyUndo(
    whole,
    proven.flatMap(({ undos }) => undos),
    (change) => keptFromWholeService(whole, change, builds),
  );
  const isNothing = found.virtualServices.length === 0;
  const conflicts = [...proven.flatMap((one) => one.conflicts), ...found.conflicts];
  // Subsets that no route needs change nobody's requests: `clear` removes them.
  const result: UndoResult = { ...found, conflicts, ...(isNothing && { destinationRules: [] }) };
  const told = [
    ...findings,
    ...elsewhere,
    ...found.findings,
    ...(intent.to === undefined ? olderChanges(selected, changes, oldest) : []),
    ...changedSince(result, undone),
  ];
  if (isNothing && conflicts.length === 0) {
    const message = `Everything is already as it was before ${changeText(undone)}.`;
    told.push(finding('nothing-to-undo', 'notice', message));
  }
  const draft = undoDraft(selected, { result, undone, oldest }, told);
  const isUsed = (rule: DestinationRule): boolean =>
    result.destinationRules.some(({ before, gained }) => before === rule && gained !== rule);
  return { ...draft, recreated: recreated.filter(isUsed) };
}

/** A refusal also says what was found before it: a history that is ignored may be why. */
function telling<T>(findings: readonly Finding[], act: () => T): T {
  try {
    return act();
  } catch (thrown) {
    const error = toTrafficError(thrown);
    throw new TrafficError(error.reason, error.message, {
      cause: error,
      findings: [...error.findings, ...findings],
    });
  }
}

/** What reverts a change, the newest part first, less what its records can't prove. */
function provenParts(
  snapshot: Snapshot,
  { parts }: HistoryChange,
  usePrevious: boolean,
): { readonly undos: readonly Undo[]; readonly conflicts: readonly Conflict[] } {
  const proven = [...parts].flatMap(([virtualService, records]) =>
    records.flatMap(({ undo }) =>
      undo === null ? [] : [provenUndo(snapshot, virtualService, undo, usePrevious)],
    ),
  );
  return {
    undos: proven.map(({ value }) => value),
    conflicts: proven.flatMap(({ conflicts }) => conflicts),
  };
}

function undoDraft(
  selected: readonly VirtualService[],
  found: { readonly result: UndoResult; readonly undone: Undone; readonly oldest: HistoryChange } | undefined,
  findings: readonly Finding[],
): ChangeDraft {
  const after = new Map(found?.result.virtualServices.map((change) => [change.before, change.after]));
  return {
    subset: found?.undone.summary.subset ?? null,
    virtualServices: selected.map((before) => ({ before, after: after.get(before) ?? before })),
    needed: [],
    released: () => false,
    findings,
    rules: found?.result.destinationRules ?? [],
    ...(found !== undefined && { undone: found.undone }),
    ...(found?.undone.count === undefined && found !== undefined && buildsOf(found.oldest)),
  };
}

/** What it was about is what its undo is about, on each VirtualService. */
function buildsOf({ labels, parts }: HistoryChange): Pick<ChangeDraft, 'labels' | 'builds'> {
  if (labels !== null) return { labels };
  return {
    builds: new Map(
      [...parts].flatMap(([virtualService, [record]]) =>
        record === undefined
          ? []
          : [[titleOf(virtualService), { subset: record.summary.subset, labels: record.labels }] as const],
      ),
    ),
  };
}

function undoneOf({ summary, by, time }: HistoryChange, count: number): Undone {
  return { summary, by, time, ...(count > 1 && { count }) };
}

/**
 * A change that also wrote what the selector doesn't choose is reverted whole or not at all.
 *
 * @throws TrafficError check-failed
 */
function refuseBeyond(
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
function historyLost(snapshot: Snapshot, selected: readonly VirtualService[]): Finding[] {
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
function notWritten(snapshot: Snapshot, change: HistoryChange): Finding[] {
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
function olderChanges(
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

function changedSince({ conflicts, virtualServices }: UndoResult, undone: Undone): Finding[] {
  if (conflicts.length === 0) return [];
  const goneRules = conflicts.filter(({ isRuleGone }) => isRuleGone === true);
  if (goneRules.length > 0 && virtualServices.length > 0) {
    const message =
      `What ${changeText(undone)} made can't be reverted: ${conflictsText(goneRules)}, and the routes would need its subsets: their requests would be answered with 503. ` +
      'Make the change anew, with `create-destination-rule: true` where istiops had created the rule.';
    return [finding('undo-needs-rule', 'error', message)];
  }
  const message =
    `Not all that ${changeText(undone)} made can be reverted. This would stay as it is now: ${conflictsText(conflicts)}. ` +
    'Change that by hand first, or use `rollback`, `clear` or `promote`.';
  return [finding('undo-changed-since', 'error', message, null, true)];
}
