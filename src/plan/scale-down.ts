import { labelKeyProblem, labelValueProblem } from '../intent/label-rules.ts';
import { namespaceInHost } from '../istio/consulted-rule.ts';
import { formatLabels, hasLabels, mayBeOfLabels } from '../istio/labels.ts';
import { destinationsOf, mirrorsOf, routesOf, subsetOf } from '../istio/routes.ts';
import type { Destination, Labels, VirtualService } from '../istio/types.ts';
import { relativeWeights } from '../istio/weights.ts';
import { podsOf, servicesFor } from './pods.ts';
import { hostAndSubset, keysIn, referencedSubsets } from './subsets.ts';
import type { Phase, Snapshot } from './types.ts';
import type { SubsetLabels } from './views.ts';
import { writesOf } from './writes.ts';

/** What `safeToScaleDown` needs to know of a change. */
export interface RoutedChange {
  readonly phases: readonly Phase[];
  /** The VirtualServices that it is about, as they are. */
  readonly virtualServices: readonly VirtualService[];
  /** Every VirtualService in sight as it will be. */
  readonly after: readonly VirtualService[];
  /** Labels by `subsetKey`, before and after. */
  readonly subsets: SubsetLabels;
}

/**
 * The pod selectors that got requests before and get none after, and those that were listed with a share of 0 and are
 * no more: after `weight` 100, `promote` is what ends the old build, and the one who asks it for what may go now would
 * get no answer. One whose pods another used destination reaches as well is not among them: scaling it down would
 * take that one's pods away.
 *
 * Nothing at all where no route changes, where nothing is applied yet (manifests), where the pods in sight aren't known,
 * or where something that nobody understands may send to these pods as well. What is said goes into `kubectl -l`, and an
 * empty selector means every pod there is: labels that Kubernetes would not accept, or none, are left out.
 *
 * @returns selectors as kubectl accepts them, sorted: `app=api,build=10`
 */
export function safeToScaleDown(
  snapshot: Snapshot,
  { phases, virtualServices, after, subsets }: RoutedChange,
): readonly string[] {
  if (snapshot.source === 'manifests' || snapshot.pods.state !== 'known') return [];
  if (writesOf(phases, 'routes').length === 0 || mayBeUsedByOdd(snapshot, virtualServices)) return [];
  const before = destinations(snapshot.virtualServices);
  const { used: usedAfter, idle: idleAfter } = destinations(after);
  const gone = [
    ...[...before.used].filter(([key]) => !usedAfter.has(key)),
    ...[...before.idle].filter(([key]) => !usedAfter.has(key) && !idleAfter.has(key)),
  ].filter(([, { subset }]) => subset !== undefined);
  const selectors = gone.flatMap(([key, { host }]) => {
    const labels = subsets.get(key);
    if (labels === undefined || !isSelector(labels)) return [];
    const isShared = [...usedAfter].some(([otherKey, other]) =>
      reaches(snapshot, other, subsets.get(otherKey), { host, labels }),
    );
    return isShared ? [] : [formatLabels(labels)];
  });
  return [...new Set(selectors)].sort();
}

/**
 * What nobody understands may route to any pods; in another namespace, to those of hosts that it spells in full. A
 * whole cluster nearly always has something that nobody understands.
 */
function mayBeUsedByOdd(
  { namespace, notUnderstood = [] }: Snapshot,
  virtualServices: readonly VirtualService[],
): boolean {
  const hosts = new Set(
    [...referencedSubsets(virtualServices)].map((key) => hostAndSubset(key).host.toLowerCase()),
  );
  return notUnderstood.some(
    (odd) => odd.namespace === namespace || [...odd.texts].some((text) => hosts.has(text.toLowerCase())),
  );
}

function isSelector(labels: Labels): boolean {
  const entries = Object.entries(labels);
  return (
    entries.length > 0 &&
    entries.every(
      ([key, value]) => labelKeyProblem(key) === undefined && labelValueProblem(value) === undefined,
    )
  );
}

interface Used {
  readonly host: string;
  readonly subset?: string;
}

/** By `subsetKey`: destinations with a share above 0 and mirrors; destinations with a share of 0. */
function destinations(
  virtualServices: readonly VirtualService[],
): Record<'used' | 'idle', Map<string, Used>> {
  const found = { used: new Map<string, Used>(), idle: new Map<string, Used>() };
  for (const virtualService of virtualServices) {
    const keyOf = keysIn(virtualService.metadata.namespace);
    const add = (to: Map<string, Used>, destination: Destination): void => {
      const subset = subsetOf(destination);
      const { host, key } = keyOf(destination.host, subset ?? '');
      if (!to.has(key)) to.set(key, { host, ...(subset !== undefined && { subset }) });
    };
    for (const { route } of routesOf(virtualService)) {
      const list = destinationsOf(route);
      const weights = relativeWeights(list);
      for (const [i, { destination }] of list.entries())
        add((weights[i] ?? 0) > 0 ? found.used : found.idle, destination);
      for (const destination of mirrorsOf(route)) add(found.used, destination);
    }
  }
  return found;
}

/** A Service has pods of its own namespace alone: the same labels in another one are other pods. */
function areApart(host: string, other: string): boolean {
  const [one, two] = [namespaceInHost(host), namespaceInHost(other)];
  return one !== undefined && two !== undefined && one !== two;
}

/**
 * A name from outside the cluster, of which no ServiceEntry in sight says that pods of the namespace are behind it. One
 * of another namespace may give it: that selects pods of its own namespace alone.
 *
 * @see https://istio.io/latest/docs/reference/config/networking/service-entry/#ServiceEntry-workload_selector
 */
function isWithoutPods(snapshot: Snapshot, host: string): boolean {
  return (
    namespaceInHost(host) === undefined &&
    snapshot.services.state === 'known' &&
    servicesFor(snapshot, host).every(
      ({ selector, endpoints = [] }) => selector === undefined && endpoints.length === 0,
    )
  );
}

/**
 * Does a used destination reach pods of these labels too? A subset whose labels nobody in sight knows may reach any pod
 * of its service.
 */
function reaches(
  snapshot: Snapshot,
  used: Used,
  usedLabels: Labels | undefined,
  gone: { readonly host: string; readonly labels: Labels },
): boolean {
  if (areApart(used.host, gone.host)) return false;
  if (used.host !== gone.host && isWithoutPods(snapshot, used.host)) return false;
  const pods = podsOf(snapshot, gone.labels);
  if (used.subset === undefined || usedLabels === undefined) {
    if (used.host === gone.host || snapshot.services.state !== 'known') return true;
    const selectors = servicesFor(snapshot, used.host).flatMap(({ selector }) =>
      selector === undefined ? [] : [selector],
    );
    return (pods ?? []).some((pod) => selectors.some((selector) => hasLabels(pod.labels, selector)));
  }
  if (hasLabels(gone.labels, usedLabels)) return true;
  return (pods ?? []).some((pod) => mayBeOfLabels(pod.labels, usedLabels));
}
