import { hasLabels, mayBeOfLabels } from '../istio/labels.ts';
import type { Labels, PodView, ServiceView } from '../istio/types.ts';
import type { Snapshot } from './types.ts';

/** The services in sight that give a host by its name; a wildcard of a ServiceEntry is no name (`onlyByWildcard`). */
export function servicesFor(snapshot: Snapshot, host: string): readonly ServiceView[] {
  if (snapshot.services.state !== 'known') return [];
  return snapshot.services.items.filter(({ hosts }) => hosts.includes(host));
}

/** The pods that may be of these labels; with a host, those of them that are behind it, as far as we know. */
export function podsOf(snapshot: Snapshot, labels: Labels, host?: string): readonly PodView[] | undefined {
  if (snapshot.pods.state !== 'known') return undefined;
  const selectors =
    host === undefined
      ? []
      : servicesFor(snapshot, host).flatMap(({ selector }) => (selector === undefined ? [] : [selector]));
  return snapshot.pods.items.filter(
    (pod) =>
      mayBeOfLabels(pod.labels, labels) &&
      (selectors.length === 0 || selectors.some((selector) => hasLabels(pod.labels, selector))),
  );
}

/** The ready ones of `podsOf`; undefined where the pods are unknown. */
export function readyPodsOf(
  snapshot: Snapshot,
  labels: Labels,
  host?: string,
): readonly PodView[] | undefined {
  return podsOf(snapshot, labels, host)?.filter(({ ready }) => ready);
}

/** Those of `podsOf` that get requests: the ready ones, or all where a Service of the host publishes the others too. */
export function servingPodsOf(
  snapshot: Snapshot,
  labels: Labels,
  host: string,
): readonly PodView[] | undefined {
  const isPublished = servicesFor(snapshot, host).some(({ publishesNotReady }) => publishesNotReady === true);
  return isPublished ? podsOf(snapshot, labels, host) : readyPodsOf(snapshot, labels, host);
}
