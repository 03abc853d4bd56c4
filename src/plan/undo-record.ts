/** What each VirtualService knows of the change that wrote it last: enough to take it back. */
import { TrafficError } from '../errors.ts';
import { ANNOTATIONS_LIMIT, annotationBytes } from '../istio/annotations.ts';
import type { KubeObject, VirtualService } from '../istio/types.ts';
import { canonicalJson, isObject, type JsonObject } from '../json.ts';
import { BASELINE, digest } from './baseline.ts';
import { finding } from './findings.ts';
import { inverseOf } from './inverse/inverse-of.ts';
import { packed, unpacked } from './inverse/text.ts';
import type { Inverse } from './inverse/types.ts';
import { titleOf, withAnnotation } from './objects.ts';
import type { Deed, Finding, Plan, Write } from './types.ts';

export const UNDO = 'istiops/undo';

export interface UndoRecord {
  /** The same on every object that the change wrote, and on no other. */
  readonly id: string;
  /** ISO 8601, UTC: the change's, on every object that it wrote. */
  readonly time: string;
  readonly deed: Deed;
  /** The VirtualServices that the change is about, by name; all are of one namespace. */
  readonly wrote: readonly string[];
  /** Of this VirtualService; on the first of the change, of the DestinationRules as well. */
  readonly inverse: Inverse;
}

/** What tells one change from another, kept for the whole run, however often it plans anew. */
export type Stamp = Pick<UndoRecord, 'id' | 'time'>;

/** @param random from 0 up to 1: two runs may plan the very same in the same millisecond */
export function stampOf({ phases }: Plan, now: Date, random: number): Stamp {
  const time = now.toISOString();
  const written = phases.flatMap(({ writes }) =>
    writes.map(({ before }) => [titleOf(before), before.metadata.resourceVersion]),
  );
  return { id: digest(canonicalJson([time, random, written])), time };
}

/**
 * The plan with `istiops/undo` in every VirtualService that it writes. Where one has no room for it, none has it (a
 * change is taken back whole or not at all), a warning says so, and what an earlier change left goes: that one is no
 * longer the last.
 *
 * @param earlier what this run has written before it planned anew, in order
 */
export function withUndo(plan: Plan, { id, time }: Stamp, earlier: readonly Write[]): Plan {
  const writes = plan.phases.flatMap((phase) => phase.writes);
  const isRoutes = (write: Write): boolean => write.kind === 'VirtualService';
  const routes = writes.filter(isRoutes);
  if (routes.length === 0) return plan;
  const { destinationRules } = inverseOf([...earlier, ...writes].filter((write) => !isRoutes(write)));
  const { undone } = plan;
  const deed: Deed =
    undone === undefined
      ? { operation: plan.operation, subset: plan.subset, isBack: false }
      : { ...undone.deed, isBack: !undone.deed.isBack };
  const wrote = [
    ...new Set([...earlier.filter(isRoutes), ...routes].map(({ after }) => after.metadata.name)),
  ].sort();
  const texts = new Map(
    routes.map((write, i) => {
      const own = [...earlier.filter(({ after }) => titleOf(after) === titleOf(write.after)), write];
      const inverse: Inverse = {
        virtualServices: own.toReversed().flatMap(routesBack),
        destinationRules: i === 0 ? destinationRules : [],
      };
      return [write, JSON.stringify({ v: 1, id, time, deed, wrote, inverse: packed(inverse) })] as const;
    }),
  );
  const given = routes.map((write) => withAnnotation(write.after, UNDO, texts.get(write)));
  const tooLarge = given.find((object) => annotationBytes(object) > ANNOTATIONS_LIMIT);
  const marked = (write: Write): Write =>
    write.kind === 'VirtualService'
      ? {
          ...write,
          after: withAnnotation(write.after, UNDO, tooLarge === undefined ? texts.get(write) : undefined),
        }
      : write;
  return {
    ...plan,
    phases: plan.phases.map((phase) => ({ ...phase, writes: phase.writes.map(marked) })),
    findings: tooLarge === undefined ? plan.findings : [...plan.findings, tooLargeFinding(tooLarge)],
  };
}

/** What we say of the change itself (who, when, this record) is no part of what it did. */
function routesBack(write: Write): Inverse['virtualServices'] {
  return inverseOf([write]).virtualServices.map((back) => ({
    ...back,
    annotations: back.annotations.filter(({ key }) => key === BASELINE),
  }));
}

function tooLargeFinding(object: KubeObject): Finding {
  const message =
    `What \`undo\` would need to take this change back does not fit into ${titleOf(object)}: its annotations would have ${annotationBytes(object)} bytes, and Kubernetes allows ${ANNOTATIONS_LIMIT}. ` +
    'The change is made without it: keep the diff, or take it back with `rollback` or `clear`.';
  return finding('undo-too-large', 'warning', message, object);
}

/**
 * What a VirtualService knows of the change that wrote it last; undefined where it knows of none.
 *
 * @throws TrafficError check-failed where the annotation can't be read: its text was changed by hand
 */
export function readUndo(virtualService: VirtualService): UndoRecord | undefined {
  const text = virtualService.metadata.annotations?.[UNDO];
  if (text === undefined) return undefined;
  try {
    const stored: unknown = JSON.parse(text);
    if (!isObject(stored) || stored['v'] !== 1) throw new Error('it is of another version');
    const { id, time, deed, wrote, inverse } = stored;
    if (typeof id !== 'string' || typeof time !== 'string' || !isDeed(deed) || !Array.isArray(wrote))
      throw new Error('what was done is not in it');
    return { id, time, deed, wrote: wrote.map(String), inverse: unpacked(inverse) };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TrafficError(
      'check-failed',
      `The annotation ${UNDO} of ${titleOf(virtualService)} can't be read (${why}): it was changed by hand or by another version, so what to take back is unknown. ` +
        'Remove the annotation, and take the change back with `rollback`, `clear` or `promote`.',
      { cause },
    );
  }
}

function isDeed(value: unknown): value is Deed & JsonObject {
  return (
    isObject(value) &&
    typeof value['operation'] === 'string' &&
    (value['subset'] === null || typeof value['subset'] === 'string') &&
    typeof value['isBack'] === 'boolean'
  );
}
