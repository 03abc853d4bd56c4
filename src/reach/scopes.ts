/**
 * The ways in that matter for some VirtualServices: gateway or mesh, host, port, and the pod that calls. Istiod makes
 * one list of routes for each, and only what a match block names can make two of them differ.
 */
import { distinctBy } from '../base/distinct.ts';
import { memoized } from '../base/memoized.ts';
import { hostsOf, resolveHost } from '../istio/hosts.ts';
import { gatewayName, schemeFor } from '../istio/gateways.ts';
import {
  hostsAtGateway,
  hostsOfServers,
  serversAt,
  type GatewaySight,
} from '../istio/requests/server-hosts.ts';
import { exportsOf } from '../istio/requests/visible.ts';
import type { EntryPoint } from '../istio/requests/request.ts';
import { isObject } from '../base/json.ts';
import type { Labels, Match, Route, VirtualService } from '../istio/types.ts';
import { keyOfObject } from './listed.ts';

/** Ways in that are looked at for one VirtualService, at most; of more, evenly spread ones. */
const MOST_ENTRIES = 48;

/** Ports, labels and namespaces that are put together for one gateway and host, at most. */
const MOST_SCOPES = 32;

export interface WayIn {
  readonly entry: EntryPoint;
  /** As the VirtualService writes it; at a gateway, what the Gateway serves of it. */
  readonly host: string;
  /** As the VirtualService writes it. */
  readonly gateway: string;
  /** Several VirtualServices are for it, and nobody says which of them is the oldest (manifests have no dates). */
  readonly isContested: boolean;
  /** The namespace that requests come from unless a match block says otherwise. */
  readonly home: string;
  /** The one with the hosts: the VirtualService itself, or one that delegates to it. */
  readonly root: VirtualService;
}

/** The VirtualServices with hosts that a VirtualService has routes in: itself, or those that delegate to it. */
export function rootsBehind(
  virtualService: VirtualService,
  all: readonly VirtualService[],
): readonly VirtualService[] {
  if ((virtualService.spec.hosts ?? []).length > 0) return [virtualService];
  const key = keyOfObject(virtualService);
  return all.filter((root) => (root.spec.http ?? []).some((route) => delegateName(route, root) === key));
}

/** `namespace/name` of what a route leaves to another VirtualService. */
function delegateName(route: Route, { metadata }: VirtualService): string | undefined {
  const delegate = route['delegate'];
  if (!isObject(delegate)) return undefined;
  const { name, namespace } = delegate;
  return `${typeof namespace === 'string' && namespace !== '' ? namespace : metadata.namespace}/${typeof name === 'string' ? name : ''}`;
}

/**
 * @param all every VirtualService in sight, as they are
 * @returns `isSampled`: there are more ways in than are looked at
 */
export function waysIn(
  virtualService: VirtualService,
  all: readonly VirtualService[],
  known: GatewaySight = {},
): { readonly ways: readonly WayIn[]; readonly isSampled: boolean } {
  let isSampled = false;
  const seen = new Set<string>();
  const ways = rootsBehind(virtualService, all).flatMap((root): readonly WayIn[] => {
    const { namespace } = root.metadata;
    const gateways = writtenGateways(root);
    return gateways.flatMap((gateway) => {
      const full = gatewayName(gateway, namespace);
      const servedAt = memoized((port: number) => hostsOfServers(full, port, known));
      const hostsHere = memoized((one: VirtualService) =>
        full === 'mesh' ? hostsOf(one) : hostsAtGateway(one, full, servedAt(80)?.flat()),
      );
      const written = full === 'mesh' ? (root.spec.hosts ?? []) : hostsHere(root);
      return written.flatMap((host): readonly WayIn[] => {
        const sharing = sharers(root, full, fullHost(host, namespace), all, hostsHere);
        // Hosts that the same VirtualServices have in common have the same routes: one of them is enough.
        const key = `${full} ${sharing.map(keyOfObject).join()} ${host.startsWith('*') ? host : ''}`;
        if (seen.has(key)) return [];
        seen.add(key);
        const { scopes, isCut } = scopesOf([...sharing, virtualService], full, all, namespace);
        isSampled ||= isCut;
        const servers = serversAt(full, known) ?? [];
        return scopes.map((scope) => {
          const authority = authorityFor(host, namespace, full, scope);
          const scheme = schemeFor(servers, authority);
          return {
            entry: { authority, gateway: full, scheme, ...scope, ...servedIn(servedAt(scope.port)) },
            host,
            gateway,
            home: homeOf(full, namespace),
            isContested: sharing.filter(hasNoAge).length > 1,
            root,
          };
        });
      });
    });
  });
  if (ways.length <= MOST_ENTRIES) return { ways, isSampled };
  const step = ways.length / MOST_ENTRIES;
  const some = Array.from({ length: MOST_ENTRIES }, (_, i) => ways[Math.floor(i * step)]);
  return { ways: some.filter((way) => way !== undefined), isSampled: true };
}

