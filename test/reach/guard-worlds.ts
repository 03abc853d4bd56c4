/**
 * What the guard alone is judged by: many objects, and what is asked of each. A mutated planner has to write the same
 * as the real one, or refuse, or be refused by the guard.
 */
import { readdirSync, readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { TrafficError } from '../../src/base/errors.ts';
import type { DestinationRule, ObjectMeta, VirtualService } from '../../src/istio/types.ts';
import { isReadOnly, type ChangeIntent } from '../../src/operations/index.ts';
import { isOfServices } from '../../src/operations/services.ts';
import { plan } from '../../src/run/plan.ts';
import type { Plan, Snapshot } from '../../src/plan/types.ts';
import { withHistory } from '../../src/undo/record.ts';
import { undoPlanOf } from '../../src/undo/step.ts';
import { withEdit } from '../support/foreign-edits.ts';
import { applied, intentOf } from '../support/plane.ts';
import { objectsIn, parseCommandLine } from '../support/cases.ts';
import { SCENES } from './guard-scenes.ts';
import { snapshot, step, type Step } from './worlds.ts';

export interface World {
  readonly name: string;
  readonly snapshot: Snapshot;
  readonly intent: ChangeIntent;
}

/** Objects, and what is asked of them one after the other. */
interface Story {
  readonly name: string;
  readonly start: Snapshot;
  readonly steps: readonly ChangeIntent[];
}

const CASES = join(import.meta.dirname, '..', 'cases');
const GENERATED = 150;

/** The golden cases, scenes written by hand and generated ones, step by step: the same every time. */
export function guardWorlds(): readonly World[] {
  const all = [
    ...[...cases()].flatMap(worldsOf),
    ...[...scenes(), ...generated()].flatMap(worldsWithWaysBack),
  ];
  const known = new Set<string>();
  return all.filter(({ snapshot: { virtualServices, destinationRules }, intent }) => {
    const text = JSON.stringify([virtualServices, destinationRules, intent]);
    return !known.has(text) && known.add(text);
  });
}

function worldsOf({ name, start, steps }: Story): readonly World[] {
  let current = start;
  return steps.map((intent, i) => {
    const world = { name: `${name}, step ${i + 1}: ${intent.operation}`, snapshot: current, intent };
    current = changed(current, intent, i).after;
    return world;
  });
}

/** After each step that writes, all that takes something back is asked as well; the story goes on without it. */
function worldsWithWaysBack(story: Story): readonly World[] {
  let current = story.start;
  return story.steps.flatMap((intent, i) => {
    const name = `${story.name}, step ${i + 1}`;
    const world = { name: `${name}: ${intent.operation}`, snapshot: current, intent };
    const { after, planned } = changed(current, intent, i);
    current = after;
    if (planned === null) return [world];
    return [
      world,
      ...waysBack(after, intent, planned).map((one): World => ({
        ...one,
        name: `${name}, then ${one.name}`,
      })),
    ];
  });
}

function waysBack(after: Snapshot, intent: ChangeIntent, planned: Plan): readonly World[] {
  const writes = planned.phases.flatMap((phase) => phase.writes);
  const selected = 'selector' in intent ? { 'label-selector': intent.selector.text } : {};
  const build =
    'podLabels' in intent
      ? {
          'pod-selector': Object.entries(intent.podLabels)
            .map((pair) => pair.join('='))
            .join(','),
        }
      : undefined;
  const respelled = withEdit(after, { kind: 'respell', spelling: 1 });
  const asked = [
    ['undo', after, { operation: 'undo', ...selected }],
    ['undo of the last two', after, { operation: 'undo', to: '2', ...selected }],
    ['clear', after, { operation: 'clear', ...selected }],
    ['clear of respelled hosts', respelled, { operation: 'clear', ...selected }],
    ...(build === undefined
      ? []
      : [
          ['rollback', after, { operation: 'rollback', ...selected, ...build }] as const,
          [
            'rollback of respelled hosts',
            respelled,
            { operation: 'rollback', ...selected, ...build },
          ] as const,
        ]),
  ] as const;
  const step = undoPlanOf(planned, writes, { by: null, time: new Date(0).toISOString() });
  return [
    ...asked.flatMap(([name, snapshot, words]) => {
      const found = changeIntent(words);
      return found === null ? [] : [{ name, snapshot, intent: found }];
    }),
    { name: 'take-back', snapshot: after, intent: { operation: 'take-back', step } },
  ];
}

/** The objects after a change, which is written into their history; `planned` is null where nothing is written. */
function changed(
  current: Snapshot,
  intent: ChangeIntent,
  number: number,
): { readonly after: Snapshot; readonly planned: Plan | null } {
  try {
    const planned = plan(current, intent);
    if (planned.findings.some(({ severity }) => severity === 'error') || planned.phases.length === 0)
      return { after: current, planned: null };
    const time = new Date(60_000 * number).toISOString();
    const written = withHistory(planned, { id: `change-${number}`, time }, { actor: 'ada' }, []);
    return { after: applied(current, written), planned };
  } catch {
    // What can't be planned, and objects that nobody understands: `run` sets those aside before it plans.
    return { after: current, planned: null };
  }
}

function* cases(): Generator<Story> {
  for (const name of readdirSync(CASES).sort()) {
    const path = join(CASES, name);
    if (!existsSync(join(path, 'before.yaml')) || existsSync(join(path, 'pods.yaml'))) continue;
    const start = snapshotIn(readFileSync(join(path, 'before.yaml'), 'utf8'));
    if (start === null) continue;
    const lines = readFileSync(join(path, 'args'), 'utf8').split('\n');
    const steps = lines.filter((line) => line.startsWith('traffic ')).map(intentIn);
    const end = steps.indexOf(null);
    yield { name, start, steps: steps.slice(0, end < 0 ? undefined : end).filter((one) => one !== null) };
  }
}

/** Null where the case is about texts that are no objects at all. */
function snapshotIn(text: string): Snapshot | null {
  try {
    const objects = objectsIn(text).map((object) => {
      const metadata: Partial<ObjectMeta> = object.metadata;
      return { ...object, metadata: { ...object.metadata, namespace: metadata.namespace ?? 'default' } };
    });
    return {
      source: 'manifests',
      namespace: 'default',
      virtualServices: objects.filter((one): one is VirtualService => one.kind === 'VirtualService'),
      destinationRules: objects.filter((one): one is DestinationRule => one.kind === 'DestinationRule'),
      pods: { state: 'none' },
      services: { state: 'none' },
    };
  } catch {
    return null;
  }
}

function intentIn(line: string): ChangeIntent | null {
  try {
    const { intent } = parseCommandLine(line, { manifests: 'x' }).request;
    return isReadOnly(intent) || isOfServices(intent) ? null : intent;
  } catch (thrown) {
    if (thrown instanceof TrafficError) return null;
    throw thrown;
  }
}

function changeIntent(words: Step): ChangeIntent | null {
  const intent = intentOf(words);
  return isReadOnly(intent) ? null : intent;
}

function* scenes(): Generator<Story> {
  for (const { name, start, steps } of SCENES)
    yield { name, start, steps: steps.map(changeIntent).filter((one) => one !== null) };
}

function* generated(): Generator<Story> {
  const samples = fc.sample(fc.tuple(snapshot, fc.array(step, { minLength: 1, maxLength: 4 })), {
    seed: 7,
    numRuns: GENERATED,
  });
  for (const [i, [start, steps]] of samples.entries())
    yield {
      name: `generated ${i}`,
      start,
      steps: steps.map(changeIntent).filter((one) => one !== null),
    };
}
