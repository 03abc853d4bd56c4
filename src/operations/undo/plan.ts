import { toTrafficError, TrafficError } from '../../base/errors.ts';
import { changedSince, historyLost, notWritten, olderChanges, refuseBeyond } from './findings.ts';
import type { UndoIntent } from './intent.ts';
import type { DestinationRule, VirtualService } from '../../istio/types.ts';
import { applyUndo, type UndoResult } from '../../undo/apply.ts';
import { chosenChanges, refuseIfNotRecorded } from '../../undo/choose.ts';
import { goneRules } from '../../undo/gone-rules.ts';
import { historyOf, type HistoryChange } from '../../undo/history.ts';
import { provenUndo } from '../../undo/proof.ts';
import type { Conflict, Undo } from '../../undo/types.ts';
import { changeText } from '../../plan/change-text.ts';
import type { ChangeDraft } from '../../plan/draft.ts';
import { finding, type Finding } from '../../base/findings.ts';
import { titleOf } from '../../base/title.ts';
import { selectVirtualServices, joinFirst } from '../../plan/select.ts';
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
  const chosen = refusingWith(findings, () => chosenChanges(snapshot, intent, changes));
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
  const elsewhere = refusingWith(findings, () => chosen.flatMap((change) => notWritten(snapshot, change)));
  refusingWith(findings, () => {
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

/** A refusal of `act` has these findings, too: a history that is ignored may be why. */
function refusingWith<T>(findings: readonly Finding[], act: () => T): T {
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