/** As they are written: `mesh` where the VirtualService names none. */
export function writtenGateways({ spec }: VirtualService): readonly string[] {
  const gateways = spec.gateways ?? [];
  return gateways.length === 0 ? ['mesh'] : gateways;
}

function fullHost(host: string, namespace: string): string {
  return (host === '*' ? host : resolveHost(host, namespace)).toLowerCase();
}

/** A host header for a host: in the mesh as it is written, where that means the same to the caller. */
function authorityFor(host: string, namespace: string, gateway: string, { sourceNamespace }: Scope): string {
  if (host === '*') return 'any.example.com';
  if (host.startsWith('*')) return `any${host.slice(1)}`;
  return gateway === 'mesh' && sourceNamespace === namespace ? host : resolveHost(host, namespace);
}

/** All that have the gateway and the host in common with a VirtualService, itself among them. */
function sharers(
  root: VirtualService,
  gateway: string,
  host: string,
  all: readonly VirtualService[],
  hostsHere: (one: VirtualService) => readonly string[],
): readonly VirtualService[] {
  return all.filter(
    (other) =>
      other === root ||
      (writtenGateways(other).some((one) => gatewayName(one, other.metadata.namespace) === gateway) &&
        hostsHere(other).includes(host)),
  );
}

function servedIn(served: EntryPoint['served']): Pick<EntryPoint, 'served'> {
  return served === undefined ? {} : { served };
}

type Scope = Required<Pick<EntryPoint, 'port' | 'sourceLabels' | 'sourceNamespace'>>;

/** What blocks of these VirtualServices and of their delegates name, each with each; and one that none names. */
function scopesOf(
  virtualServices: readonly VirtualService[],
  gateway: string,
  all: readonly VirtualService[],
  namespace: string,
): { readonly scopes: readonly Scope[]; readonly isCut: boolean } {
  const delegates = new Set(
    virtualServices.flatMap((one) =>
      (one.spec.http ?? []).flatMap((route) => delegateName(route, one) ?? []),
    ),
  );
  const relevant = [
    ...new Set([...virtualServices, ...all.filter((one) => delegates.has(keyOfObject(one)))]),
  ];
  const blocks = relevant.flatMap((one) => (one.spec.http ?? []).flatMap(({ match = [] }) => match));
  const named = new Set(blocks.flatMap(({ port }) => port || []));
  // One port and one namespace that no block names: requests that come by neither of those named.
  const ports = [...new Set([80, ...named, ...(named.has(80) ? [8080] : [])])];
  const labelled = blocks.map(({ sourceLabels }): Labels => sourceLabels ?? {});
  const labels = distinctBy<Labels>([{}, ...labelled], JSON.stringify);
  const home = homeOf(gateway, namespace);
  const sources = new Set(blocks.flatMap(({ sourceNamespace }: Match) => sourceNamespace || []));
  const namespaces = new Set([
    home,
    ...sources,
    ...(sources.has(home) ? [`not-${home}`] : []),
    ...relevant.flatMap((one) => [...exportsOf(one)].filter((name) => name !== '*' && name !== '~')),
  ]);
  const scopes = [...namespaces].flatMap((sourceNamespace) =>
    ports.flatMap((port) => labels.map((sourceLabels): Scope => ({ port, sourceLabels, sourceNamespace }))),
  );
  return { scopes: scopes.slice(0, MOST_SCOPES), isCut: scopes.length > MOST_SCOPES };
}

/** Manifests have no date, and istiod goes by it where several VirtualServices are for one host. */
export function hasNoAge({ metadata }: VirtualService): boolean {
  return typeof metadata['creationTimestamp'] !== 'string';
}

/** In the mesh that of the VirtualService, at a gateway that of the Gateway, where its pods are as a rule. */
export function homeOf(gateway: string, namespace: string): string {
  return gateway === 'mesh' ? namespace : (gateway.split('/')[0] ?? namespace);
}
