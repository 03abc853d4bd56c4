/** The lists of routes that proxies look through, before and after a change, for the ways in that matter. */
import { memoizedFor } from '../base/memoized.ts';
import { gatewayName } from '../istio/gateways.ts';
import { resolveHost } from '../istio/hosts.ts';
import { hostOf } from '../istio/requests/request.ts';
import type { ListedRoute } from '../istio/requests/kept-routes.ts';
import { virtualHost } from '../istio/requests/route-list.ts';
import type { GatewaySight } from '../istio/requests/server-hosts.ts';
import type { VirtualService } from '../istio/types.ts';
import { canonicalJson } from '../base/json.ts';
import { compareTexts } from '../base/text.ts';
import { askable } from './asking.ts';
import { keyOfObject } from './listed.ts';
import type { EntryPlace } from './request-example.ts';
import type { ComparedLists } from './samples.ts';
import { writtenGateways, hasNoAge, rootsBehind, waysIn, type WayIn } from './scopes.ts';

/** A VirtualService as it is and as it shall be; the same object twice where nothing changes. */
export interface VersionPair {
  readonly before: VirtualService;
  readonly after: VirtualService;
}

/** What is compared for one VirtualService. */
export interface Views {
  /** What proxies have, made of everything in sight. */
  readonly world: readonly View[];
  /** The VirtualService by itself, as if it were the only one: what was planned, whatever others do to it. */
  readonly own: readonly View[];
  readonly isSampled: boolean;
}

export interface View {
  readonly lists: ComparedLists;
  /** Lists of other ways in with this text are the same. */
  readonly key: string;
  /** All ways in that have these lists. */
  readonly ways: readonly WayIn[];
  /** The lists where the VirtualServices are of the opposite age, where that is not known and makes a difference. */
  readonly otherwise?: View;
}

/** Every VirtualService in sight, before and after. */
export interface Everything {
  readonly before: readonly VirtualService[];
  readonly after: readonly VirtualService[];
  /** What Gateways serve, which no change is about. */
  readonly gateways?: GatewaySight;
}

/** Host headers that are looked up for one way in: a VirtualService may name thousands. */
const MOST_AUTHORITIES = 100;

/**
 * @param before all VirtualServices in sight
 * @param after the same, at the same positions, after the change
 */
export function viewsOf(pair: VersionPair, all: Everything): Views {
  const { before, after } = pair;
  const { ways, isSampled } = waysIn(before, all.before, all.gateways);
  const roots = rootsBehind(before, all.before);
  const world = distinctViews(ways, all).map((view) => withOtherAges(view, all));
  const isOnly = !delegates(before) && !delegates(after) && world.every((view) => isAlone(view, pair));
  // Where nobody else has a say, the VirtualService by itself is all that proxies have.
  if (isOnly) return { isSampled, world, own: world };
  const alone = { before: [aloneAt(before, roots)], after: [aloneAt(after, roots)] };
  return {
    isSampled,
    world,
    own: distinctViews(ways, alone, all),
  };
}

function delegates({ spec }: VirtualService): boolean {
  return (spec.http ?? []).some((route) => route['delegate'] !== undefined);
}

/** As if no other VirtualService were there: for every host, exported to everybody. */
function aloneAt(virtualService: VirtualService, roots: readonly VirtualService[]): VirtualService {
  const gateways = new Set(
    roots.flatMap((root) => writtenGateways(root).map((one) => gatewayName(one, root.metadata.namespace))),
  );
  const { exportTo: _, ...spec } = virtualService.spec;
  const alone = { ...virtualService, spec: { ...spec, hosts: ['*'], gateways: [...gateways] } };
  originals.set(alone, virtualService);
  return alone;
}

const originals = new WeakMap<VirtualService, VirtualService>();

/** @param hosts every VirtualService in sight: they say which host headers a request may have */
function distinctViews(ways: readonly WayIn[], all: Everything, hosts: Everything = all): readonly View[] {
  const found = new Map<string, { lists: readonly (readonly ListedRoute[])[]; ways: WayIn[] }>();
  for (const way of ways) {
    const lists = [all.before, all.after].map((some) => routesForWay(some, way));
    const key = lists.map(keyOfList).join('|');
    const known = found.get(key);
    if (known === undefined) found.set(key, { lists, ways: [way] });
    else known.ways.push(way);
  }
  return [...found].flatMap(
    ([
      key,
      {
        lists: [before = [], after = []],
        ways: same,
      },
    ]): readonly View[] => {
      const [first] = same;
      if (first === undefined) return [];
      const place = placeAt(first, hosts.before);
      return [{ key, ways: same, lists: { before: askable(before), after: askable(after), place } }];
    },
  );
}

