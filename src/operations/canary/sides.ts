import { canonicalJson } from '../../base/json.ts';
import { distinctBy } from '../../base/distinct.ts';
import type { CanaryPods, PodState } from '../../gates/types.ts';
import { resolveHost } from '../../istio/hosts.ts';
import { hasLabels } from '../../istio/labels.ts';
import { destinationsOf, subsetOf } from '../../istio/routes.ts';
import type { Labels } from '../../istio/types.ts';
import { servicesFor } from '../../plan/pods.ts';
import { prepareShift } from '../../plan/shift.ts';
import { isTarget, subsetKey } from '../../plan/subsets.ts';
import type { Snapshot } from '../../plan/types.ts';
import { subsetLabels } from '../../plan/views.ts';
import type { CanaryIntent } from './intent.ts';

/** Whose pods are whose: a pod is of a side where it has all labels of one of its sets. */
export interface Sides {
  readonly build: readonly Labels[];
  /** Everything else that the base routes send to. */
  readonly stable: readonly Labels[];
}

/**
 * The build, and what it is compared with.
 *
 * @throws TrafficError not-found, ambiguous, check-failed: as the planning of a stage
 */
export function sidesOf(snapshot: Snapshot, intent: CanaryIntent): Sides {
  const { served, target, stable } = prepareShift(snapshot, intent, 'share');
  const labels = subsetLabels(snapshot.destinationRules);
  const others = served.flatMap(({ virtualService: { metadata }, routes }) =>
    routes.flatMap(({ route }) =>
      destinationsOf(route).flatMap(({ destination }) => {
        if (isTarget(destination, metadata.namespace, target)) return [];
        const host = resolveHost(destination.host, metadata.namespace);
        const subset = subsetOf(destination);
        const own = subset === undefined ? stable?.labels : labels.get(subsetKey(host, subset));
        return behind(snapshot, host, own ?? {}, subset !== undefined && own === undefined);
      }),
    ),
  );
  return {
    build: behind(snapshot, target.service.host, target.labels, false),
    stable: distinctBy(others, canonicalJson),
  };
}

/** The labels of the pods of a host: those of its Service, and those that are given. */
function behind(snapshot: Snapshot, host: string, labels: Labels, isUnknown: boolean): readonly Labels[] {
  if (isUnknown) return [];
  const selectors = servicesFor(snapshot, host).flatMap(({ selector }) =>
    selector === undefined ? [] : [selector],
  );
  const sets = selectors.length === 0 ? [labels] : selectors.map((selector) => ({ ...selector, ...labels }));
  // Without any label it would be every pod of the namespace.
  return sets.filter((set) => Object.keys(set).length > 0);
}

/** The pods of each side; one of both is the build's. */
export function podsOfSides(pods: readonly PodState[], { build, stable }: Sides): CanaryPods {
  const isOf =
    (sets: readonly Labels[]) =>
    ({ labels }: PodState): boolean =>
      sets.some((set) => hasLabels(labels, set));
  const own = pods.filter(isOf(build));
  return { build: own, stable: pods.filter((pod) => isOf(stable)(pod) && !own.includes(pod)) };
}
