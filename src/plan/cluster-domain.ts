/** In which domain a snapshot's short names are resolved. */
import { finding, type Finding } from '../base/findings.ts';
import { DEFAULT_CLUSTER_DOMAIN, domainsIn, inClusterDomain as inDomain } from '../istio/cluster-domain.ts';
import { namedDestinations, routesOf } from '../istio/routes.ts';
import type { ServiceView } from '../istio/types.ts';
import type { Snapshot } from './types.ts';

/**
 * The snapshot with the domain of its cluster: the one that is given, else the only one that hosts are spelled with,
 * else `cluster.local`. What was read without knowing it, the names of Services, is spelled with it.
 */
export function withClusterDomain(snapshot: Snapshot, given?: string): Snapshot {
  if (snapshot.clusterDomain !== undefined) return snapshot;
  const [only, ...more] = domainsOf(snapshot);
  const domain = given ?? (only !== undefined && more.length === 0 ? only : DEFAULT_CLUSTER_DOMAIN);
  if (domain === DEFAULT_CLUSTER_DOMAIN) return { ...snapshot, clusterDomain: domain };
  const { services, declared, notUnderstood } = snapshot;
  return {
    ...snapshot,
    clusterDomain: domain,
    ...(services.state === 'known' && {
      services: { state: 'known', items: services.items.map((one) => respelledService(one, domain)) },
    }),
    ...(declared !== undefined && { declared: declared.map((one) => respelledService(one, domain)) }),
    // Whether such a host was short or spelled in full is not known any more: it may be either.
    ...(notUnderstood !== undefined && {
      notUnderstood: notUnderstood.map((odd) => ({
        ...odd,
        hosts: odd.hosts?.flatMap((host) => [host, respell(host, domain)]) ?? null,
      })),
    }),
  };
}

/** Does what is pure with a snapshot, in its cluster's domain. */
export function inDomainOf<T>(
  { clusterDomain = DEFAULT_CLUSTER_DOMAIN }: Pick<Snapshot, 'clusterDomain'>,
  body: () => T extends PromiseLike<unknown> ? never : T,
): T {
  return inDomain(clusterDomain, body);
}

/** For a person, where several domains are in sight and nobody says which is the cluster's. */
export function unclearDomain(snapshot: Snapshot, given: string | undefined): readonly Finding[] {
  const domains = domainsOf(snapshot);
  if (given !== undefined || domains.length < 2) return [];
  const message =
    `Hosts are spelled with several cluster domains (${domains.slice(0, 5).join(', ')}), so short names are taken to be of ${DEFAULT_CLUSTER_DOMAIN}. ` +
    'If the cluster has another, say it with `cluster-domain`.';
  return [finding('cluster-domain-unclear', 'notice', message)];
}

/**
 * In a cluster only hosts of Services in sight tell: what is written for other clusters has names like these, too.
 */
function domainsOf({ virtualServices, destinationRules, services }: Snapshot): readonly string[] {
  const hosts = [
    ...destinationRules.map(({ spec }) => spec.host),
    ...virtualServices.flatMap((one) => [
      ...(one.spec.hosts ?? []),
      ...routesOf(one).flatMap(({ route }) => namedDestinations(route).map(({ host }) => host)),
    ]),
  ];
  return domainsIn(hosts, services.state === 'known' ? services.items : null);
}

function respelledService(service: ServiceView, domain: string): ServiceView {
  if (service.kind !== 'Service') return service;
  return { ...service, hosts: service.hosts.map((host) => respell(host, domain)) };
}

function respell(host: string, domain: string): string {
  const end = `.svc.${DEFAULT_CLUSTER_DOMAIN}`;
  return host.endsWith(end) ? `${host.slice(0, -end.length)}.svc.${domain}` : host;
}
