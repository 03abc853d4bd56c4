import { namespaceInHost } from '../istio/consulted-rule.ts';
import { hasLabels, mayBeOfLabels } from '../istio/labels.ts';
import type { Labels, PodView, ServiceView } from '../istio/types.ts';
import type { Snapshot } from './types.ts';

/** The services in sight that give a host by its name; a wildcard of a ServiceEntry is no name (`onlyByWildcard`). */
export function servicesFor(snapshot: Snapshot, host: string): readonly ServiceView[] {
  if (snapshot.services.state !== 'known') return [];
  return snapshot.services.items.filter(({ hosts }) => hosts.includes(host));
}

/**
 * The pods that may be of these labels; with a host, those of them that are behind it, as far as we know.
 *
 * @returns undefined where they are not known: pods are read of the snapshot's namespace alone
 */
export function podsOf(snapshot: Snapshot, labels: Labels, host?: string): readonly PodView[] | undefined {
  if (snapshot.pods.state !== 'known' || namespaceOfPods(snapshot, host) !== snapshot.namespace)
    return undefined;
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

/** The namespace of the service behind a host, where its pods are; a host from outside the cluster has those read. */
export function namespaceOfPods({ namespace }: Snapshot, host?: string): string {
  return (host === undefined ? undefined : namespaceInHost(host)) ?? namespace;
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

/** An endpoint that a ServiceEntry lists needs no pod; whether it answers, nobody says. */
export function hasListedEndpoint(snapshot: Snapshot, labels: Labels, host: string): boolean {
  return servicesFor(snapshot, host).some(({ endpoints = [] }) =>
    endpoints.some((endpoint) => hasLabels(endpoint, labels)),
  );
}

/** Do requests for these labels get an answer, as far as is known, from something that is no pod? */
export function mayNeedNoPod(snapshot: Snapshot, labels: Labels, host: string): boolean {
  return hasListedEndpoint(snapshot, labels, host) || entryOfUnreadWorkloads(snapshot, host) !== undefined;
}

/**
 * The ServiceEntry of a host that may select WorkloadEntries which could not be read: a build may run on these alone.
 *
 * @see https://istio.io/latest/docs/reference/config/networking/service-entry/#ServiceEntry-workload_selector
 */
export function entryOfUnreadWorkloads(snapshot: Snapshot, host: string): ServiceView | undefined {
  return snapshot.unreadWorkloads === undefined ? undefined : selectingEntry(snapshot, host);
}

/** Are the endpoints of a host WorkloadEntries as well as pods? */
export function selectsWorkloads(snapshot: Snapshot, host: string): boolean {
  return selectingEntry(snapshot, host) !== undefined;
}

function selectingEntry(snapshot: Snapshot, host: string): ServiceView | undefined {
  return servicesFor(snapshot, host).find(
    ({ kind, selector }) => kind === 'ServiceEntry' && selector !== undefined,
  );
}
