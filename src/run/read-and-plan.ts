import { elapsing } from '../base/elapsed.ts';
import { TrafficError, withSentence } from '../base/errors.ts';
import type { Finding } from '../base/findings.ts';
import { retry, type Try } from '../base/retry.ts';
import { planShow } from '../operations/show/plan.ts';
import type { Request } from '../operations/request.ts';
import { unclearDomain, withClusterDomain } from '../plan/cluster-domain.ts';
import type { Plan, Snapshot } from '../plan/types.ts';
import type { ReadScope } from '../ports/store.ts';
import type { RunContext } from './context.ts';
import { repeatedInputs } from '../report/asked-for.ts';
import type { Planned } from './planned.ts';
import { planReading } from './plan-reading.ts';
import { withoutOwnWrites } from './whole-change.ts';

/** Milliseconds between two looks for a ready pod. */
const POD_PAUSE = 2_000;

/**
 * Reads and plans; where a ready pod is waited for, again until there is one or the time is up. The journal is told of
 * the last plan.
 *
 * @param deadline when the wait for pods is over, as `elapsed` counts
 * @throws TrafficError as the store and the planner
 */
export async function readAndPlan(
  request: Request,
  scope: ReadScope | undefined,
  deadline: number,
  { store, clock, log, journal, withPullRequests }: RunContext,
): Promise<Planned> {
  const { intent, clusterDomain } = request;
  const repeated = repeatedInputs(request);
  const planOf = (planning: Planning, snapshot: Snapshot): Plan => {
    const doubts = unclearDomain(snapshot, clusterDomain);
    try {
      const made = planning(snapshot);
      return { ...made, findings: [...made.findings, ...doubts] };
    } catch (thrown) {
      throw doubted(thrown, doubts);
    }
  };
  const planned = await retry(elapsing(clock), async (): Promise<Try<Planned>> => {
    const [read, planning] = await Promise.all([
      log.group(`Read ${store.place}`, () => store.read(scope)),
      // Loaded while the server answers.
      loadPlanning(request),
    ]);
    const timed = { ...withClusterDomain(read, clusterDomain), time: clock.now().toISOString() };
    const snapshot = { ...(await withPullRequests(timed)), repeated };
    journal.add({ kind: 'read', namespace: snapshot.namespace });
    const before = withoutOwnWrites(snapshot, intent, journal.entries);
    const value = { plan: planOf(planning, before), snapshot, before };
    if (!isWaitedFor(value.plan)) return { kind: 'done', value };
    return {
      kind: 'again',
      pause: POD_PAUSE,
      deadline,
      late: 'cut',
      onPause: () => {
        log.info('No pod of the target subset is ready yet: waiting');
      },
      giveUp: () => value,
    };
  });
  journal.add({ kind: 'planned', plan: planned.plan, snapshot: planned.snapshot });
  return planned;
}

/** What the request means for a snapshot; throws as the planner. */
type Planning = (snapshot: Snapshot) => Plan;

/** The first thing in many jobs is `show`, which needs little. */
async function loadPlanning({ intent, force }: Request): Promise<Planning> {
  if (intent.operation === 'show')
    return (snapshot) => planReading(snapshot, (inDomain) => planShow(inDomain, intent));
  const { plan } = await import('./changing.ts');
  return (snapshot) => plan(snapshot, intent, { force });
}

/** Adds to a refusal why hosts may have been looked up in the wrong domain of the cluster. */
function doubted(thrown: unknown, doubts: readonly Finding[]): unknown {
  if (!(thrown instanceof TrafficError) || doubts.length === 0) return thrown;
  const message = doubts.reduce((words, doubt) => withSentence(words, doubt.message), thrown.message);
  return new TrafficError(thrown.reason, message, { cause: thrown, findings: thrown.findings });
}

/** A missing pod is waited for, also with `force`, which goes on without one afterwards. Any other error is said at once. */
function isWaitedFor({ findings }: Plan): boolean {
  const isMissingPods = findings.some(({ code }) => code === 'no-ready-pod');
  return (
    isMissingPods && findings.every(({ code, severity }) => code === 'no-ready-pod' || severity !== 'error')
  );
}
