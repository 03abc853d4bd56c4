/**
 * The DNS domain of the cluster, which ends the full name of each service: `api.shop.svc.cluster.local`. It is istiod's
 * `--domain`, and no API tells it; hosts that somebody spelled in full do.
 *
 * @see https://istio.io/latest/docs/reference/commands/pilot-discovery/ `--domain`
 */
import type { ServiceView } from './types.ts';

export const DEFAULT_CLUSTER_DOMAIN = 'cluster.local';

/** Names of the multi-cluster services API: they belong to all clusters, whatever the domain of each. */
const CLUSTERSET = 'clusterset.local';

let current = DEFAULT_CLUSTER_DOMAIN;

/** The domain that short names are resolved in at the moment: that of the snapshot that is being planned for. */
export function clusterDomain(): string {
  return current;
}

/**
 * Resolves short names in `domain` while `body` runs. Each plan and each comparison is about one cluster, and hosts are
 * resolved in every corner of both, so the domain is set around them as a whole. This is safe because they are
 * synchronous: nothing of another run can come in between. A promise as a result is refused by its type.
 */
export function inClusterDomain<T>(
  domain: string,
  body: () => T extends PromiseLike<unknown> ? never : T,
): T {
  const before = current;
  current = domain;
  try {
    return body();
  } finally {
    current = before;
  }
}

/** @example domainIn('api.shop.svc.corp.example') // 'corp.example' */
function domainIn(host: string): string | undefined {
  return /^[^.]+\.[^.]+\.svc\.([a-z0-9.-]+)$/i.exec(host)?.[1]?.toLowerCase();
}

/**
 * The domains that hosts are spelled with in full. A host that a ServiceEntry gives is one of another cluster, and so
 * is what belongs to all clusters.
 *
 * @param hosts as written
 */
export function domainsIn(hosts: Iterable<string>, services: readonly ServiceView[]): readonly string[] {
  const foreign = new Set(
    services.flatMap((service) => (service.kind === 'ServiceEntry' ? service.hosts : [])),
  );
  const domains = new Set<string>();
  for (const host of hosts) {
    const domain = foreign.has(host) ? undefined : domainIn(host);
    if (domain !== undefined && domain !== CLUSTERSET) domains.add(domain);
  }
  return [...domains].sort();
}
