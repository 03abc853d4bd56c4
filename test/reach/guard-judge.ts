/**
 * What becomes of a planner's mistake: the same is written as without it, or something else, which the planner's own
 * checks or the guard refuse or let pass. Loaded with an instrumented planner by `npm run mutation:guard`.
 */
import { check } from '../../src/checks/check.ts';
import { canonicalJson } from '../../src/base/json.ts';
import type { ChangeDraft } from '../../src/plan/draft.ts';
import { phasesOf } from '../../src/plan/phases.ts';
import { planChange } from '../../src/run/plan.ts';
import type { Phase, Snapshot } from '../../src/plan/types.ts';
import { reachOfPlan } from '../../src/operations/reach.ts';
import { feltOtherwise } from '../../src/reach/unasked.ts';
import { differenceOf, snapshotAfter, type Difference } from './guard-difference.ts';
import type { World } from './guard-worlds.ts';

export { guardWorlds } from './guard-worlds.ts';

/**
 * `remarks`: names of routes or annotations alone differ. `early`: the planner or its checks refuse. `unfelt`: it went
 * by the guard, and no request gets anything else by it.
 */
export type Verdict =
  | { readonly kind: 'same' | 'remarks' | 'early' | 'caught' }
  | { readonly kind: 'unfelt' | 'slipped'; readonly difference: string; readonly world: string };

/** What the real planner makes of a world. */
export interface Truth {
  readonly world: World;
  /** What is in sight as a text: each mutant gets objects of its own, since plans are remembered by object. */
  readonly text: string;
  /** The writes as they are, to find the many mutants that make no difference in little time. */
  readonly writes: string;
  /** What would be written, whatever refuses it; null: there is no plan. */
  readonly spec: string | null;
  readonly all: string | null;
  readonly isRefused: boolean;
}

/** Runs a part with the mutant on; everything else is the real code. */
export type Mutating = <T>(act: () => T) => T;

interface Made {
  readonly draft: ChangeDraft;
  readonly phases: readonly Phase[];
}

/** The refusals that come from the guard itself. */
const OF_THE_GUARD = new Set(['preview-unreachable', 'weight-unreachable', 'others-change']);

export function truthOf(world: World, observed: Mutating): Truth {
  const { snapshot, intent } = world;
  const text = JSON.stringify([snapshot.virtualServices, snapshot.destinationRules]);
  const made = observed(() => madeOf(snapshot, intent));
  if (made === null) return { world, text, writes: '', spec: null, all: null, isRefused: true };
  const isRefused =
    observed(() => isRefusedEarly(snapshot, intent, made)) || isSeen(snapshot, intent, made.phases);
  return { world, text, writes: writesOf(made.phases), ...textsOf(made.phases), isRefused };
}

export function verdictOf(truth: Truth, mutated: Mutating): Verdict {
  const { intent } = truth.world;
  const snapshot = copyOf(truth);
  const made = mutated(() => madeOf(snapshot, intent));
  const texts = made === null ? null : writableTexts(made.phases, truth);
  if (made === null || texts === null) return { kind: truth.isRefused ? 'same' : 'early' };
  const { spec, all } = texts;
  if (spec === truth.spec && !truth.isRefused) return { kind: all === truth.all ? 'same' : 'remarks' };
  if (mutated(() => isRefusedEarly(snapshot, intent, made)))
    return { kind: truth.isRefused ? 'same' : 'early' };
  if (isSeen(snapshot, intent, made.phases))
    return { kind: truth.isRefused && spec === truth.spec ? 'same' : 'caught' };
  if (truth.isRefused && spec === EMPTY) return { kind: 'early' };
  const { words: difference, isFelt } = slippedDifference(truth, snapshot, made);
  return { kind: isFelt ? 'slipped' : 'unfelt', difference, world: truth.world.name };
}

/** Nothing is written. */
const EMPTY = '[]';

function slippedDifference(truth: Truth, snapshot: Snapshot, { phases }: Made): Difference {
  if (truth.isRefused) return { words: 'goes on where the planner refuses', isFelt: true };
  const own = copyOf(truth);
  const real = madeOf(own, truth.world.intent);
  return differenceOf(own, snapshotAfter(own, real?.phases ?? []), snapshotAfter(snapshot, phases));
}

function copyOf({ world, text }: Truth): Snapshot {
  const [virtualServices, destinationRules] = JSON.parse(text) as [
    Snapshot['virtualServices'],
    Snapshot['destinationRules'],
  ];
  return { ...world.snapshot, virtualServices, destinationRules };
}

/** Null where there is no plan, or it says itself that it must not be written. A mutant may throw anything. */
function madeOf(snapshot: Snapshot, intent: World['intent']): Made | null {
  try {
    const draft = planChange(snapshot, intent);
    if (draft.findings.some(({ severity }) => severity === 'error')) return null;
    return { draft, phases: phasesOf(snapshot, draft) };
  } catch {
    return null;
  }
}

function isRefusedEarly(snapshot: Snapshot, intent: World['intent'], made: Made): boolean {
  try {
    return check({ snapshot, intent, ...made }).some(
      ({ severity, code }) => severity === 'error' && !OF_THE_GUARD.has(code),
    );
  } catch {
    return true;
  }
}

/** What the guard can't understand is not written either. */
function isSeen(snapshot: Snapshot, intent: World['intent'], phases: readonly Phase[]): boolean {
  try {
    const reach = reachOfPlan(snapshot, intent, phases);
    return reach.unexpected.length > 0 || feltOtherwise(reach).some(({ severity }) => severity === 'error');
  } catch {
    return true;
  }
}

function writesOf(phases: readonly Phase[]): string {
  return JSON.stringify(phases.map(({ writes }) => writes.map(({ after }) => after)));
}

/** Null where a write is of something that is no object: no store can write that. */
function writableTexts(phases: readonly Phase[], truth: Truth): ReturnType<typeof textsOf> | null {
  try {
    const { spec, all } = truth;
    if (spec !== null && all !== null && writesOf(phases) === truth.writes) return { spec, all };
    return textsOf(phases);
  } catch {
    return null;
  }
}

/** Of each object that would be written: what is new in it, with and without names of routes and annotations. */
function textsOf(phases: readonly Phase[]): { readonly spec: string; readonly all: string } {
  const objects = new Map<string, { before: string; after: string; all: unknown }>();
  for (const { writes } of phases)
    for (const { before, after } of writes) {
      const { kind, metadata } = before;
      const key = `${kind} ${metadata.namespace}/${metadata.name}`;
      objects.set(key, {
        before: objects.get(key)?.before ?? canonicalJson(plainSpec(before)),
        after: canonicalJson(plainSpec(after)),
        all: after,
      });
    }
  const sorted = [...objects].sort(([a], [b]) => (a < b ? -1 : 1));
  const differing = sorted.filter(([, { before, after }]) => before !== after);
  return {
    spec: JSON.stringify(differing.map(([key, { after }]) => [key, after])),
    all: canonicalJson(sorted.map(([key, { all }]) => [key, all])),
  };
}

function plainSpec({ kind, spec }: Phase['writes'][number]['after']): unknown {
  if (kind !== 'VirtualService' || !Array.isArray(spec['http'])) return spec;
  return { ...spec, http: spec['http'].map((route: object) => ({ ...route, name: undefined })) };
}
