/**
 * What the guard alone is judged by: many objects, what is asked of each, and what the planner makes of it today. A
 * mutated planner has to make the same of it, or refuse, or be refused by the guard.
 */
import { readdirSync, readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { TrafficError } from '../../src/base/errors.ts';
import { parseWords } from '../../src/operations/parse-words.ts';
import type { DestinationRule, ObjectMeta, VirtualService } from '../../src/istio/types.ts';
import { isReadOnly, type ChangeIntent } from '../../src/operations/index.ts';
import { canonicalJson } from '../../src/base/json.ts';
import { plan } from '../../src/run/plan.ts';
import type { Plan, Snapshot } from '../../src/plan/types.ts';
import { applied } from '../support/plane.ts';
import { objectsIn, parseCommandLine } from '../cases.support.ts';
import { snapshot, step, type Step } from './worlds.ts';

export interface World {
  readonly name: string;
  readonly snapshot: Snapshot;
  readonly intent: ChangeIntent;
  /** What is there afterwards; `refused` where nothing is written. */
  readonly effect: string;
}

const CASES = join(import.meta.dirname, '..', 'cases');
const GENERATED = 250;

/** The golden cases, step by step, and generated ones: the same every time. */
export function guardWorlds(): readonly World[] {
  return [...fromCases(), ...generated()];
}

/** What a plan makes of the objects, or null where it is refused. */
export function plannedBy(before: Snapshot, intent: ChangeIntent): Plan | null {
  try {
    const planned = plan(before, intent);
    return planned.findings.some(({ severity }) => severity === 'error') ? null : planned;
  } catch {
    // A mutant may throw anything; whatever it is, nothing is written.
    return null;
  }
}

/** Where everything sends, names of routes and annotations aside. */
export function effectOf(before: Snapshot, planned: Plan | null): string {
  if (planned === null) return 'refused';
  const { virtualServices, destinationRules } = applied(before, planned);
  return canonicalJson([
    virtualServices.map(({ metadata: { name, namespace }, spec: { http = [], ...spec } }) => [
      name,
      namespace,
      spec,
      http.map(({ name: _, ...route }) => route),
    ]),
    destinationRules.map(({ metadata: { name, namespace }, spec }) => [name, namespace, spec]),
  ]);
}

function* fromCases(): Generator<World> {
  for (const name of readdirSync(CASES).sort()) {
    const path = join(CASES, name);
    if (!existsSync(join(path, 'before.yaml')) || existsSync(join(path, 'pods.yaml'))) continue;
    let current = snapshotIn(readFileSync(join(path, 'before.yaml'), 'utf8'));
    if (current === null) continue;
    const lines = readFileSync(join(path, 'args'), 'utf8').split('\n');
    for (const line of lines) {
      if (!line.startsWith('traffic ')) continue;
      const intent = intentIn(line);
      if (intent === null) break;
      const planned = plannedBy(current, intent);
      yield { name: `${name}: ${line}`, snapshot: current, intent, effect: effectOf(current, planned) };
      if (planned !== null) current = applied(current, planned);
    }
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
    return isReadOnly(intent) ? null : intent;
  } catch (thrown) {
    if (thrown instanceof TrafficError) return null;
    throw thrown;
  }
}

function* generated(): Generator<World> {
  const samples = fc.sample(fc.tuple(snapshot, fc.array(step, { minLength: 1, maxLength: 4 })), {
    seed: 7,
    numRuns: GENERATED,
  });
  for (const [i, [start, steps]] of samples.entries()) {
    let current = start;
    for (const words of steps) {
      const intent = generatedIntent(words);
      const planned = plannedBy(current, intent);
      const name = `generated ${i}: ${JSON.stringify(words)}`;
      yield { name, snapshot: current, intent, effect: effectOf(current, planned) };
      if (planned !== null) current = applied(current, planned);
    }
  }
}

function generatedIntent(words: Step): ChangeIntent {
  const { intent } = parseWords({ 'label-selector': 'app=api', ...words }).request;
  if (isReadOnly(intent)) throw new Error('It changes nothing.');
  return intent;
}
