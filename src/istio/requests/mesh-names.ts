import { clusterDomain } from '../cluster-domain.ts';
import { resolveHost } from '../hosts.ts';

/**
 * The names that a host header in the mesh may stand for: `api` of the caller's namespace, `api.shop`,
 * `api.shop.svc`; a final dot says that it is whole.
 *
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/httproute.go GenerateAltVirtualHosts
 */
export function meshNames(host: string, sourceNamespace: string | undefined): readonly string[] {
  const name = host.replace(/\.$/, '');
  const parts = name.split('.');
  if (parts.length === 1)
    return sourceNamespace === undefined ? [name] : [resolveHost(name, sourceNamespace)];
  if (parts.length === 2) return [name, `${name}.svc.${clusterDomain()}`];
  if (parts.length === 3 && parts[2] === 'svc') return [name, `${name}.${clusterDomain()}`];
  return [name];
}
