import { TrafficError } from '../../base/errors.ts';
import { sameJson } from '../../base/json.ts';
import { titleOf } from '../../base/title.ts';
import { destinationsOf, routesOf } from '../../istio/routes.ts';
import type { VirtualService } from '../../istio/types.ts';
import { effectiveShares } from '../../istio/weights.ts';
import { canaryOf, type CanaryState } from '../../plan/canary-state.ts';
import { selectVirtualServices } from '../../plan/select.ts';
import type { Snapshot } from '../../plan/types.ts';
import { historyOf, type HistoryChange } from '../../undo/history.ts';
import { provenUndo } from '../../undo/proof.ts';
import type { UndoPlan } from '../../undo/types.ts';
import { stepsText, type CanaryIntent } from './intent.ts';
import { otherCanaryText } from './plan.ts';

/** Where a canary begins. */
export interface CanaryStart {
  /** From 0. */
  readonly stage: number;
  /** Of an unfinished canary of the same build: how far it was. */
  readonly left?: CanaryState;
  /**
   * What reverts what the unfinished one has done; undefined: there is nothing, or it isn't known and only `rollback`
   * of the build is left.
   */
  readonly undo?: UndoPlan;
}

/**
 * An unfinished canary of the same build and the same steps goes on at its stage; with other steps, or where the build
 * gets no request any more, it starts again.
 *
 * @throws TrafficError conflict where there is one of another build, unless `force`; not-found
 */
export function startOf(snapshot: Snapshot, intent: CanaryIntent, force: boolean): CanaryStart {
  const selected = selectVirtualServices(snapshot, intent);
  const states = selected.flatMap((virtualService) => {
    const state = canaryOf(virtualService);
    return state === undefined ? [] : [{ virtualService, state }];
  });
  const isOwn = ({ state }: (typeof states)[number]): boolean => sameJson(state.labels, intent.podLabels);
  const other = states.find((one) => !isOwn(one));
  if (other !== undefined && !force)
    throw new TrafficError('conflict', otherCanaryText(other.virtualService, other.state));
  // A run that was killed between two writes has left the stage before on some.
  const left = states
    .filter(isOwn)
    .map(({ state }) => state)
    .reduce<CanaryState | undefined>(
      (furthest, state) => (furthest === undefined || state.stage > furthest.stage ? state : furthest),
      undefined,
    );
  if (left === undefined) return { stage: 0 };
  const isSame = left.steps === stepsText(intent.stages) && left.stage <= intent.stages.length;
  // Whoever has taken the build out by hand meanwhile has left the note.
  const isAtStage = states
    .filter(isOwn)
    .every(({ virtualService, state }) => hasShare(virtualService, state.subset));
  const undo = undoOfParts(snapshot, selected, left);
  return { stage: isSame && isAtStage ? left.stage - 1 : 0, left, ...(undo !== undefined && { undo }) };
}

function hasShare(virtualService: VirtualService, subset: string): boolean {
  return routesOf(virtualService).some(({ route }) => {
    const list = destinationsOf(route);
    const shares = effectiveShares(list);
    return list.some(({ destination }, index) => destination.subset === subset && (shares[index] ?? 0) > 0);
  });
}

/** What reverts all that an unfinished canary has done, by the records that it left. */
function undoOfParts(
  snapshot: Snapshot,
  selected: readonly VirtualService[],
  { id, labels }: CanaryState,
): UndoPlan | undefined {
  const { changes } = historyOf(selected);
  const [first, ...others] = changes.filter((change) => change.id === id);
  if (first === undefined || others.length > 0) return undefined;
  const proven = [...first.parts].map(([virtualService, records]) =>
    records.map(({ undo }) => (undo === null ? null : provenUndo(snapshot, virtualService, undo, false))),
  );
  const parts = proven.flat().flatMap((one) => (one === null || one.conflicts.length > 0 ? [] : [one.value]));
  if (parts.length < proven.flat().length || !isOnAll(selected, first)) return undefined;
  return {
    undo: {
      virtualServices: parts.flatMap(({ virtualServices }) => virtualServices),
      destinationRules: parts.flatMap(({ destinationRules }) => destinationRules),
    },
    summary: first.summary,
    by: first.by,
    time: first.time,
    labels,
  };
}

/** Does every VirtualService that has the note know what reverts it? */
function isOnAll(selected: readonly VirtualService[], { parts }: HistoryChange): boolean {
  const known = new Set([...parts.keys()].map(titleOf));
  return selected.every(
    (virtualService) => canaryOf(virtualService) === undefined || known.has(titleOf(virtualService)),
  );
}
