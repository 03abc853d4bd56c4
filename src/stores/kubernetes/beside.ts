/** Routes of the Gateway API and Sidecars, as far as we may read them: no change needs a right to. */
import { GATEWAY_API_GROUP, gatewayApiRoute, type GatewayApiRoute } from '../../istio/gateway-api.ts';
import { sidecarScope, type SidecarScope } from '../../istio/sidecar-scope.ts';
import type { JsonObject } from '../../base/json.ts';
import type { Attempts } from './calls.ts';
import { ISTIO_VERSIONS, KINDS } from './lists.ts';
import { allItems } from './pages.ts';

/** What stands beside VirtualServices; what could not be read is left out. */
export interface BesideLists {
  readonly gatewayApiRoutes?: readonly GatewayApiRoute[];
  readonly sidecars?: readonly SidecarScope[];
}

/** Those of its kinds that a Service can have in the mesh, in Istio's default channel, with its versions. */
const API_ROUTES = [
  { kind: 'HTTPRoute', resource: 'httproutes', versions: ['v1', 'v1beta1'] },
  { kind: 'GRPCRoute', resource: 'grpcroutes', versions: ['v1'] },
] as const;

/**
 * Those of all namespaces, or else of the namespace alone: three lists at once. A cluster without the Gateway API has
 * none of its routes. Sidecars of the namespace alone say nothing of callers elsewhere.
 *
 * @throws TrafficError cancelled
 */
export async function readBeside(namespace: string, attempts: Attempts): Promise<BesideLists> {
  const [sidecars, ...routes] = await Promise.all([
    optionalList('sidecars', ISTIO_VERSIONS, undefined, attempts),
    ...API_ROUTES.map(async ({ kind, resource, versions }) => {
      const groups = versions.map((version) => `${GATEWAY_API_GROUP}/${version}`);
      const items =
        (await optionalList(resource, groups, undefined, attempts)) ??
        (await optionalList(resource, groups, namespace, attempts));
      return items?.map((item) => gatewayApiRoute(kind, item));
    }),
  ]);
  const known = routes.filter((list) => list !== undefined);
  return {
    ...(known.length > 0 && { gatewayApiRoutes: known.flat() }),
    ...(sidecars !== undefined && { sidecars: sidecars.map(sidecarScope) }),
  };
}

/** Empty where the server does not know the kind; undefined where it may not be listed, or no answer can be used. */
async function optionalList(
  resource: string,
  versions: readonly string[],
  namespace: string | undefined,
  attempts: Attempts,
): Promise<readonly JsonObject[] | undefined> {
  const place = namespace === undefined ? '' : `namespaces/${encodeURIComponent(namespace)}/`;
  const about = { verb: 'list', resource, namespace: namespace ?? 'all' } as const;
  try {
    for (const apiVersion of versions) {
      const asked = {
        apiVersion,
        kind: KINDS[resource] ?? '',
        ...(namespace !== undefined && { namespace }),
      };
      const read = await allItems(`/apis/${apiVersion}/${place}${resource}`, asked, about, attempts);
      if ('items' in read) return read.items;
      if (read.refused.status !== 404) return undefined;
    }
    return [];
  } catch (thrown) {
    if (attempts.signal?.aborted === true) throw thrown;
    return undefined;
  }
}
