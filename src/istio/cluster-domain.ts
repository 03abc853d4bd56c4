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

/**
 * The domains that hosts are spelled with in full.
 *
 * @param hosts as written; one with a dot at its end is another name to Istio, and tells nothing
 * @param services those in sight: hosts of others tell nothing then, and neither does one that a ServiceEntry gives,
 * for both may be of another cluster. Null: not known, and any host tells.
 * @example domainsIn(['api.shop.svc.corp.example', 'api', 'shop.io'], null) // ['corp.example']
 */
export function domainsIn(
  hosts: Iterable<string>,
  services: readonly ServiceView[] | null,
): readonly string[] {
  const entries = services?.filter(({ kind }) => kind === 'ServiceEntry').flatMap((one) => one.hosts);
  const foreign = new Set(entries);
  const own = services?.filter(({ kind }) => kind === 'Service');
  const domains = new Set<string>();
  for (const host of hosts) {
    const [, name, namespace, domain] =
      /^([^.]+)\.([^.]+)\.svc\.([a-z0-9.-]*[a-z0-9])$/.exec(host.toLowerCase()) ?? [];
    if (domain === undefined || domain === CLUSTERSET || foreign.has(host)) continue;
    const isHere = (service: ServiceView): boolean =>
      service.namespace === namespace && (name === '*' || service.name === name);
    if (own === undefined || own.some(isHere)) domains.add(domain);
  }
  return [...domains].sort();
}
