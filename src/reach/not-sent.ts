/** Why a route that gets the requests does not send them to the build. */
import { titleOf } from '../base/title.ts';
import { actionOf } from '../istio/requests/answer.ts';
import type { ClusterState } from '../istio/requests/cluster-state.ts';
import { clusterOf } from '../istio/requests/cluster.ts';
import type { Sight } from '../istio/requests/endpoints.ts';
import type { HttpRequest } from '../istio/requests/request.ts';
import type { ListedRoute } from '../istio/requests/kept-routes.ts';
import type { Unheeded } from '../istio/requests/sidecars.ts';
import { answersItself } from '../istio/routes.ts';
import { shareKey, sharesOfRoute, type AnswerShare } from './answers.ts';
import { placeWords } from './who.ts';

/** A delegate's route does what the root's `directResponse` says, which it inherits. */
export function answeredByRoot({
  fromIndex,
  from,
  route,
  virtualService,
}: ListedRoute): Unheeded | undefined {
  if (!answersItself(route) || answersItself(from.spec.http?.[fromIndex] ?? {})) return undefined;
  const root = titleOf(virtualService);
  return {
    why: `${root}, which delegates to it, answers them itself (\`directResponse\`)`,
    advice: `Take \`directResponse\` out of the route of ${root} that delegates.`,
  };
}

/** A fault that aborts every request of the route; undefined: it sends some of them on. */
export function abortedByFault(taken: ListedRoute): Unheeded | undefined {
  const { abort } = actionOf(taken.route, taken.from.metadata.namespace);
  if (abort === null || abort.percent < 100) return undefined;
  return {
    why: `${placeWords(taken)} answers all of them with ${abort.status} itself (\`fault.abort\`)`,
    advice: 'Remove the fault from the route, or lower its percentage.',
  };
}

/** What is behind each destination that was looked up: thousands of routes send to the same few. */
export type BrokenClusters = Map<string, Unheeded | undefined>;

/** A route, and the VirtualService that its destinations are written in. */
type Sender = Pick<ListedRoute, 'route' | 'from'>;

/**
 * What Envoy does in place of sending to a destination that the change adds; undefined where it sends there, as far as
 * is known.
 *
 * @param before the route that gets the request today: a destination that was as bad before is not of this change
 * @param listeners the ports by which requests come to the route: a destination without a port may mean them; empty: not
 * known. What some of them can send to is not broken
 */
export function brokenCluster(
  taken: Sender,
  before: Sender | undefined,
  { gateway, sourceNamespace }: Pick<HttpRequest, 'gateway' | 'sourceNamespace'>,
  listeners: () => readonly number[],
  sight: Sight,
  known: BrokenClusters = new Map(),
): Unheeded | undefined {
  const isSidecar = gateway === 'mesh';
  const client = {
    isSidecar,
    isExample: true,
    ...(sourceNamespace !== undefined && { namespaces: [sourceNamespace] }),
  };
  const had = new Set((before === undefined ? [] : sharesOfSender(before)).map(shareKey));
  for (const share of sharesOfSender(taken)) {
    if (had.has(shareKey(share))) continue;
    const { host, destination } = share;
    const { subset, port } = destination;
    const asked = (port?.number ?? 0) === 0 ? listeners() : [];
    const key = JSON.stringify([host, subset, port?.number, sourceNamespace, isSidecar, asked]);
    if (!known.has(key)) {
      const resolved = {
        host,
        ...(subset !== undefined && { subset }),
        ...(port?.number !== undefined && { port: port.number }),
      };
      const isSaid = asked.length === 0 && sight.services.state === 'known';
      const found = (asked.length === 0 ? [undefined] : asked).map((listener) =>
        brokenWords(clusterOf(resolved, client, sight, listener), host, subset ?? '', isSaid),
      );
      known.set(key, found.includes(undefined) ? undefined : found[0]);
    }
    const words = known.get(key);
    if (words !== undefined) return words;
  }
  return undefined;
}

function sharesOfSender({ route, from }: Sender): readonly AnswerShare[] {
  return sharesOfRoute(route, from.metadata.namespace);
}

/** @param isSaid that the port is missing is found by a check, which looks at ports that destinations name */
function brokenWords(
  state: ClusterState,
  host: string,
  subset: string,
  isSaid: boolean,
): Unheeded | undefined {
  if (state.kind === 'passed-through' || state.kind === 'no-address') return state;
  const { realHost } = state;
  if (state.kind === 'port-missing') {
    if (isSaid) return undefined;
    return {
      why: `the proxy answers them with 503, because ${realHost ?? host} has no port ${state.port} (it has ${state.ports.join(', ')})`,
      advice: 'Name one of its ports in the destinations of the route, or correct the Service.',
    };
  }
  if (state.kind !== 'subset-missing') return undefined;
  const [rule] = state.rules;
  const used =
    rule === undefined
      ? 'it uses no DestinationRule for the host'
      : `it uses ${titleOf(rule)}, which has no such subset`;
  const stands = realHost === undefined ? '' : ` (which is what ${host} stands for)`;
  return {
    why: `the proxy answers them with 503, because it doesn't know subset ${subset} of ${realHost ?? host}${stands}: ${used}`,
    advice:
      realHost !== undefined
        ? `Send to ${realHost}, and add the subset to its DestinationRule.`
        : rule === undefined
          ? 'Let a DestinationRule with the subset be for this proxy: look at its `exportTo`, or make one.'
          : 'Add the subset to that DestinationRule.',
  };
}
