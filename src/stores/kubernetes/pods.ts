import { readLabels } from '../../istio/labels.ts';
import type { PodView } from '../../istio/types.ts';
import { field, listIn, textIn } from '../../base/json.ts';

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
    name: textIn(field(metadata, 'name')),
    labels: readLabels(field(metadata, 'labels')),
    ready: ready && field(metadata, 'deletionTimestamp') === undefined,
    ...health(field(pod, 'status')),
    ...workload(metadata),
  };
}

/**
 * A WorkloadEntry in place of a pod. Without health checks it always gets requests, with them only while they say that it
 * is healthy.
 *
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/serviceregistry/serviceentry/conversion.go ConvertWorkloadEntry, isHealthy
 */
export function workloadView(entry: unknown): PodView {
  const metadata = field(entry, 'metadata');
  const isChecked = textIn(field(field(metadata, 'annotations'), HEALTH_CHECKS)).toLowerCase() === 'true';
  const isHealthy = listIn(field(field(entry, 'status'), 'conditions')).some(
    (condition) => field(condition, 'type') === 'Healthy' && field(condition, 'status') === 'True',
  );
  return {
    name: textIn(field(metadata, 'name')),
    labels: {
      ...readLabels(field(field(entry, 'spec'), 'labels')),
      ...readLabels(field(metadata, 'labels')),
    },
    ready: (!isChecked || isHealthy) && field(metadata, 'deletionTimestamp') === undefined,
  };
}

/** Set by istiod where a WorkloadGroup has a probe. */
const HEALTH_CHECKS = 'proxy.istio.io/health-checks-enabled';

/** A sidecar may be an init container that goes on, so that these count, too. */
function health(status: unknown): Pick<PodView, 'restarts' | 'troubles'> {
  const containers = ['containerStatuses', 'initContainerStatuses'].flatMap((name) => {
    const list = field(status, name);
    return Array.isArray(list) ? list.map((one: unknown) => one) : [];
  });
  const restarts = containers.reduce<number>((sum, container) => {
    const count = field(container, 'restartCount');
    return sum + (typeof count === 'number' ? count : 0);
  }, 0);
  const troubles = new Set(containers.flatMap(reasons));
  return {
    ...(restarts === 0 ? {} : { restarts }),
    ...(troubles.size === 0 ? {} : { troubles: [...troubles] }),
  };
}

/** Reasons that every start and end has, and which say nothing. */
const ORDINARY = new Set(['', 'ContainerCreating', 'PodInitializing', 'Completed']);

function reasons(container: unknown): readonly string[] {
  const state = field(container, 'state');
  const found = [
    field(field(state, 'waiting'), 'reason'),
    field(field(state, 'terminated'), 'reason'),
    field(field(field(container, 'lastState'), 'terminated'), 'reason'),
  ];
  return found.map(textIn).filter((reason) => !ORDINARY.has(reason));
}

/**
 * As Istio names it in `destination_workload`: a ReplicaSet's name ends with the hash that its pods have as a label, and
 * a label of Istio's own comes before everything.
 *
 * @see https://github.com/istio/istio/blob/master/pkg/kube/util.go (GetWorkloadMetaFromPod)
 */
function workload(metadata: unknown): Pick<PodView, 'workload'> {
  const own = readLabels(field(metadata, 'labels'));
  const named = own['service.istio.io/workload-name'] ?? '';
  if (named !== '') return { workload: named };
  const owners = field(metadata, 'ownerReferences');
  const owner: unknown = Array.isArray(owners)
    ? owners.find((one: unknown) => field(one, 'controller') === true)
    : undefined;
  const name = textIn(field(owner, 'name'));
  if (name === '') return {};
  const hash = own['pod-template-hash'] ?? own['rollouts-pod-template-hash'];
  const isHashed = field(owner, 'kind') === 'ReplicaSet' && hash !== undefined && name.endsWith(`-${hash}`);
  return { workload: isHashed ? name.slice(0, -hash.length - 1) : name };
}
