/**
 * The reach of a change that is made of several steps, one for each service. Each step is judged by what its own service
 * was asked for, on what the steps before it leave. Then what is written is compared with the steps: the same objects,
 * in the end the same, and no subset goes that a route uses.
 */
import { titleOf } from '../base/title.ts';
import type { DestinationRule, KubeObject, VirtualService } from '../istio/types.ts';
import type { Change } from '../plan/objects.ts';
import type { Phase, Snapshot, Write } from '../plan/types.ts';
import type { ExpectedChange, ExpectedSubsets } from './expected/change.ts';
import { unchanged } from './expected/shift.ts';
import type { GuardRule } from './expected/types.ts';
import { reachOfPhases } from './reach-of-phases.ts';
import { takenBy } from './samples.ts';
import type { Reach, UnaskedChange } from './types.ts';

/** What one service is about, and what is planned for it. */
export interface ReachStep {
  /** What its operation may do, on what the steps before leave. */
  readonly expect: (snapshot: Snapshot) => ExpectedChange;
  readonly phases: readonly Phase[];
}

/** @param phases what is written, of all steps together */
export function reachOfSteps(
  snapshot: Snapshot,
  steps: readonly ReachStep[],
  phases: readonly Phase[],
): Reach {
  const { last, reaches, subsets } = steps.reduce<JudgedSteps>(judgeNext, {
    last: snapshot,
    reaches: [],
    subsets: [],
  });
  const removals = phases.filter(({ name }) => name === 'remove-subsets');
  const tidied = reachOfPhases(last, () => removalOf(subsets), removals);
  const all = [...reaches, tidied];
  return {
    classes: all.reduce((sum, { classes }) => sum + classes, 0),
    sampled: all.some(({ sampled }) => sampled),
    skipped: all.reduce((sum, { skipped }) => sum + skipped, 0),
    changes: all.flatMap(({ changes }) => changes),
    others: all.flatMap(({ others }) => others),
    asked: all.flatMap(({ asked }) => asked),
    unexpected: [...all.flatMap(({ unexpected }) => unexpected), ...wrongWrites(snapshot, last, phases)],
  };
}

interface JudgedSteps {
  /** What the steps so far leave, subsets that are to go included. */
  readonly last: Snapshot;
  readonly reaches: readonly Reach[];
  readonly subsets: readonly ExpectedSubsets[];
}

function judgeNext({ last, reaches, subsets }: JudgedSteps, { expect, phases }: ReachStep): JudgedSteps {
  const expected = expect(last);
  return {
    last: written(last, phases),
    reaches: [...reaches, reachOfPhases(last, () => expected, phases)],
    subsets: [...subsets, expected.subsets],
  };
}

/** The objects once subsets are added and routes are written. */
function written(snapshot: Snapshot, phases: readonly Phase[]): Snapshot {
  const writes = phases.filter(({ name }) => name !== 'remove-subsets').flatMap((phase) => phase.writes);
  const after = <T extends KubeObject>(
    objects: readonly T[],
    changes: readonly Change<T>[],
  ): readonly T[] => {
    const made = changes.filter(({ before }) => !objects.includes(before)).map((change) => change.after);
    return [...objects.map((one) => changes.find(({ before }) => before === one)?.after ?? one), ...made];
  };
  return {
    ...snapshot,
    virtualServices: after<VirtualService>(
      snapshot.virtualServices,
      writes.filter((write) => write.kind === 'VirtualService'),
    ),
    destinationRules: after<DestinationRule>(
      snapshot.destinationRules,
      writes.filter((write) => write.kind === 'DestinationRule'),
    ),
  };
}

/** Subsets may go that one of the services may remove, and nothing may come. */
function removalOf(subsets: readonly ExpectedSubsets[]): ExpectedChange {
  const [first] = subsets;
  const records = subsets.flatMap((one) => one.records);
  return {
    rule: () => NOTHING_CHANGES,
    subsets: { comes: [], goes: first?.goes ?? 'own', records },
    alternatives: [],
  };
}

const NOTHING_CHANGES: GuardRule = {
  isMeant: () => false,
  allowed: (request, before) => ({ answers: [unchanged(takenBy(before.ask(request)))], isAsked: false }),
  about: () => [],
  ofRoute: () => [],
  wrongPreviews: () => [],
  mustReach: null,
};

/** A subset comes before the routes that need it, and goes after those that needed it. */
const ORDER: readonly Phase['name'][] = ['add-subsets', 'routes', 'remove-subsets'];

/** What is written has to be, object by object, what the steps come to: all of it, and nothing else. */
function wrongWrites(first: Snapshot, last: Snapshot, phases: readonly Phase[]): readonly UnaskedChange[] {
  const order = phases.map(({ name }) => ORDER.indexOf(name));
  const isInOrder = order.every((place, i) => i === 0 || (order[i - 1] ?? 0) < place);
  const writes = phases.filter(({ name }) => name !== 'remove-subsets').flatMap((phase) => phase.writes);
  const was = new Set(allObjects(first));
  const changed = allObjects(last).filter((object) => !was.has(object));
  const missing = changed.filter((object) => !writes.some((write) => write.after === object));
  const others = writes.filter((write) => !changed.includes(write.after) || !isOfItsPhase(write, phases));
  return [
    ...missing.map((object) => wrong(object, 'would not be written', 'what was planned for its service')),
    ...others.map(({ after }) =>
      wrong(after, 'would be written otherwise', 'what was planned for its service'),
    ),
    ...(isInOrder
      ? []
      : phases
          .slice(0, 1)
          .flatMap(({ writes: [one] }) =>
            one ? [wrong(one.after, 'would be written too early', 'subsets first, then routes')] : [],
          )),
  ];
}

function allObjects({ virtualServices, destinationRules }: Snapshot): readonly KubeObject[] {
  return [...virtualServices, ...destinationRules];
}

function isOfItsPhase(write: Write, phases: readonly Phase[]): boolean {
  const name = write.kind === 'VirtualService' ? 'routes' : 'add-subsets';
  return phases.some((phase) => phase.name === name && phase.writes.includes(write));
}

function wrong(object: KubeObject, after: string, expected: string): UnaskedChange {
  const title = titleOf(object);
  return {
    object: title,
    who: `everyone that ${title} is about`,
    before: 'it',
    after,
    expected,
    example: null,
    classes: 1,
  };
}