/** The routes of a way in, by the names that they have where they are written. */
function routesForWay(all: readonly VirtualService[], { entry }: WayIn): readonly ListedRoute[] {
  return writtenNames(virtualHost(all, entry)?.routes ?? NO_ROUTES);
}

const NO_ROUTES: readonly ListedRoute[] = [];

/**
 * Istiod puts the name of the root's route before that of a delegate's route (`shop-istiops-api-10`), and what istiops
 * made is known by its name.
 */
const writtenNames = memoizedFor((list: readonly ListedRoute[]): readonly ListedRoute[] => {
  const isRenamed = ({ virtualService, from }: ListedRoute): boolean => virtualService !== from;
  return list.some(isRenamed)
    ? list.map((listed) => (isRenamed(listed) ? withWrittenName(listed) : listed))
    : list;
});

function withWrittenName(listed: ListedRoute): ListedRoute {
  const { name: _, ...route } = listed.route;
  const { name } = listed.from.spec.http?.[listed.fromIndex] ?? {};
  return { ...listed, route: name === undefined ? route : { ...route, name } };
}

/** Nobody knows whether it is the oldest or the youngest: the lists of whichever makes a difference. */
function withOtherAges(view: View, all: Everything): View {
  const root = view.ways.find(({ isContested }) => isContested)?.root;
  if (root === undefined) return view;
  const otherwise = (['oldest', 'youngest'] as const)
    .flatMap((age) =>
      distinctViews(view.ways, {
        before: withAge(all.before, keyOfObject(root), age),
        after: withAge(all.after, keyOfObject(root), age),
      }).slice(0, 1),
    )
    .find(({ key }) => key !== view.key);
  return otherwise === undefined ? view : { ...view, otherwise };
}

/** Those without a date get one each, in the order of their names but for one. */
function withAge(
  all: readonly VirtualService[],
  key: string,
  age: 'oldest' | 'youngest',
): readonly VirtualService[] {
  const byName = all
    .filter((one) => hasNoAge(one) && keyOfObject(one) !== key)
    .sort((a, b) => compareTexts(nameKey(a), nameKey(b)));
  const places = new Map(byName.map((one, i) => [one, i + 1]));
  return all.map((one): VirtualService => {
    if (!hasNoAge(one)) return one;
    const place = places.get(one) ?? (age === 'oldest' ? 0 : byName.length + 1);
    const dated = { ...one, metadata: { ...one.metadata, creationTimestamp: dateOf(place) } };
    originals.set(dated, one);
    return dated;
  });
}

function dateOf(place: number): string {
  return new Date(1000 * place).toISOString();
}

/** Among the same age istiod goes by name, then by namespace. */
function nameKey({ metadata: { name, namespace } }: VirtualService): string {
  return JSON.stringify([name, namespace]);
}

function placeAt({ entry, home, host, root }: WayIn, all: readonly VirtualService[]): EntryPlace {
  const full = (host === '*' ? host : resolveHost(host, root.metadata.namespace)).toLowerCase();
  const served = virtualHost(all, entry)?.host;
  const known = new Map<string, boolean>([[entry.authority, true]]);
  const serves = (authority: string): boolean => {
    const name = hostOf(authority);
    const isFor = full.startsWith('*')
      ? name.length >= full.length && name.endsWith(full.slice(1))
      : name === full || name === hostOf(entry.authority);
    if (!isFor) return false;
    return served === undefined || virtualHost(all, { ...entry, authority })?.host === served;
  };
  return {
    entry,
    home,
    serves(authority) {
      const answer = known.get(authority) ?? (known.size < MOST_AUTHORITIES && serves(authority));
      known.set(authority, answer);
      return answer;
    },
  };
}

let next = 0;

/** Another one for each object. */
const numberOf = memoizedFor((): number => {
  next += 1;
  return next;
});

/** The same text for the same routes with the same blocks, whichever way in they are for. */
const keyOfList = memoizedFor((list: readonly ListedRoute[]): string =>
  list
    .map(({ from, fromIndex, index, route: { match = [] } }) => {
      const blocks = match.map((block) =>
        block.gateways === undefined ? numberOf(block) : canonicalJson(block),
      );
      return `${numberOf(originals.get(from) ?? from)}.${fromIndex}.${index}:${blocks.join()}`;
    })
    .join(' '),
);

/** Are there routes, and do all of both lists come from this one VirtualService? Then nobody else has a say. */
function isAlone({ lists }: View, { before, after }: VersionPair): boolean {
  const isOwn = (of: VirtualService) => (listed: ListedRoute) =>
    listed.from === of && listed.virtualService === of;
  return (
    lists.before.list.length > 0 &&
    lists.before.list.every(isOwn(before)) &&
    lists.after.list.every(isOwn(after))
  );
}
