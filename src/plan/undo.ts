import type { UndoIntent } from '../intent/types.ts';
import type { VirtualService } from '../istio/types.ts';
import { deedText } from './deeds.ts';
import type { Draft } from './draft.ts';
import { finding, refuse } from './findings.ts';
import { applyInverse, untouchedText, type TakenBack } from './inverse/apply.ts';
import { lastChangeOf } from './last-change.ts';
import { titleOf } from './objects.ts';
import { inNamespace, selectVirtualServices, someOf } from './select.ts';
import type { Finding, Snapshot, Undone } from './types.ts';
import { readUndo, type UndoRecord } from './undo-record.ts';

/** A VirtualService and the change that wrote it last. */
interface Marked {
  readonly virtualService: VirtualService;
  readonly record: UndoRecord;
}

/**
 * Takes back the last change that any of the selected VirtualServices has seen, whoever made it: on every object
 * that it wrote or on none, and only as far as these still have what it made.
 *
 * @throws TrafficError not-found, check-failed
 */
export function planUndo(snapshot: Snapshot, intent: UndoIntent): Draft {
  const selected = selectVirtualServices(snapshot, intent.selector);
  const marked = selected.flatMap((virtualService): Marked[] => {
    const record = readUndo(virtualService);
    return record === undefined ? [] : [{ virtualService, record }];
  });
  const last = marked.reduce<Marked | undefined>(
    (latest, one) => (latest === undefined || one.record.time > latest.record.time ? one : latest),
    undefined,
  );
  refuseIfUnrecorded(selected, last);
  if (last === undefined) {
    const message = `No change that istiops made is left to take back on ${someOf(selected.map(titleOf))}.`;
    return draftOf(selected, undefined, [finding('nothing-to-undo', 'notice', message)]);
  }
  const undone = undoneOf(last);
  const ours = writtenBy(snapshot, last, undone);
  const unchosen = ours.virtualServices.filter((one) => !selected.includes(one));
  if (unchosen.length > 0) {
    refuse(
      'undo-beyond-selection',
      `The last change, ${deedText(undone)}, also wrote ${someOf(unchosen.map(titleOf))}, which \`label-selector\` does not choose: it is taken back whole or not at all. ` +
        'Widen `label-selector` to all that it wrote.',
    );
  }
  const inverses = ours.virtualServices.flatMap((one) => readUndo(one)?.inverse ?? []);
  const found = applyInverse(snapshot, {
    virtualServices: inverses.flatMap(({ virtualServices }) => virtualServices),
    destinationRules: inverses.flatMap(({ destinationRules }) => destinationRules),
  });
  const isNothing = found.virtualServices.length === 0;
  // Subsets that no route needs change nobody's requests: `clear` removes them.
  const taken = isNothing ? { ...found, destinationRules: [] } : found;
  const findings = [...ours.findings, ...olderChanges(marked, last), ...changedSince(taken, undone)];
  if (isNothing && taken.untouched.length === 0) {
    const message = `Everything is as it was before the last change already, ${deedText(undone)}.`;
    findings.push(finding('nothing-to-undo', 'notice', message));
  }
  return draftOf(selected, { taken, undone, deed: last.record.deed }, findings);
}

function draftOf(
  selected: readonly VirtualService[],
  found:
    { readonly taken: TakenBack; readonly undone: Undone; readonly deed: UndoRecord['deed'] } | undefined,
  findings: readonly Finding[],
): Draft {
  const after = new Map(found?.taken.virtualServices.map((change) => [change.before, change.after]));
  return {
    subset: found?.deed.subset ?? null,
    virtualServices: selected.map((before) => ({ before, after: after.get(before) ?? before })),
    needed: [],
    released: () => false,
    findings,
    rules: found?.taken.destinationRules ?? [],
    ...(found !== undefined && { undone: found.undone }),
  };
}

function undoneOf({ virtualService, record: { deed, time } }: Marked): Undone {
  const change = lastChangeOf(virtualService);
  return { deed, time, by: change?.time === time ? (change.actor ?? null) : null };
}

/** A change without a record has come after the last one with one: what it made can't be told from what was there. */
function refuseIfUnrecorded(selected: readonly VirtualService[], last: Marked | undefined): void {
  const later = selected.flatMap((virtualService) => {
    const change = lastChangeOf(virtualService);
    return change !== undefined && change.time > (last?.record.time ?? '')
      ? [{ virtualService, change }]
      : [];
  });
  const [newest] = later.toSorted((a, b) => (a.change.time < b.change.time ? 1 : -1));
  if (newest === undefined) return;
  const { operation, time, actor } = newest.change;
  const change = deedText({ deed: { operation, subset: null, isBack: false }, by: actor ?? null, time });
  refuse(
    'undo-not-recorded',
    `The last change of ${titleOf(newest.virtualService)}, ${change}, left nothing to take it back by: there was no room in the annotations, or it was made by an istiops that did not keep it. ` +
      'Use `rollback`, `clear` or `promote`.',
    newest.virtualService,
  );
}

/**
 * The VirtualServices that the change wrote. One that it was about and did not reach (it ended in the middle) has
 * nothing to take back, one that is gone neither.
 *
 * @throws TrafficError check-failed where one was changed again since
 */
function writtenBy(
  snapshot: Snapshot,
  { record }: Marked,
  undone: Undone,
): { readonly virtualServices: readonly VirtualService[]; readonly findings: readonly Finding[] } {
  const here = snapshot.virtualServices.filter(inNamespace(snapshot));
  const findings: Finding[] = [];
  const virtualServices = record.wrote.flatMap((name): VirtualService[] => {
    const object = here.find(({ metadata }) => metadata.name === name);
    if (object !== undefined && readUndo(object)?.id === record.id) return [object];
    const later = object && lastChangeOf(object);
    if (object !== undefined && later !== undefined && later.time > record.time) {
      const { operation, time, actor } = later;
      const since = deedText({ deed: { operation, subset: null, isBack: false }, by: actor ?? null, time });
      refuse(
        'undo-changed-again',
        `The last change, ${deedText(undone)}, also wrote ${titleOf(object)}, which has been changed again by ${since}: it is taken back whole or not at all. ` +
          'Take that change back first, with a `label-selector` that chooses both.',
        object,
      );
    }
    const message =
      object === undefined
        ? `VirtualService ${snapshot.namespace}/${name}, which ${deedText(undone)} wrote as well, is no longer there.`
        : `${titleOf(object)} knows nothing of ${deedText(undone)}, which was to write it as well: it stays as it is.`;
    findings.push(finding('undo-elsewhere', 'notice', message, object ?? null));
    return [];
  });
  return { virtualServices, findings };
}

/** Others of the selected whose last change is an older one: that stays. */
function olderChanges(marked: readonly Marked[], last: Marked): Finding[] {
  return marked
    .filter(({ record }) => record.id !== last.record.id)
    .map((one) =>
      finding(
        'undo-older-change',
        'notice',
        `The last change of ${titleOf(one.virtualService)} is an older one, ${deedText(undoneOf(one))}: it stays.`,
        one.virtualService,
      ),
    );
}

function changedSince({ untouched }: TakenBack, undone: Undone): Finding[] {
  if (untouched.length === 0) return [];
  const message =
    `Not all that ${deedText(undone)} made is there any more. It would stay as it is now: ${untouchedText(untouched)}. ` +
    'Change that by hand first, or use `rollback`, `clear` or `promote`.';
  return [finding('undo-changed-since', 'error', message, null, true)];
}
