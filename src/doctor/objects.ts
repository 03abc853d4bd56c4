import { finding, type Finding } from '../base/findings.ts';
import { titleOf } from '../base/title.ts';
import { resolveHost } from '../istio/hosts.ts';
import { namespaceInHost } from '../istio/consulted-rule.ts';
import { rulesCovering } from '../istio/rule-index.ts';
import { destinationsOf, routesOf } from '../istio/routes.ts';
import type { VirtualService } from '../istio/types.ts';
import { BESIDE_ALL, besideFindings } from '../plan/beside.ts';
import { joinFirst, selectVirtualServices } from '../plan/select.ts';
import { setAsideFindings } from '../plan/set-aside.ts';
import type { Snapshot } from '../plan/types.ts';
import { podFindings } from './pods.ts';
import { subsetFindings } from './subsets.ts';
import type { Examined } from './types.ts';

/** What is missing around the VirtualServices of the namespace. */
export function objectFindings(objects: Examined<Snapshot>): readonly Finding[] {
  if (objects.state === 'unknown') return [finding(objects.reason, 'error', objects.why)];
  const snapshot = objects.value;
  const all = selectVirtualServices(snapshot, {});
  return [
    ...noneFindings(snapshot, all),
    ...setAsideFindings(snapshot),
    ...besideFindings(snapshot, all, BESIDE_ALL),
    ...apiRoutesUnread(snapshot),
    ...labelFindings(snapshot, all),
    ...ruleFindings(snapshot, all),
    ...all.flatMap((one) => subsetFindings(snapshot, one)),
    ...podFindings(snapshot, all),
  ];
}

function noneFindings(
  { namespace, notUnderstood = [] }: Snapshot,
  all: readonly VirtualService[],
): readonly Finding[] {
  if (all.length > 0 || notUnderstood.length > 0) return [];
  const message =
    `There is no VirtualService in namespace ${namespace}, so there are no routes to change. ` +
    'Check `--namespace`, and `--context` or `--manifests`.';
  return [finding('no-virtual-service', 'error', message)];
}

/** No change needs the right, but a sidecar may use such a route in place of a VirtualService. */
function apiRoutesUnread({ source, gatewayApiRoutes }: Snapshot): readonly Finding[] {
  if (source === 'manifests' || gatewayApiRoutes !== undefined) return [];
  const message =
    'Whether routes of the Gateway API are for the same Services could not be read. Where the cluster has any, ' +
    'grant `list` on httproutes and grpcroutes of gateway.networking.k8s.io to see them.';
  return [finding('gateway-api-unread', 'notice', message)];
}

/** They can be selected by their names alone. */
function labelFindings({ namespace, source }: Snapshot, all: readonly VirtualService[]): readonly Finding[] {
  const bare = all.filter(({ metadata }) => Object.keys(metadata.labels ?? {}).length === 0);
  const [first] = bare;
  if (first === undefined) return [];
  const names = bare.map(({ metadata }) => metadata.name);
  const { name } = first.metadata;
  const how =
    source === 'kubernetes'
      ? `for example: kubectl label virtualservice ${name} --namespace ${namespace} app=${name}`
      : `for example in the metadata of ${name}: labels: { app: ${name} }`;
  const message =
    `${bare.length === 1 ? 'A VirtualService has' : `${bare.length} VirtualServices have`} no labels, so no ` +
    `\`label-selector\` chooses ${bare.length === 1 ? 'it' : 'them'}: ${joinFirst(names)}. Select by name with \`virtual-service\`, or add a label, ${how}`;
  return [finding('no-labels', 'warning', message)];
}

/** Hosts that routes send to and that no DestinationRule in sight is for: they have no place for a subset. */
function ruleFindings(snapshot: Snapshot, all: readonly VirtualService[]): readonly Finding[] {
  const users = new Map<string, Set<string>>();
  for (const virtualService of all) {
    for (const { route } of routesOf(virtualService)) {
      for (const { destination } of destinationsOf(route)) {
        const host = resolveHost(destination.host, virtualService.metadata.namespace);
        if (rulesCovering(snapshot.destinationRules, host).length > 0) continue;
        users.set(host, (users.get(host) ?? new Set()).add(titleOf(virtualService)));
      }
    }
  }
  return [...users].flatMap(([host, titles]) => {
    if (!isRead(snapshot, namespaceInHost(host) ?? snapshot.namespace)) return [];
    const message =
      `No DestinationRule in sight is for the host ${host}, which ${joinFirst([...titles])} ` +
      `${titles.size === 1 ? 'routes' : 'route'} to: there is no place for the subsets of builds. ` +
      'With `create-destination-rule: true`, the first weight, headers or promote for it creates one.';
    return [finding('destinationrule-missing', 'warning', message)];
  });
}

/** Were the DestinationRules of this namespace read? A folder may lack what the cluster has; there, sight is all. */
function isRead({ source, namespace, rulesOf }: Snapshot, wanted: string): boolean {
  return source === 'manifests' || rulesOf === 'all' || (rulesOf ?? [namespace]).includes(wanted);
}
