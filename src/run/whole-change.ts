/**
 * A change that takes several attempts, because somebody else writes in between. Each attempt plans all of it, on what
 * is there by then without what this run has written itself: an undo would find its own beginning to be the last
 * change, and the report would tell of nothing but the end. What is written already is left out afterwards.
 */
import { TrafficError } from '../base/errors.ts';
import { sameJson } from '../base/json.ts';
import { titleOf } from '../base/title.ts';
import { sameSpec } from '../istio/same-spec.ts';
import { changeOperationOf, isReadOnly, type RequestedIntent } from '../operations/index.ts';
import type { Plan, Snapshot, Write } from '../plan/types.ts';
import type { Entry, RoutingObject } from './journal.ts';
import { writesIn, type Written } from './journal-readers.ts';
import { wholeOnVersionOf } from './live-version.ts';

/**
 * What was read, with every object that this run has written as it was before, if nobody has changed it since.
 *
 * @returns the same snapshot where there is none
 * @throws TrafficError check-failed: somebody has changed what is partly undone, whose record says that it is undone
 */
export function withoutOwnWrites(
  snapshot: Snapshot,
  intent: RequestedIntent,
  entries: readonly Entry[],
): Snapshot {
  const own = Map.groupBy(writesIn(entries), ({ stored }) => titleOf(stored));
  if (own.size === 0) return snapshot;
  const before = (object: RoutingObject): RoutingObject | undefined => {
    const writes = own.get(titleOf(object)) ?? [];
    const [first, last] = [writes[0]?.write, writes.at(-1)];
    if (first === undefined) return object;
    if (isChangedSince(object, last)) return withOwnWrites(object, intent);
    return first.kind === 'DestinationRule' && first.how === 'create' ? undefined : first.before;
  };
  return {
    ...snapshot,
    virtualServices: snapshot.virtualServices.map(before).filter((one) => one?.kind === 'VirtualService'),
    destinationRules: snapshot.destinationRules.map(before).filter((one) => one?.kind === 'DestinationRule'),
  };
}

/** Files count no versions: what they say of an object tells. */
function isChangedSince({ metadata, spec }: RoutingObject, last: Written | undefined): boolean {
  const stored = last?.stored;
  return metadata.resourceVersion !== stored?.metadata.resourceVersion || !sameJson(spec, stored?.spec);
}

/** Operations say what shall be, and find what of it there is; but an undo goes by the last record, which is its own. */
function withOwnWrites(object: RoutingObject, intent: RequestedIntent): RoutingObject {
  if (isReadOnly(intent) || changeOperationOf(intent).direction !== 'changes-back') return object;
  throw new TrafficError(
    'check-failed',
    `${titleOf(object)} was changed by somebody else after this run had written it, in the middle of its change. Run the same again.`,
  );
}

/**
 * What is left to write of a change that was planned without what this run has written: where an object is as it shall
 * be, nothing; where this run has written something else, the same write on the version that is there.
 *
 * @param whole the plan
 * @param before what it was made from
 * @param live what was read
 * @throws TrafficError check-failed: the change does without something that this run has written
 */
export function leftToWrite(whole: Plan, before: Snapshot, live: Snapshot, entries: readonly Entry[]): Plan {
  const own = new Set(writesIn(entries).map(({ stored }) => titleOf(stored)));
  if (own.size === 0) return whole;
  const versions = byTitle(live);
  refuseLeftOver(own, whole, byTitle(before), versions);
  // The second write of an object begins with what the first one leaves.
  const afters = new Map<RoutingObject, RoutingObject>();
  const left = (write: Write): readonly Write[] => {
    const found = own.has(titleOf(write.after)) ? versions.get(titleOf(write.after)) : undefined;
    if (found === undefined || found === write.before) return [write];
    const isGone = write.kind === 'DestinationRule' && write.how === 'delete';
    if (!isGone && sameSpec(write.kind, found.spec, write.after.spec)) return [];
    const again = wholeOnVersionOf(write, found, afters.get(write.before));
    afters.set(write.after, again.after);
    return [again];
  };
  const phases = whole.phases
    .map((phase) => ({ ...phase, writes: phase.writes.flatMap(left) }))
    .filter(({ writes }) => writes.length > 0);
  return { ...whole, phases };
}

/** It would stay, and nobody would know of it. With the error, all of it is undone. */
function refuseLeftOver(
  own: ReadonlySet<string>,
  { phases }: Plan,
  before: ReadonlyMap<string, RoutingObject>,
  live: ReadonlyMap<string, RoutingObject>,
): void {
  const planned = new Set(phases.flatMap(({ writes }) => writes.map(({ after }) => titleOf(after))));
  const leftOver = [...own].find((title) => !planned.has(title) && before.get(title) !== live.get(title));
  if (leftOver === undefined) return;
  throw new TrafficError(
    'check-failed',
    `${leftOver}, which this run has written, is no part of the change any more: somebody else has changed other objects meanwhile. Run the same again.`,
  );
}

function byTitle({ virtualServices, destinationRules }: Snapshot): ReadonlyMap<string, RoutingObject> {
  return new Map([...virtualServices, ...destinationRules].map((object) => [titleOf(object), object]));
}
