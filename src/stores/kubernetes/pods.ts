import { isObject } from '../../json.ts';
import type { Labels, PodView } from '../../istio/types.ts';

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
    conditions.some((condition) => field(condition, 'type') === 'Ready' && field(condition, 'status') === 'True');
  return {
    name: text(field(metadata, 'name')),
    labels: labels(field(metadata, 'labels')),
    ready: ready && field(metadata, 'deletionTimestamp') === undefined,
  };
}

/** A field of whatever this is; undefined where it has none. */
export function field(value: unknown, name: string): unknown {
  return isObject(value) ? (value[name] ?? undefined) : undefined;
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function labels(value: unknown): Labels {
  if (!isObject(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, label]) => [key, text(label)]));
}
