import type { PodState } from '../../gates/types.ts';
import type { PodView } from '../../istio/types.ts';
import { field, labels, text } from './fields.ts';

/**
 * What the checks need of a Pod as the API lists it. Ready is what a Service takes it for: the Ready condition is
 * true and it isn't being deleted; a pod that ends still says Ready for a while, and gets no new requests.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-conditions
 */
export function podView(pod: unknown): PodView {
  const metadata = field(pod, 'metadata');
  const conditions = field(field(pod, 'status'), 'conditions');
  const ready =
    Array.isArray(conditions) &&
    conditions.some(
      (condition) => field(condition, 'type') === 'Ready' && field(condition, 'status') === 'True',
    );
  return {
    name: text(field(metadata, 'name')),
    labels: labels(field(metadata, 'labels')),
    ready: ready && field(metadata, 'deletionTimestamp') === undefined,
  };
}

/**
 * A Pod as a canary watches it: how often its containers were started again, and why one of them doesn't run.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-states
 */
export function podState(pod: unknown): PodState {
  const status = field(pod, 'status');
  const containers = ['initContainerStatuses', 'containerStatuses'].flatMap((name) => {
    const list = field(status, name);
    return Array.isArray(list) ? (list as readonly unknown[]) : [];
  });
  const workload = workloadOf(pod);
  return {
    ...podView(pod),
    restarts: containers.reduce<number>((sum, one) => sum + countIn(field(one, 'restartCount')), 0),
    troubles: [...new Set(containers.flatMap(troublesOf))],
    ...(workload !== undefined && { workload }),
  };
}

function countIn(value: unknown): number {
  return Number.isSafeInteger(value) ? Number(value) : 0;
}

/** What every pod goes through when it starts or ends. */
const USUAL = new Set(['', 'ContainerCreating', 'PodInitializing', 'Completed']);

function troublesOf(container: unknown): readonly string[] {
  const [now, last] = [field(container, 'state'), field(container, 'lastState')];
  const reasons = [field(now, 'waiting'), field(now, 'terminated')].map((state) =>
    text(field(state, 'reason')),
  );
  // A container that was killed for its memory runs again a moment later, and waits only after some rounds.
  const before = text(field(field(last, 'terminated'), 'reason'));
  return [...reasons, ...(before === 'OOMKilled' ? [before] : [])].filter((reason) => !USUAL.has(reason));
}

/** The Deployment, as Istio names it: the owning ReplicaSet without the hash that the pod has as a label. */
function workloadOf(pod: unknown): string | undefined {
  const metadata = field(pod, 'metadata');
  const owners = field(metadata, 'ownerReferences');
  const owner = Array.isArray(owners)
    ? (owners as readonly unknown[]).find((one) => field(one, 'controller') === true)
    : undefined;
  const name = text(field(owner, 'name'));
  if (name === '') return undefined;
  const hash = labels(field(metadata, 'labels'))['pod-template-hash'];
  const isReplica = text(field(owner, 'kind')) === 'ReplicaSet' && hash !== undefined;
  return isReplica && name.endsWith(`-${hash}`) ? name.slice(0, -hash.length - 1) : name;
}
