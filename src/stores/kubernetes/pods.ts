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
