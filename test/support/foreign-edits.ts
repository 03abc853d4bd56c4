/**
 * What others do to a VirtualService between two operations: consoles, other tools, GitOps, people in a hurry. Each
 * edit is plain data, so that a property can shrink it, and is done to every VirtualService of a snapshot alike.
 */
import fc from 'fast-check';
import type { Destination, Route, RouteDestination, VirtualService } from '../../src/istio/types.ts';
import type { Snapshot } from '../../src/plan/types.ts';

/** How a host of a service may be spelled, of a VirtualService in the service's namespace. */
const SPELLINGS: readonly ((name: string, namespace: string) => string)[] = [
  (name) => name,
  (name, namespace) => `${name}.${namespace}`,
  (name, namespace) => `${name}.${namespace}.svc`,
  (name, namespace) => `${name}.${namespace}.svc.cluster.local`,
  (name, namespace) => `${name}.${namespace}.svc.corp.example`,
];

export type ForeignEdit =
  /** `entry`: of each list the one in that place alone, so that a list has two spellings. */
  | { readonly kind: 'respell'; readonly spelling: number; readonly entry?: number }
  | { readonly kind: 'port'; readonly number: number | null }
  | { readonly kind: 'reverse-entries' }
  | { readonly kind: 'reverse-routes' }
  | { readonly kind: 'rename'; readonly route: number; readonly name: string }
  | { readonly kind: 'match'; readonly route: number; readonly path: string }
  | { readonly kind: 'copy-route'; readonly route: number; readonly path: string | null }
  | { readonly kind: 'copy-entry'; readonly route: number; readonly entry: number; readonly spelling: number }
  | { readonly kind: 'drop-entry'; readonly route: number; readonly entry: number }
  | { readonly kind: 'drop-zeros' }
  | { readonly kind: 'reweigh'; readonly route: number; readonly weights: readonly number[] }
  | { readonly kind: 'add-destination'; readonly route: number; readonly weight: number }
  | { readonly kind: 'mirror'; readonly route: number }
  | { readonly kind: 'timeout'; readonly route: number }
  | { readonly kind: 'lose-baseline' }
  | { readonly kind: 'garble-baseline'; readonly at: number };

const place = fc.nat({ max: 5 });
const spelling = fc.nat({ max: SPELLINGS.length - 1 });

export const arbitraryEdit: fc.Arbitrary<ForeignEdit> = fc.oneof(
  fc.record({ kind: fc.constant('respell' as const), spelling }),
  fc.record({ kind: fc.constant('respell' as const), spelling, entry: place }),
  fc.record({ kind: fc.constant('port' as const), number: fc.constantFrom(80, 8080, null) }),
  fc.record({ kind: fc.constant('reverse-entries' as const) }),
  fc.record({ kind: fc.constant('reverse-routes' as const) }),
  fc.record({ kind: fc.constant('rename' as const), route: place, name: fc.constantFrom('main', 'beta') }),
  fc.record({ kind: fc.constant('match' as const), route: place, path: fc.constantFrom('/x', '/y') }),
  fc.record({
    kind: fc.constant('copy-route' as const),
    route: place,
    path: fc.constantFrom('/copy', '/again', null),
  }),
  fc.record({ kind: fc.constant('copy-entry' as const), route: place, entry: place, spelling }),
  fc.record({ kind: fc.constant('drop-entry' as const), route: place, entry: place }),
  fc.record({ kind: fc.constant('drop-zeros' as const) }),
  fc.record({
    kind: fc.constant('reweigh' as const),
    route: place,
    weights: fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 4 }),
  }),
  fc.record({
    kind: fc.constant('add-destination' as const),
    route: place,
    weight: fc.integer({ min: 0, max: 50 }),
  }),
  fc.record({ kind: fc.constant('mirror' as const), route: place }),
  fc.record({ kind: fc.constant('timeout' as const), route: place }),
  fc.record({ kind: fc.constant('lose-baseline' as const) }),
  fc.record({ kind: fc.constant('garble-baseline' as const), at: fc.nat({ max: 200 }) }),
);

/** The snapshot after somebody's edit. */
export function withEdit(snapshot: Snapshot, edit: ForeignEdit): Snapshot {
  return { ...snapshot, virtualServices: snapshot.virtualServices.map((one) => editedBy(one, edit)) };
}

