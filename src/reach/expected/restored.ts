/**
 * A VirtualService as a record says that it was before a change: a second reading of what `undo/` applies, so that a
 * fault there is seen. A field comes back where it is what the change left; what somebody else changed since stays.
 */
import { hash } from 'node:crypto';
import { destinationsOf, mirrorsOf } from '../../istio/routes.ts';
import type { ListedRoute } from '../../istio/requests/route-list.ts';
import { ROUTE_KINDS, type Route, type RouteKind, type VirtualService } from '../../istio/types.ts';
import { canonicalJson, sameJson, type Json } from '../../base/json.ts';
import type {
  AnnotationUndo,
  FieldUndo,
  PreviewsUndo,
  RouteUndo,
  VirtualServiceUndo,
} from '../../undo/types.ts';
import { isGoPreview, isPreview } from './ours.ts';
import { placeKey } from './remembered.ts';

/** How far a record is believed. */
export interface Trust {
  /** May its routes send there? The host is as the record spells it. */
  readonly isHost: (host: string) => boolean;
  /** `own`: a step's own state. `annotation`: whoever can write the VirtualService can have written it. */
  readonly source: 'own' | 'annotation';
}

export interface Restored {
  readonly virtualService: VirtualService;
  /** By `http[0]`, as it is now: the position that it has then; null: the route is gone. */
  readonly places: ReadonlyMap<string, number | null>;
  /** Positions in `http` of the routes that come back. */
  readonly returned: readonly number[];
  /** Everything that the record speaks of was found as the change left it. */
  readonly isWhole: boolean;
}

/**
 * A route as proxies have it, with the fields that differ between two of its states as they are in the second.
 *
 * @param fields only these; default: all
 */
export function withFieldsOf(
  listed: ListedRoute,
  now: Route,
  then: Route,
  fields: readonly string[] = differentFields(now, then),
): ListedRoute {
  const kept = Object.entries(listed.route).filter(([name]) => !fields.includes(name));
  const old = fields.flatMap((name) => (then[name] === undefined ? [] : [[name, then[name]] as const]));
  return { ...listed, route: Object.fromEntries([...kept, ...old]) };
}

export function differentFields(now: Route, then: Route): readonly string[] {
  return [...new Set([...Object.keys(now), ...Object.keys(then)])].filter(
    (name) => !sameJson(now[name], then[name]),
  );
}

interface Item {
  readonly kind: RouteKind;
  readonly route: Route;
  /** Its position now; null: it comes back. */
  readonly was: number | null;
}

