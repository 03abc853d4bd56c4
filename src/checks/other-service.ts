import { finding, type Finding } from '../base/findings.ts';
import { resolveHost } from '../istio/hosts.ts';
import { formatLabels } from '../istio/labels.ts';
import { destinationsOf, routesOf } from '../istio/routes.ts';
import type { Labels } from '../istio/types.ts';
import type { Snapshot } from '../plan/types.ts';
import type { CheckContext } from './context.ts';

/**
 * Where pods can't be listed, only the labels of other subsets tell whose the build's pods are. A VirtualService that
 * sends to a web and an api service shifts the one of its default route: with pods of the other one, the new subset
 * would be empty. `app=api` in every subset of the api, and `app=web` in every one of the web, is such a sign.
 */
export function checkOtherService({ snapshot, draft: { shift } }: CheckContext): readonly Finding[] {
  if (shift === undefined || snapshot.pods.state === 'known') return [];
  const { host } = shift.service;
  const own = labelsOfSubsets(snapshot, host);
  const foreign = Object.entries(shift.target.labels).filter(
    ([key, value]) =>
      own.length > 0 && own.every((labels) => labels[key] !== undefined && labels[key] !== value),
  );
  if (foreign.length === 0) return [];
  const hosts = new Set(
    shift.served.flatMap(({ virtualService }) =>
      routesOf(virtualService).flatMap(({ route }) =>
        destinationsOf(route).map(({ destination }) =>
          resolveHost(destination.host, virtualService.metadata.namespace),
        ),
      ),
    ),
  );
  return [...hosts].flatMap((other) => {
    const theirs = other === host ? [] : labelsOfSubsets(snapshot, other);
    const shared = foreign.filter(
      ([key, value]) => theirs.length > 1 && theirs.every((labels) => labels[key] === value),
    );
    if (shared.length === 0) return [];
    const message =
      `Every subset of ${other} has ${formatLabels(Object.fromEntries(shared))}, and no subset of ${host}, which is shifted here. ` +
      `If the build's pods are of ${other}, the subset for them here has no pods, and requests sent there would be answered with 503: give ${other} as \`hostname\`.`;
    return [finding('other-service', 'warning', message)];
  });
}

/** The labels of the subsets of a host, in all DestinationRules for it. */
function labelsOfSubsets({ destinationRules }: Snapshot, host: string): readonly Labels[] {
  return destinationRules
    .filter(({ metadata, spec }) => resolveHost(spec.host, metadata.namespace) === host)
    .flatMap(({ spec }) => (spec.subsets ?? []).map(({ labels }) => labels ?? {}));
}