function editedBy(object: VirtualService, edit: ForeignEdit): VirtualService {
  const { namespace } = object.metadata;
  switch (edit.kind) {
    case 'lose-baseline':
      return withBaseline(object, () => undefined);
    case 'garble-baseline':
      return withBaseline(object, (text) => text.slice(0, edit.at) + text.slice(edit.at + 1));
    case 'reverse-routes':
      return withHttp(object, (http) => http.toReversed());
    case 'copy-route':
      return withHttp(object, (http) => {
        const found = http[edit.route % Math.max(http.length, 1)];
        if (found === undefined) return http;
        return [edit.path === null ? found : { ...found, match: [{ uri: { prefix: edit.path } }] }, ...http];
      });
    case 'respell':
      return withLists(object, (list) =>
        list.map((entry, i) =>
          edit.entry === undefined || edit.entry === i ? respelled(entry, edit.spelling, namespace) : entry,
        ),
      );
    case 'port':
      return withLists(object, (list) =>
        list.map((entry) => {
          const { port: _, ...destination } = entry.destination;
          return {
            ...entry,
            destination:
              edit.number === null ? destination : { ...destination, port: { number: edit.number } },
          };
        }),
      );
    case 'reverse-entries':
      return withLists(object, (list) => list.toReversed());
    case 'drop-zeros':
      return withLists(object, (list) => {
        const left = list.filter(({ weight }) => weight !== 0);
        return left.length === 0 ? list : left;
      });
    case 'rename':
      return withRoute(object, edit.route, (route) => ({ ...route, name: edit.name }));
    case 'match':
      return withRoute(object, edit.route, (route) => ({
        ...route,
        match: [{ uri: { prefix: edit.path } }],
      }));
    case 'timeout':
      return withRoute(object, edit.route, (route) => ({ ...route, timeout: '7s' }));
    case 'mirror':
      return withRoute(object, edit.route, (route) => {
        const last = route.route?.at(-1)?.destination;
        return last === undefined ? route : { ...route, mirror: last, mirrorPercentage: { value: 10 } };
      });
    case 'copy-entry':
      return withRouteList(object, edit.route, (list) => {
        const found = list[edit.entry % Math.max(list.length, 1)];
        return found === undefined ? list : [...list, respelled(found, edit.spelling, namespace)];
      });
    case 'drop-entry':
      return withRouteList(object, edit.route, (list) =>
        list.length < 2 ? list : list.filter((_, i) => i !== edit.entry % list.length),
      );
    case 'reweigh':
      return withRouteList(object, edit.route, (list) =>
        list.map((entry, i) => ({ ...entry, weight: edit.weights[i % edit.weights.length] ?? 0 })),
      );
    case 'add-destination':
      return withRouteList(object, edit.route, (list) => [
        ...list,
        { destination: { host: 'other', subset: 'theirs' }, weight: edit.weight },
      ]);
  }
}

function respelled(entry: RouteDestination, to: number, namespace: string): RouteDestination {
  const { host } = entry.destination;
  const [name = host] = host.split('.');
  const spell = SPELLINGS[to % SPELLINGS.length];
  const destination: Destination = { ...entry.destination, host: spell?.(name, namespace) ?? host };
  return { ...entry, destination };
}

function withHttp(
  object: VirtualService,
  change: (http: readonly Route[]) => readonly Route[],
): VirtualService {
  return { ...object, spec: { ...object.spec, http: change(object.spec.http ?? []) } };
}

function withRoute(object: VirtualService, at: number, change: (route: Route) => Route): VirtualService {
  return withHttp(object, (http) => http.map((route, i) => (i === at % http.length ? change(route) : route)));
}

function withRouteList(
  object: VirtualService,
  at: number,
  change: (list: readonly RouteDestination[]) => readonly RouteDestination[],
): VirtualService {
  return withRoute(object, at, (route) => ({ ...route, route: change(route.route ?? []) }));
}

function withLists(
  object: VirtualService,
  change: (list: readonly RouteDestination[]) => readonly RouteDestination[],
): VirtualService {
  return withHttp(object, (http) => http.map((route) => ({ ...route, route: change(route.route ?? []) })));
}

function withBaseline(object: VirtualService, change: (text: string) => string | undefined): VirtualService {
  const { 'istiops/baseline': text, ...others } = object.metadata.annotations ?? {};
  if (text === undefined) return object;
  const now = change(text);
  const annotations = { ...others, ...(now !== undefined && { 'istiops/baseline': now }) };
  return { ...object, metadata: { ...object.metadata, annotations } };
}
