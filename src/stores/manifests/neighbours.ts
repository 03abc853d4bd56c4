/**
 * What else in the files decides about routes: Services and ServiceEntries by their ports, Gateways by their hosts, routes
 * of the Gateway API and Sidecars. It is never changed, and what is not there may be in the cluster.
 */
import { isObject, textIn, type JsonObject } from '../../base/json.ts';
import { fullName } from '../../base/title.ts';
import {
  GATEWAY_API_GROUP,
  GATEWAY_API_KINDS,
  gatewayApiRoute,
  type GatewayApiRoute,
} from '../../istio/gateway-api.ts';
import { serversOf, type GatewayServer } from '../../istio/gateways.ts';
import { serviceEntryView, serviceView } from '../../istio/service-views.ts';
import { sidecarScope, type SidecarScope } from '../../istio/sidecar-scope.ts';
import type { ServiceView } from '../../istio/types.ts';
import { documentObjects } from './controllers.ts';
import type { FileWithDocuments } from './source-documents.ts';

export interface Neighbours {
  readonly declared?: readonly ServiceView[];
  /** By `namespace/name`. */
  readonly gatewayServers?: Readonly<Record<string, readonly GatewayServer[]>>;
  readonly gatewayApiRoutes?: readonly GatewayApiRoute[];
  readonly sidecars?: readonly SidecarScope[];
}

/** The kinds at the beginning of a line, as whoever writes YAML or indented JSON writes them. */
const NAMED =
  /^[ \t-]*["']?kind["']?[ \t]*:[ \t]*["']?(?:Service|ServiceEntry|Gateway|Sidecar|(?:HTTP|GRPC|TLS|TCP)Route)["']?[ \t]*,?[ \t]*(?:#.*)?$/m;

/**
 * The neighbours in some files. One that is there twice, be it as a patch of the other, says nothing, and so does a
 * template. What can't be read is left to whoever needs it. Pure, never throws.
 *
 * @param namespace of objects that name none
 * @returns in steps: each says how many characters it is about to read
 */
export function* neighboursIn(
  files: readonly FileWithDocuments[],
  namespace: string,
): Generator<number, Neighbours, undefined> {
  const found: JsonObject[] = [];
  for (const file of files) {
    if (!NAMED.test(file.text)) continue;
    for (const document of file.documents()) {
      if (!NAMED.test(document.text) || document.text.includes('{{')) continue;
      yield document.text.length;
      const parsed = document.parsed();
      if (!parsed.ok || parsed.tree.root === null) continue;
      found.push(
        ...documentObjects(parsed.tree.root.value, []).map(({ object }) => withNamespace(object, namespace)),
      );
    }
  }
  const declared = [
    ...onlyOnes(found, 'Service', 'v1').map(serviceView),
    ...onlyOnes(found, 'ServiceEntry', 'networking.istio.io/').map(serviceEntryView),
  ];
  const gateways = onlyOnes(found, 'Gateway', 'networking.istio.io/').map(
    (gateway) => [fullNameIn(gateway), serversOf(gateway['spec'])] as const,
  );
  const gatewayApiRoutes = GATEWAY_API_KINDS.flatMap((kind) =>
    onlyOnes(found, kind, `${GATEWAY_API_GROUP}/`).map((route) => gatewayApiRoute(kind, route)),
  );
  const sidecars = onlyOnes(found, 'Sidecar', 'networking.istio.io/').map(sidecarScope);
  return {
    ...(declared.length > 0 && { declared }),
    ...(gateways.length > 0 && { gatewayServers: Object.fromEntries(gateways) }),
    ...(gatewayApiRoutes.length > 0 && { gatewayApiRoutes }),
    ...(sidecars.length > 0 && { sidecars }),
  };
}

function withNamespace(object: JsonObject, namespace: string): JsonObject {
  const metadata = isObject(object['metadata']) ? object['metadata'] : {};
  return { ...object, metadata: { ...metadata, namespace: textIn(metadata['namespace']) || namespace } };
}

function onlyOnes(objects: readonly JsonObject[], kind: string, version: string): readonly JsonObject[] {
  const all = objects.filter((one) => one['kind'] === kind && textIn(one['apiVersion']).startsWith(version));
  return [...Map.groupBy(all, fullNameIn).values()].flatMap((same) => (same.length === 1 ? same : []));
}

function fullNameIn({ metadata }: JsonObject): string {
  const { name, namespace } = isObject(metadata) ? metadata : {};
  return fullName({ name: textIn(name), namespace: textIn(namespace) });
}
