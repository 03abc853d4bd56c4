/** A cluster, a clock and a log in memory, which write down together what `run` does with them. */
import type { Clock, Collaborators } from '../../src/ports/collaborators.ts';
import { TrafficError } from '../../src/base/errors.ts';
import { parseWords } from '../../src/operations/parse-words.ts';
import type { Words } from '../../src/intent/types.ts';
import type { DestinationRule, PodView, VirtualService } from '../../src/istio/types.ts';
import { titleOf } from '../../src/base/title.ts';
import type { Write } from '../../src/plan/types.ts';
import type { Outcome } from '../../src/report/types.ts';
import { run, type RunOptions } from '../../src/run/run.ts';
import { textChanges } from '../../src/stores/kubernetes/texts.ts';
import type { PodState } from '../../src/gates/types.ts';
import type { Metrics } from '../../src/ports/metrics.ts';
import type { Store } from '../../src/ports/store.ts';
import type { UndoPlan } from '../../src/undo/types.ts';

type Routing = VirtualService | DestinationRule;

/** What happens before a call is carried out: somebody else's change, or a fault that is thrown. */
export type Incident = () => void;

export interface Cluster {
  readonly store: Store;
  readonly clock: Clock;
  /** `read`, `read routes`, `rehearse VirtualService shop/api`, `write …`, `sleep 5000`, in order. */
  readonly journal: string[];
  /** Lines of the log. */
  readonly log: string[];
  pods: readonly (PodView & Partial<PodState>)[];
  /** What the server makes of an object that is written: itself, unless a webhook changes it. */
  mutate: (object: Routing) => Routing;
  /** What the answer to a rehearsal is of that: the same, unless the server behaves otherwise then. */
  rehearsed: (object: Routing) => Routing | undefined;
  /** The next calls with this entry in the journal meet these, one each; the last of `always` every further one. */
  on(entry: string, ...incidents: readonly Incident[]): Cluster;
  always(entry: string, incident: Incident): Cluster;
  /** Writes an entry of the journal, for a clock of the test's own: what waits for it happens. */
  readonly meet: (entry: string) => void;
  /** Changes an object as somebody else would. */
  edit<T extends Routing>(object: T, change: (current: T) => T): void;
  /** Deletes an object as somebody else would. */
  remove(object: Routing): void;
  /** Everything that it holds. */
  objects(): readonly Routing[];
  /** Specs and annotations by title, without what the server counts and who changed it last. */
  state(): Readonly<Record<string, unknown>>;
  run(words: Words, options?: RunOptions): Promise<Outcome>;
  /** Does what the post step would do with what a step has kept. */
  takeBack(step: UndoPlan): Promise<Outcome>;
}

