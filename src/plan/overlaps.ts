/** Subsets that select the same pods: what these pods get is then more than the share of one subset. */
import { canonicalJson } from '../base/json.ts';
import { namespaceInHost } from '../istio/consulted-rule.ts';
import { resolveHost } from '../istio/hosts.ts';
import { areOfPods, hasLabels } from '../istio/labels.ts';
import { subsetOf } from '../istio/routes.ts';
import type { Destination, Labels, PodView } from '../istio/types.ts';
import { readyPodsOf } from './pods.ts';
import { keysIn } from './subsets.ts';
import type { Snapshot } from './types.ts';
import type { SubsetLabels } from './views.ts';

/** The pods of a destination: those of a service that have the labels; none at all means all of them. */
export interface DestinationPods {
  /** Resolved. */
  readonly host: string;
  readonly labels: Labels;
}

/**
 * How the pods of one destination relate to those of another: `same`, all of the first are among the second's
 * (`within`), the other way round (`around`), some are in both (`some`), or none is as far as anybody knows.
 */
export type PodRelation = 'same' | 'within' | 'around' | 'some' | 'none';

/** What a destination's requests go to, by `podRelations`; undefined where nobody in sight defines the subset. */
export function podsOfDestination(
  destination: Destination,
  namespace: string,
  subsets: SubsetLabels,
): DestinationPods | undefined {
  const subset = subsetOf(destination);
  if (subset === undefined) return { host: resolveHost(destination.host, namespace), labels: {} };
  const keyed = keysIn(namespace)(destination.host, subset);
  const labels = subsets.get(keyed.key);
  return labels && { host: keyed.host, labels };
}

/**
 * Compares by the ready pods where they are known: a Service that selects `app=api` makes `build=10` and
 * `app=api,build=10` the same pods. Elsewhere the labels alone tell, and only what they make certain counts.
 *
 * @see https://istio.io/latest/docs/reference/config/networking/destination-rule/#Subset labels
 */
export function podRelations(
  snapshot: Snapshot,
): (one: DestinationPods, other: DestinationPods) => PodRelation {
  const known = new Map<string, ReadonlySet<PodView>>();
  const readyOf = (pods: DestinationPods): ReadonlySet<PodView> => {
    const key = canonicalJson([pods.host, pods.labels]);
    const found = known.get(key) ?? readyPodsBehind(snapshot, pods);
    known.set(key, found);
    return found;
  };
  return (one, other) => {
    if (one.host !== other.host) return 'none';
    const [mine, theirs] = [readyOf(one), readyOf(other)];
    const isKnown = mine.size > 0 && theirs.size > 0 && areOfPods(one.labels) && areOfPods(other.labels);
    if (!isKnown)
      return relationOf(hasLabels(one.labels, other.labels), hasLabels(other.labels, one.labels), false);
    const common = [...mine].filter((pod) => theirs.has(pod)).length;
    return relationOf(common === mine.size, common === theirs.size, common > 0);
  };
}

/** Empty where nobody knows them: only those of the snapshot's namespace are read. */
function readyPodsBehind(snapshot: Snapshot, { host, labels }: DestinationPods): ReadonlySet<PodView> {
  const isHere = (namespaceInHost(host) ?? snapshot.namespace) === snapshot.namespace;
  return new Set(isHere ? readyPodsOf(snapshot, labels, host) : []);
}

function relationOf(isWithin: boolean, isAround: boolean, hasCommon: boolean): PodRelation {
  if (isWithin) return isAround ? 'same' : 'within';
  if (isAround) return 'around';
  return hasCommon ? 'some' : 'none';
}