interface Step {
  readonly items: readonly Item[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly isWhole: boolean;
}

const BASELINE = 'istiops/baseline';

/** No operation changes them, so no true record has them. */
const NEVER = new Set(['redirect', 'directResponse', 'delegate', 'rewrite']);

/** @param undos the newest first */
export function restoredBy(
  virtualService: VirtualService,
  undos: readonly VirtualServiceUndo[],
  trust: Trust,
): Restored {
  const { metadata, spec } = virtualService;
  const start: Step = {
    items: ROUTE_KINDS.flatMap((kind) =>
      (spec[kind] ?? []).map((route, was): Item => ({ kind, route, was })),
    ),
    annotations: metadata.annotations ?? {},
    isWhole: true,
  };
  const end = undos.reduce((step, undo) => reverted(step, undo, metadata.namespace, trust), start);
  const lists = ROUTE_KINDS.map((kind) => [kind, end.items.filter((item) => item.kind === kind)] as const);
  const places = new Map<string, number | null>(
    start.items.map(({ kind, was }) => [placeKey(kind, was ?? 0), null]),
  );
  for (const [kind, items] of lists)
    for (const [index, { was }] of items.entries()) if (was !== null) places.set(placeKey(kind, was), index);
  const routes = lists.flatMap(([kind, items]) =>
    spec[kind] === undefined && items.length === 0 ? [] : [[kind, items.map(({ route }) => route)] as const],
  );
  const http = end.items.filter(({ kind }) => kind === 'http');
  return {
    virtualService: {
      ...virtualService,
      metadata: { ...metadata, annotations: end.annotations },
      spec: { ...spec, ...Object.fromEntries(routes) },
    },
    places,
    returned: http.flatMap(({ was }, index) => (was === null ? [index] : [])),
    isWhole: end.isWhole,
  };
}

function reverted(step: Step, undo: VirtualServiceUndo, namespace: string, trust: Trust): Step {
  const isWritten = ({ route }: Item): boolean => !isPreview(route) && !isGoPreview(route, namespace);
  const fields = withFields(step, undo.routes, isWritten, trust);
  const back = withPreviews(fields, undo.previews, isWritten, (route) =>
    isPreviewBack(route, namespace, trust),
  );
  return undo.annotations.reduce(withAnnotation, back);
}

function withAnnotation(step: Step, { key, before, after }: AnnotationUndo): Step {
  if (key !== BASELINE) return { ...step, isWhole: false };
  const { [BASELINE]: now, ...others } = step.annotations;
  if ((now === undefined ? null : digestOf(now)) !== after) return { ...step, isWhole: false };
  return { ...step, annotations: before === null ? others : { ...others, [BASELINE]: before } };
}

function withFields(
  step: Step,
  groups: readonly RouteUndo[],
  isWritten: (item: Item) => boolean,
  trust: Trust,
): Step {
  const identities = identitiesOf(step.items.filter(isWritten));
  const byIdentity = new Map([...identities].map(([item, identity]) => [identity, item]));
  const known = new Set(groups.flatMap(({ routes }) => routes));
  const strangers = [...identities].flatMap(([item, identity]) => (known.has(identity) ? [] : [item]));
  const next = new Map<Item, Item>();
  let { isWhole } = step;
  for (const group of groups) {
    const found = group.routes.flatMap((identity) => byIdentity.get(identity) ?? []);
    const missing = group.routes.length - found.length;
    // One that was renamed since is known by what the change left in it.
    const moved =
      missing > 0 && typeof group.memory === 'string'
        ? strangers.filter((item) =>
            group.fields.every((field) => printOf(item.route[field.name]) === field.after),
          )
        : [];
    isWhole &&= missing === 0;
    for (const item of moved.length === missing ? [...found, ...moved] : found) {
      const { route, isWhole: isAll } = withFieldsBefore(item.route, group.fields, trust);
      next.set(item, { ...item, route });
      isWhole &&= isAll;
    }
  }
  return { ...step, items: step.items.map((item) => next.get(item) ?? item), isWhole };
}

function withFieldsBefore(
  route: Route,
  fields: readonly FieldUndo[],
  trust: Trust,
): { readonly route: Route; readonly isWhole: boolean } {
  let isWhole = true;
  let next = route;
  for (const { name, before, after } of fields) {
    if (printOf(route[name]) !== after || (before !== undefined && !isCredible(name, before, trust))) {
      isWhole &&= sameJson(route[name] ?? null, before);
    } else if (before !== undefined) {
      const { [name]: _, ...others } = next;
      next = before === null ? others : { ...others, [name]: before };
    }
  }
  return { route: next, isWhole };
}

function isCredible(name: string, before: Json, { source, isHost }: Trust): boolean {
  if (source === 'own') return true;
  return !NEVER.has(name) && hostsOf({ [name]: before }).every(isHost);
}

function hostsOf(route: Route): readonly string[] {
  return [...destinationsOf(route).map(({ destination }) => destination), ...mirrorsOf(route)].map(
    ({ host }) => host,
  );
}

/** The http routes that nobody wrote by hand, by the identity of the written one that they stand above; `''`: at the end. */
type Groups = ReadonlyMap<string, readonly Item[]>;

const END = '';

/** All that the change added goes before anything comes back: a route may have moved from one group to another. */
function withPreviews(
  step: Step,
  previews: readonly PreviewsUndo[],
  isWritten: (item: Item) => boolean,
  isCredible: (route: Route) => boolean,
): Step {
  if (previews.length === 0) return step;
  const http = step.items.filter(({ kind }) => kind === 'http');
  const identities = identitiesOf(http.filter(isWritten));
  const order = [...identities.values(), END];
  const nextTo = new Map(order.map((identity, i) => [identity, order[i + 1] ?? END]));
  const groups = new Map<string, readonly Item[]>(order.map((identity) => [identity, []]));
  let pending: Item[] = [];
  for (const item of http) {
    const identity = identities.get(item);
    if (identity === undefined) pending.push(item);
    else {
      groups.set(identity, pending);
      pending = [];
    }
  }
  groups.set(END, pending);
  let { isWhole } = step;
  for (const { added, above = END } of previews)
    for (const { print } of added) {
      const place = placeOfPrint(groups, print, above);
      if (place === undefined) isWhole = false;
      else groups.set(place.group, (groups.get(place.group) ?? []).toSpliced(place.position, 1));
    }
  for (const { above, below, removed } of previews) {
    const back = removed.filter((entry) => typeof entry !== 'string');
    const credible = back.filter(isCredible);
    const key = above ?? (below === undefined ? END : nextTo.get(below));
    const group = key === undefined ? undefined : groups.get(key);
    isWhole &&= credible.length === back.length && (back.length === 0 || group !== undefined);
    if (key !== undefined && group !== undefined && credible.length > 0)
      groups.set(key, [...group, ...credible.map((route): Item => ({ kind: 'http', route, was: null }))]);
  }
  const written = new Map([...identities].map(([item, identity]) => [identity, item]));
  const items = order.flatMap((identity) => [
    ...(groups.get(identity) ?? []),
    ...(written.has(identity) ? [written.get(identity)] : []),
  ]);
  const others = step.items.filter(({ kind }) => kind !== 'http');
  return { ...step, items: [...items.filter((item) => item !== undefined), ...others], isWhole };
}

/** Of several that are alike, the one where the change put it. */
function placeOfPrint(
  groups: Groups,
  print: string,
  above: string,
): { readonly group: string; readonly position: number } | undefined {
  const isIt = ({ route }: Item): boolean => routePrint(route) === print;
  const own = (groups.get(above) ?? []).findLastIndex(isIt);
  if (own >= 0) return { group: above, position: own };
  for (const [group, items] of groups) {
    const position = items.findIndex(isIt);
    if (position >= 0) return { group, position };
  }
  return undefined;
}

const prints = new WeakMap<Route, string>();

function routePrint(route: Route): string {
  const known = prints.get(route) ?? digestOf(canonicalJson(route));
  prints.set(route, known);
  return known;
}

/** Only previews come and go, and what the Go istiops made: for requests with certain headers alone. */
function isPreviewBack(route: Route, namespace: string, { source, isHost }: Trust): boolean {
  if (source === 'own') return true;
  const { match = [] } = route;
  return (
    (isPreview(route) || isGoPreview(route, namespace)) &&
    match.length > 0 &&
    match.every(({ headers }) => Object.keys(headers ?? {}).length > 0) &&
    Object.keys(route).every((name) => name === 'rewrite' || !NEVER.has(name)) &&
    hostsOf(route).every(isHost)
  );
}

/** A route is known by its kind, its name and its match; twins by their order. */
function identitiesOf(items: readonly Item[]): ReadonlyMap<Item, string> {
  const seen = new Map<string, number>();
  return new Map(
    items.map((item) => {
      const { name, match } = item.route;
      const identity = digestOf(canonicalJson([item.kind, name ?? null, match ?? []]));
      const twin = seen.get(identity) ?? 0;
      seen.set(identity, twin + 1);
      return [item, twin === 0 ? identity : `${identity}.${twin}`];
    }),
  );
}

/** Thousands of routes may share one list: each is put into words once. */
const valuePrints = new WeakMap<object, string>();

function printOf(value: Json | undefined): string | null {
  if (value === undefined || value === null) return null;
  const known = typeof value === 'object' ? valuePrints.get(value) : undefined;
  const print = known ?? digestOf(canonicalJson(value));
  if (typeof value === 'object') valuePrints.set(value, print);
  return print;
}

/** As records have them: 48 bits of SHA-256. */
function digestOf(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 8);
}
