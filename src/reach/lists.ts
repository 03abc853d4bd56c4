/** The lists of routes that proxies look through, before and after a change, for the ways in that matter. */
import { gatewayName } from '../istio/gateways.ts';
import { virtualHost, type ListedRoute } from '../istio/requests/route-list.ts';
import type { VirtualService } from '../istio/types.ts';
import { canonicalJson } from '../json.ts';
import { askable } from './asking.ts';
import { keyOfObject } from './listed.ts';
import type { Place } from './request-example.ts';
import type { Scene } from './samples.ts';
import { gatewaysOf, rootsOf, waysIn, type WayIn } from './scopes.ts';

/** A VirtualService as it is and as it shall be; the same object twice where nothing changes. */
export interface Pair {
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
  readonly scene: Scene;
  /** Lists of other ways in with this text are the same. */
  readonly key: string;
  /** All ways in that have these lists. */
  readonly ways: readonly WayIn[];
}

/** Host headers that are looked up for one way in: a VirtualService may name thousands. */
const MOST_AUTHORITIES = 100;

/**
 * @param before all VirtualServices in sight
 * @param after the same, at the same positions, after the change
 */
export function viewsOf(
  { before, after }: Pair,
  all: { readonly before: readonly VirtualService[]; readonly after: readonly VirtualService[] },
): Views {
  const { ways, isSampled } = waysIn(before, all.before);
  const roots = rootsOf(before, all.before);
  const alone = { before: [aloneAt(before, roots)], after: [aloneAt(after, roots)] };
  return {
    isSampled,
    world: distinctViews(ways, all),
    own: distinctViews(ways, alone),
  };
}

/** As if no other VirtualService were there: for every host, exported to everybody. */
function aloneAt(virtualService: VirtualService, roots: readonly VirtualService[]): VirtualService {
  const gateways = new Set(
    roots.flatMap((root) => gatewaysOf(root).map((one) => gatewayName(one, root.metadata.namespace))),
  );
  const { exportTo: _, ...spec } = virtualService.spec;
  const alone = { ...virtualService, spec: { ...spec, hosts: ['*'], gateways: [...gateways] } };
  originals.set(alone, virtualService);
  return alone;
}

const originals = new WeakMap<VirtualService, VirtualService>();

function distinctViews(
  ways: readonly WayIn[],
  all: { readonly before: readonly VirtualService[]; readonly after: readonly VirtualService[] },
): readonly View[] {
  const found = new Map<string, { lists: readonly (readonly ListedRoute[])[]; ways: WayIn[] }>();
  for (const way of ways) {
    const lists = [all.before, all.after].map((some) => virtualHost(some, way.entry)?.routes ?? []);
    const key = lists.map(keyOfList).join('|');
    const known = found.get(key);
    if (known === undefined) found.set(key, { lists, ways: [way] });
    else known.ways.push(way);
  }
  return [...found].flatMap(([key, { lists: [before = [], after = []], ways: same }]): readonly View[] => {
    const [first] = same;
    if (first === undefined) return [];
    const place = placeAt(first, all.before);
    return [{ key, ways: same, scene: { before: askable(before), after: askable(after), place } }];
  });
}

function placeAt({ entry }: WayIn, all: readonly VirtualService[]): Place {
  const host = virtualHost(all, entry)?.host;
  const known = new Map<string, boolean>([[entry.authority, true]]);
  return {
    entry,
    serves(authority) {
      const answer =
        known.get(authority) ??
        (known.size < MOST_AUTHORITIES && virtualHost(all, { ...entry, authority })?.host === host);
      known.set(authority, answer);
      return answer;
    },
  };
}

const numbers = new WeakMap<object, number>();
let next = 0;

function numberOf(object: object): number {
  const known = numbers.get(object);
  if (known !== undefined) return known;
  next += 1;
  numbers.set(object, next);
  return next;
}

/** The same text for the same routes with the same blocks, whichever way in they are for. */
function keyOfList(list: readonly ListedRoute[]): string {
  return list
    .map(({ from, fromIndex, index, route: { match = [] } }) => {
      const blocks = match.map((block) =>
        block.gateways === undefined ? numberOf(block) : canonicalJson(block),
      );
      return `${numberOf(originals.get(from) ?? from)}.${fromIndex}.${index}:${blocks.join()}`;
    })
    .join(' ');
}

/** Do all routes of both lists come from this one VirtualService? Then nobody else has a say. */
export function isAlone({ scene: { before, after } }: View, virtualService: VirtualService): boolean {
  const key = keyOfObject(virtualService);
  return [...before.list, ...after.list].every(
    ({ from, virtualService: root }) => keyOfObject(from) === key && keyOfObject(root) === key,
  );
}