/** @param tick how long a call takes: nothing, unless a test has many runs at the same time */
export function clusterOf(
  objects: readonly Routing[],
  {
    clock,
    tick,
    signal,
    metrics,
    timeLimit,
  }: {
    readonly clock?: Clock;
    readonly tick?: () => Promise<void>;
    readonly signal?: AbortSignal;
    readonly metrics?: Metrics;
    readonly timeLimit?: number;
  } = {},
): Cluster {
  const journal: string[] = [];
  const log: string[] = [];
  const incidents: { readonly entry: string; readonly left: Incident[]; readonly forever: boolean }[] = [];
  const held = new Map<string, Routing>();
  let version = 0;
  const hold = (object: Routing): Routing => {
    version += 1;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    held.set(titleOf(stored), stored);
    return stored;
  };
  objects.forEach(hold);

  const enter = async (entry: string): Promise<void> => {
    await tick?.();
    meet(entry);
  };
  const meet = (entry: string): void => {
    journal.push(entry);
    const found =
      incidents.find((one) => !one.forever && one.entry === entry && one.left.length > 0) ??
      incidents.find((one) => one.forever && one.entry === entry);
    (found?.forever === true ? found.left[0] : found?.left.shift())?.();
  };
  const replace = (write: Write): Routing => {
    const { before, after } = write;
    const how = write.kind === 'DestinationRule' ? write.how : undefined;
    const current = held.get(titleOf(before));
    if (how === 'create' && current !== undefined) throw conflict(before);
    if (how === 'delete' && current === undefined) return after;
    if (how === 'delete' && current?.metadata.resourceVersion === before.metadata.resourceVersion) {
      held.delete(titleOf(before));
      return after;
    }
    if (current === undefined && how === undefined)
      throw new TrafficError('not-found', `There is no ${titleOf(before)}.`);
    if (current?.metadata.resourceVersion !== before.metadata.resourceVersion) throw conflict(before);
    return hold(cluster.mutate(after));
  };
  const store: Store = {
    kind: 'kubernetes',
    place: 'cluster https://cluster.test',
    warnings: [],
    async read(scope) {
      const isLook = scope === 'routes' || scope === 'routing';
      await enter(isLook ? `read ${scope}` : 'read');
      const all = [...held.values()];
      return {
        source: 'kubernetes',
        namespace: 'shop',
        virtualServices: all.filter((object): object is VirtualService => object.kind === 'VirtualService'),
        destinationRules: all.filter(
          (object): object is DestinationRule => object.kind === 'DestinationRule' && scope !== 'routes',
        ),
        pods: isLook ? { state: 'none' } : { state: 'known', items: cluster.pods },
        services: { state: 'none' },
      };
    },
    async rehearse({ after }) {
      await enter(`rehearse ${titleOf(after)}`);
      return cluster.rehearsed(cluster.mutate(after));
    },
    async write(write) {
      await enter(`write ${titleOf(write.after)}`);
      return replace(write);
    },
    async pods() {
      await enter('read pods');
      return cluster.pods.map((pod) => ({ restarts: 0, troubles: [], ...pod }));
    },
    texts: textChanges,
  };
  const ownClock = clock ?? fakeClock(meet);
  const collaborators: Collaborators = {
    openStore: () => Promise.resolve(store),
    clock: ownClock,
    log: { info: (line) => void log.push(line), group: (_title, body) => body() },
    author: () => Promise.resolve({ actor: 'ada' }),
    signal,
    ...(metrics !== undefined && { openMetrics: () => Promise.resolve(metrics) }),
    ...(timeLimit !== undefined && { timeLimit }),
  };
  const cluster: Cluster = {
    store,
    clock: ownClock,
    journal,
    log,
    pods: [],
    meet,
    mutate: (object) => object,
    rehearsed: (object) => object,
    on(entry, ...left) {
      incidents.push({ entry, left: [...left], forever: false });
      return cluster;
    },
    always(entry, incident) {
      incidents.push({ entry, left: [incident], forever: true });
      return cluster;
    },
    edit(object, change) {
      hold(change((held.get(titleOf(object)) ?? object) as typeof object));
    },
    remove(object) {
      held.delete(titleOf(object));
    },
    objects: () => [...held.values()],
    state: () => Object.fromEntries([...held].map(([title, object]) => [title, contentOf(object)])),
    run: (words, options) => run(parseWords(words).request, collaborators, options),
    takeBack: (step) => {
      const { request } = parseWords({ operation: 'show', 'propagation-wait': '0s' });
      return run({ ...request, intent: { operation: 'take-back', step } }, collaborators);
    },
  };
  return cluster;
}

export function conflict(object: Routing): TrafficError {
  return new TrafficError('conflict', `${titleOf(object)} was changed by somebody else meanwhile`);
}

/** An incident that is a fault. */
export function fails(error: TrafficError): Incident {
  return () => {
    throw error;
  };
}

/** A clock that only pauses move. */
function fakeClock(meet: (entry: string) => void): Clock {
  let now = 0;
  return {
    now: () => new Date(now),
    sleep: (milliseconds, signal) => {
      meet(`sleep ${milliseconds}`);
      if (signal?.aborted !== true) now += milliseconds;
      return Promise.resolve();
    },
    random: () => 0.5,
  };
}

function contentOf({ spec, metadata }: Routing): unknown {
  const {
    'istiops/last-change': _,
    'istiops/history': _history,
    ...annotations
  } = metadata.annotations ?? {};
  return { spec, annotations };
}
