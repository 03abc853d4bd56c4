/**
 * A VirtualService as a record says that it was before a change: a second reading of what `undo/` applies, so that a
 * fault there is seen. A field comes back where it is what the change left; what somebody else changed since stays.
 */
import type { ListedRoute } from '../../istio/requests/kept-routes.ts';
import { ROUTE_KINDS, type Route, type VirtualService } from '../../istio/types.ts';
import { sameJson, type Json } from '../../base/json.ts';
import type { AnnotationUndo, FieldUndo, RouteUndo, VirtualServiceUndo } from '../../undo/types.ts';
import { isGoPreview, isPreview } from './ours.ts';
import { placeKey } from './remembered.ts';
import { destinationHosts, isPreviewBack, NEVER, withPreviews, type Trust } from './restored-previews.ts';
import { identitiesOf, printOf, type Item, type RestoreStep } from './restored-prints.ts';
import { digest } from '../../base/digest.ts';

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

const BASELINE_KEY = 'istiops/baseline';

/** @param undos the newest first */
export function restoredBy(
  virtualService: VirtualService,
  undos: readonly VirtualServiceUndo[],
  trust: Trust,
): Restored {
  const { metadata, spec } = virtualService;
  const start: RestoreStep = {
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

function reverted(step: RestoreStep, undo: VirtualServiceUndo, namespace: string, trust: Trust): RestoreStep {
  const isWritten = ({ route }: Item): boolean => !isPreview(route) && !isGoPreview(route, namespace);
  const fields = withFields(step, undo.routes, isWritten, trust);
  const back = withPreviews(fields, undo.previews, isWritten, (route) =>
    isPreviewBack(route, namespace, trust),
  );
  return undo.annotations.reduce(withAnnotationBefore, back);
}

function withAnnotationBefore(step: RestoreStep, { key, before, after }: AnnotationUndo): RestoreStep {
  if (key !== BASELINE_KEY) return { ...step, isWhole: false };
  const { [BASELINE_KEY]: now, ...others } = step.annotations;
  if ((now === undefined ? null : digest(now)) !== after) return { ...step, isWhole: false };
  return { ...step, annotations: before === null ? others : { ...others, [BASELINE_KEY]: before } };
}

function withFields(
  step: RestoreStep,
  groups: readonly RouteUndo[],
  isWritten: (item: Item) => boolean,
  trust: Trust,
): RestoreStep {
  const identities = identitiesOf(step.items.filter(isWritten));
  const byIdentity = new Map([...identities].map(([item, identity]) => [identity, item]));
  const known = new Set(groups.flatMap(({ routes }) => routes));
  const unpaired = [...identities].flatMap(([item, identity]) => (known.has(identity) ? [] : [item]));
  const next = new Map<Item, Item>();
  let { isWhole } = step;
  for (const group of groups) {
    const found = group.routes.flatMap((identity) => byIdentity.get(identity) ?? []);
    const missing = group.routes.length - found.length;
    // One that was renamed since is known by what the change left in it.
    const moved =
      missing > 0 && typeof group.memory === 'string'
        ? unpaired.filter((item) =>
            group.fields.every((field) => printOf(item.route[field.name]) === field.after),
          )
        : [];
    isWhole &&= missing === 0;
    for (const item of moved.length === missing ? [...found, ...moved] : found) {
      const { route, isWhole: isAll } = routeBefore(item.route, group.fields, trust);
      next.set(item, { ...item, route });
      isWhole &&= isAll;
    }
  }
  return { ...step, items: step.items.map((item) => next.get(item) ?? item), isWhole };
}

function routeBefore(
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
  return !NEVER.has(name) && destinationHosts({ [name]: before }).every(isHost);
}
