/** Everything that a canary finds out before its first write. */
import { digest } from '../../base/digest.ts';
import { TrafficError } from '../../base/errors.ts';
import { canonicalJson } from '../../base/json.ts';
import type { CanaryPods } from '../../gates/types.ts';
import { durationText, timeOf, type CanaryIntent } from '../../operations/canary/intent.ts';
import { podsOfSides, sidesOf } from '../../operations/canary/sides.ts';
import { startOf, type CanaryStart } from '../../operations/canary/start.ts';
import type { PromoteIntent } from '../../operations/promote/intent.ts';
import { inDomainOf, withClusterDomain } from '../../plan/cluster-domain.ts';
import type { Snapshot } from '../../plan/types.ts';
import type { Collaborators } from '../../ports/collaborators.ts';
import type { Store } from '../../ports/store.ts';
import type { Outcome } from '../../report/types.ts';
import { plan } from '../plan.ts';
import type { Course } from './course.ts';
import { hookGauge, metricsGauge, type Gauge } from './gauge.ts';
import { notesOf, type Notes } from './notes.ts';
import type { CanaryRequest, RunOnce } from './once.ts';

/** What is known of a canary once the cluster was read. */
export interface Begun {
  readonly snapshot: Snapshot;
  readonly start: CanaryStart;
  /** Of the change in `istiops/history` that all stages are parts of. */
  readonly id: string;
  /** The address of the workflow run, else who started it: the note on the VirtualServices names it. */
  readonly run: string | null;
}

/** What a canary is watched with. */
export interface Ready {
  readonly subset: string;
  /** Of the VirtualServices of the namespace, before this run has written anything. */
  readonly notes: Notes;
  readonly gauge: Gauge;
  readonly pods: () => Promise<CanaryPods>;
}

export interface Preparing {
  readonly request: CanaryRequest;
  readonly collaborators: Collaborators;
  readonly store: Store;
  readonly course: Course;
  readonly once: RunOnce;
}

/**
 * A job on a runner of GitHub's ends after six hours, whatever it does.
 *
 * @throws TrafficError invalid-input
 */
export function refuseIfTooLong(intent: CanaryIntent, limit: number | undefined): void {
  const needed = timeOf(intent);
  if (limit === undefined || needed <= limit) return;
  throw new TrafficError(
    'invalid-input',
    `The stages need ${durationText(needed)} in all, and a job here may run ${durationText(limit)} at most (GitHub ends it after six hours, and the way back needs time as well). ` +
      'Shorten `steps`, use a runner of your own, or make several jobs of it with `finish: keep`. Nothing was read or changed.',
  );
}

/**
 * Reads the cluster, and finds where the canary begins.
 *
 * @returns undefined where nothing is to be watched: a trial, or a build that has every request already
 * @throws TrafficError whatever speaks against beginning; nothing is written then
 */
export async function beginCanary(preparing: Preparing): Promise<Begun | undefined> {
  const { request, collaborators, store, course, once } = preparing;
  const { intent, force } = request;
  const snapshot = withClusterDomain(await store.read('mesh-and-servers'), request.clusterDomain);
  const start = inDomainOf(snapshot, () => startOf(snapshot, intent, force));
  if (start.left === undefined && isAlone(snapshot, intent)) {
    const outcome = await once({ ...request, intent: promoteOf(intent) }, collaborators);
    course.addOutcome(outcome);
    throwFailure(outcome);
    return undefined;
  }
  if (request.dryRun) {
    await makeReady(preparing, { snapshot, start });
    return undefined;
  }
  const { clock } = collaborators;
  const author = await collaborators.author();
  const now = clock.now().toISOString();
  return {
    snapshot,
    start,
    id: start.left?.id ?? digest(canonicalJson([intent.podLabels, now, clock.random()])),
    run: author?.run ?? author?.actor ?? null,
  };
}

/**
 * Tries the first stage, and finds out how the build is watched: what can't be watched is not begun.
 *
 * @throws TrafficError whatever speaks against it. An unfinished canary of an earlier run is to be taken back then,
 *   because nobody would watch it
 */
export async function makeReady(
  { request, collaborators, store, course, once }: Preparing,
  { snapshot, start }: Pick<Begun, 'snapshot' | 'start'>,
): Promise<Ready> {
  const { intent } = request;
  const trial = await once(
    { ...request, intent: { ...intent, stage: start.stage }, dryRun: true },
    collaborators,
  );
  if (trial.failure !== null || request.dryRun) course.addOutcome(trial);
  throwFailure(trial);
  const sides = inDomainOf(snapshot, () => sidesOf(snapshot, intent));
  const pods = async (): Promise<CanaryPods> => podsOfSides(await podsOfStore(store), sides);
  const gauge = await gaugeFor(request, collaborators, store, {
    namespace: snapshot.namespace,
    pods,
    isResumed: start.left !== undefined,
  });
  for (const note of gauge.notes) collaborators.log.info(note);
  const subset = trial.subset ?? '';
  const own = snapshot.virtualServices.filter(({ metadata }) => metadata.namespace === snapshot.namespace);
  return { subset, notes: notesOf(own, subset), gauge, pods };
}

/** @throws TrafficError the failure of a run, with its findings; nothing where there is none */
export function throwFailure({ failure, findings }: Outcome): void {
  if (failure !== null) throw new TrafficError(failure.reason, failure.message, { findings });
}

/** The build as `promote` knows it. */
export function promoteOf(intent: CanaryIntent): PromoteIntent {
  const { selector, virtualServices, podLabels, hostname, port, routes, createRule } = intent;
  return {
    operation: 'promote',
    ...(selector !== undefined && { selector }),
    ...(virtualServices !== undefined && { virtualServices }),
    podLabels,
    ...(hostname !== undefined && { hostname }),
    ...(port !== undefined && { port }),
    routes,
    ...(createRule !== undefined && { createRule }),
  };
}

/** Is the build the only destination already? Where that can't be planned, the trial of the first stage says why. */
function isAlone(snapshot: Snapshot, intent: CanaryIntent): boolean {
  try {
    return plan(snapshot, promoteOf(intent)).phases.every(({ name }) => name === 'remove-subsets');
  } catch {
    return false;
  }
}

async function podsOfStore(store: Store): ReturnType<NonNullable<Store['pods']>> {
  if (store.pods === undefined)
    throw new TrafficError('invalid-input', `A canary watches pods, and ${store.place} has none.`);
  return store.pods();
}

async function gaugeFor(
  { intent: { gates, metrics, stages } }: CanaryRequest,
  { clock, signal, ask, openMetrics }: Collaborators,
  store: Store,
  about: {
    readonly namespace: string;
    readonly pods: () => Promise<CanaryPods>;
    readonly isResumed: boolean;
  },
): Promise<Gauge> {
  const hooks = { gates, ask, signal };
  if (metrics === undefined) return hookGauge(hooks);
  if (openMetrics === undefined)
    throw new TrafficError(
      'invalid-input',
      'metrics is given, but no collaborator `openMetrics` that could ask it.',
    );
  const measuring = {
    ...about,
    metrics: await openMetrics(metrics.place, metrics.headers, store),
    gates,
    interval: Math.min(...stages.map(({ interval }) => interval)),
    clock,
    signal,
  };
  return metricsGauge(measuring, about.pods, hooks);
}
