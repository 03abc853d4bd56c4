import { TrafficError, withSentence } from '../base/errors.ts';
import type { Finding } from '../base/findings.ts';
import { retry, type Try } from '../base/retry.ts';
import type { Request } from '../operations/request.ts';
import { unclearDomain, withClusterDomain } from '../plan/cluster-domain.ts';
import type { Plan, Snapshot } from '../plan/types.ts';
import type { ReadScope } from '../ports/store.ts';
import type { RunContext } from './context.ts';
import { repeatedInputs } from '../report/asked-for.ts';
import { plan } from './plan.ts';
import { withoutOwnWrites } from './whole-change.ts';

/** Milliseconds between two looks for a ready pod. */
const POD_PAUSE = 2_000;

export interface Planned {
  /** All of the change, what this run has written of it included. */
  readonly plan: Plan;
  /** What was read. */
  readonly snapshot: Snapshot;
  /** What the plan is made from: the same, without what this run has written (`withoutOwnWrites`). */
  readonly before: Snapshot;
}

/**
 * Reads and plans; where a ready pod is waited for, again until there is one or the time is up. The journal is told of
 * the last plan.
 *
 * @param deadline when the wait for pods is over, as `Date.getTime`
 * @throws TrafficError as the store and the planner
 */
export async function readAndPlan(
  request: Request,
  scope: ReadScope | undefined,
  deadline: number,
  { store, clock, log, journal, withPullRequests }: RunContext,
): Promise<Planned> {
  const { intent, force, clusterDomain } = request;
  const repeated = repeatedInputs(request);
  const planOf = (snapshot: Snapshot): Plan => {
    const doubts = unclearDomain(snapshot, clusterDomain);
    try {
      const made = plan(snapshot, intent, { force });
      return { ...made, findings: [...made.findings, ...doubts] };
    } catch (thrown) {
      throw doubted(thrown, doubts);
    }
  };
  const planned = await retry(clock, async (): Promise<Try<Planned>> => {
    const read = await log.group(`Read ${store.place}`, () => store.read(scope));
    const timed = { ...withClusterDomain(read, clusterDomain), time: clock.now().toISOString() };
    const snapshot = { ...(await withPullRequests(timed)), repeated };
    journal.add({ kind: 'read', namespace: snapshot.namespace });
    const before = withoutOwnWrites(snapshot, intent, journal.entries);
    const value = { plan: planOf(before), snapshot, before };
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
