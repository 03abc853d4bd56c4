/** Who calls the next service: the pods behind a route, with the headers that they pass on. */
import type { CalledService } from '../../intent/types.ts';
import { hasLabels } from '../../istio/labels.ts';
import { podsBehind, selectorsOf, serviceNamespaces } from '../../istio/requests/endpoints.ts';
import { headersBehind, headersSentOn, type RequestHeaders } from '../../istio/requests/passed-on.ts';
import { hostOf, type EntryPoint } from '../../istio/requests/request.ts';
import { meshNames } from '../../istio/requests/mesh-names.ts';
import { destinationsOf } from '../../istio/routes.ts';
import type { Labels } from '../../istio/types.ts';
import type { ExplainedDestination, FollowedWay } from '../../plan/explanation.ts';
import type { Snapshot } from '../../plan/types.ts';
import type { ExplainContext, Explained, ExplainedWay } from './explained.ts';

/** Pods that send a request, all in the same way. */
export interface Caller extends RequestHeaders, Pick<FollowedWay, 'from' | 'share' | 'condition'> {
  /** Labels that all of them have. */
  readonly labels: Labels;
  readonly openLabels: Exclude<EntryPoint['openLabels'], undefined>;
  /** Undefined: not known. */
  readonly namespace: string | undefined;
}

/** Whoever sends the first request: all of it, under no condition. */
export function firstCaller({ headers }: Explained): Caller {
  return {
    ...headers,
    from: [],
    share: 100,
    condition: null,
    labels: {},
    openLabels: [],
    namespace: undefined,
  };
}

/** Is a destination, or else the host that was asked, this service? In whatever spelling. */
export function isCalled(
  service: CalledService,
  { namesOf, authority }: Explained,
  host: string,
  namespace: string,
): boolean {
  const wanted = new Set(meshNames(hostOf(service.request.authority), namespace));
  return [...namesOf(host), ...meshNames(hostOf(authority), namespace)].some((name) => wanted.has(name));
}

/**
 * The pods that get a request, as the callers of the next service. What a proxy answers itself, an error, a redirect, a
 * destination without pods, ends the way.
 *
 * @param caller who sends the request
 * @param counts whether a destination with this host is on the way
 */
export function callersBehind(
  { snapshot }: ExplainContext,
  { ways, namesOf }: Explained,
  caller: Caller,
  propagate: readonly string[],
  counts: (host: string) => boolean,
): readonly Caller[] {
  return ways.flatMap((way) => {
    const { does, condition } = way;
    if (does === null) return [];
    const { abort, destinations } = does;
    const isOnly = ways.length === 1;
    return destinations.flatMap((to, index): readonly Caller[] => {
      if (to.share === 0 || to.state === 'unavailable' || abort?.percent === 100 || !counts(to.host))
        return [];
      // Whether anything answers there, nobody knows.
      const isShareKnown = isOnly && to.state !== 'undecided';
      const share = (to.share * (100 - (abort?.percent ?? 0))) / 10_000;
      const [whole = to.host] = [...namesOf(to.host)].reverse();
      return [
        {
          ...headersSentOn(receivedBy(way, index, caller), propagate),
          from: [to.subset ?? to.host],
          share: isShareKnown && caller.share !== null ? caller.share * share : null,
          condition: isOnly ? caller.condition : joinedWith(caller.condition, condition ?? 'else'),
          ...podsOfCaller(snapshot, whole, to),
        },
      ];
    });
  });
}

function receivedBy({ taker }: ExplainedWay, index: number, headers: RequestHeaders): RequestHeaders {
  if (taker === null) return headers;
  const { route } = taker.listed;
  return headersBehind(route, destinationsOf(route)[index], headers);
}

function joinedWith(a: string | null, b: string): string {
  return a === null ? b : `${a} and ${b}`;
}

/** Labels decide which routes a proxy has: those that not all pods of a build share are not known of a caller. */
function podsOfCaller(
  snapshot: Snapshot,
  host: string,
  to: ExplainedDestination,
): Pick<Caller, 'labels' | 'openLabels' | 'namespace'> {
  const [namespace, ...others] = serviceNamespaces(host, snapshot);
  const where = { namespace: others.length === 0 ? namespace : undefined };
  const pods =
    to.subset !== null && to.labels === null ? undefined : podsBehind(host, to.labels ?? {}, snapshot);
  const [first, ...more] = (pods ?? []).map(({ labels }) => labels);
  if (first === undefined) {
    const [selector = {}, ...rest] = selectorsOf(host, snapshot);
    const labels = { ...(rest.length === 0 ? selector : {}), ...to.labels };
    return { ...where, labels, openLabels: 'any' };
  }
  const common = Object.fromEntries(
    Object.entries(first).filter(([key, value]) =>
      more.every((labels) => hasLabels(labels, { [key]: value })),
    ),
  );
  const keys = new Set([first, ...more].flatMap((labels) => Object.keys(labels)));
  return { ...where, labels: common, openLabels: [...keys].filter((key) => !Object.hasOwn(common, key)) };
}

/** Callers whose requests are the same are one. */
export function mergedCallers(callers: readonly Caller[]): readonly Caller[] {
  const groups = Map.groupBy(callers, ({ headers, openHeaders, labels, openLabels, namespace }) =>
    JSON.stringify([sorted(headers), sorted(openHeaders), sorted(labels), openLabels, namespace]),
  );
  const isAll = groups.size === 1;
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const conditions = [...new Set(group.map(({ condition }) => condition))];
    const isSure = isAll || conditions.includes(null);
    return [
      {
        ...first,
        from: [...new Set(group.flatMap(({ from }) => from))],
        share: sumOf(group.map(({ share }) => share)),
        condition: isSure ? null : conditions.join(' or '),
      },
    ];
  });
}

/** Percent; null where one of them is not known. */
export function sumOf(shares: readonly (number | null)[]): number | null {
  return shares.reduce<number | null>(
    (sum, share) => (sum === null || share === null ? null : sum + share),
    0,
  );
}

function sorted(map: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));
}
