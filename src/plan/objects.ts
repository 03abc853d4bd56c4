import { sameJson } from '../base/json.ts';
import { placeOf } from '../istio/routes.ts';
import type {
  KubeObject,
  Labels,
  Route,
  RouteDestination,
  RouteKind,
  VirtualService,
} from '../istio/types.ts';

/** An object as it is and as it shall be; the same object twice where nothing changes. */
export interface Change<T> {
  readonly before: T;
  readonly after: T;
}

/** What is written: `before` itself where the spec stays the same, because a change of metadata alone is not written. */
export function keepIfSpecUnchanged(before: VirtualService, after: VirtualService): VirtualService {
  return sameJson(before.spec, after.spec) ? before : after;
}

/** The same VirtualService with another list of routes of one kind. */
export function withRoutes(
  virtualService: VirtualService,
  kind: RouteKind,
  routes: readonly Route[],
): VirtualService {
  if (virtualService.spec[kind] === undefined && routes.length === 0) return virtualService;
  return { ...virtualService, spec: { ...virtualService.spec, [kind]: routes } };
}

/** The same VirtualService with each route of every kind put through `edit`. */
export function mapRoutes(
  virtualService: VirtualService,
  edit: (kind: RouteKind, route: Route, index: number) => Route,
): VirtualService {
  const { http, tls, tcp } = virtualService.spec;
  return {
    ...virtualService,
    spec: {
      ...virtualService.spec,
      ...(http && { http: http.map((route, i) => edit('http', route, i)) }),
      ...(tls && { tls: tls.map((route, i) => edit('tls', route, i)) }),
      ...(tcp && { tcp: tcp.map((route, i) => edit('tcp', route, i)) }),
    },
  };
}

/**
 * The same VirtualService with other destinations in some of its routes.
 *
 * @param lists by `placeOf` the route
 */
export function withDestinations(
  virtualService: VirtualService,
  lists: ReadonlyMap<string, readonly RouteDestination[]>,
): VirtualService {
  if (lists.size === 0) return virtualService;
  return mapRoutes(virtualService, (kind, route, index) => {
    const list = lists.get(placeOf({ kind, index }));
    return list === undefined ? route : { ...route, route: list };
  });
}

/**
 * The same object with one annotation set, or taken away when `value` is undefined. The last one takes the
 * map with it, so that nothing of istiops stays behind.
 */
export function withAnnotation<T extends KubeObject>(object: T, key: string, value: string | undefined): T {
  if (object.metadata.annotations?.[key] === value) return object;
  const kept: Labels = Object.fromEntries(
    Object.entries(object.metadata.annotations ?? {}).filter(([name]) => name !== key),
  );
  const annotations: Labels = value === undefined ? kept : { ...object.metadata.annotations, [key]: value };
  const { annotations: _, ...metadata } = object.metadata;
  return {
    ...object,
    metadata: Object.keys(annotations).length === 0 ? metadata : { ...object.metadata, annotations },
  };
}
