/**
 * Whether two specs mean the same to Istio, though they are spelled differently: what is sent to an API server and
 * what it stores are compared by this. A webhook may drop `weight: 0` or write `subset: ""`; that changes nothing.
 *
 * Only what provably means the same counts as the same. Istio reads specs as proto3 messages, for which a scalar with
 * its zero value, an empty list, an empty map and `null` are as good as absent. An empty **message** is not:
 * `retries: {}` switches retries off, a header match `{}` means "present". JSON doesn't tell the two apart, so the
 * fields are listed here by what they are in the proto files; any other field must be equal.
 *
 * @see https://protobuf.dev/programming-guides/json/
 * @see https://github.com/istio/api/blob/master/networking/v1alpha3/virtual_service.proto
 * @see https://github.com/istio/api/blob/master/networking/v1alpha3/destination_rule.proto
 */
import { isObject, sameJson } from '../base/json.ts';
import type { KubeObject } from './types.ts';

/** Where two specs differ. */
export interface SpecDifference {
  /** `spec.http[0].route[1].weight` */
  readonly field: string;
  /** What stands there in the first and in the second; undefined: nothing. */
  readonly first: unknown;
  readonly second: unknown;
}

/** What a field is to proto3. Anything that isn't listed is `exact`. */
type Shape = 'scalar' | 'map' | 'exact' | ListShape | MessageShape;
interface ListShape {
  readonly items: Shape;
}
interface MessageShape {
  readonly fields: Readonly<Record<string, Shape>>;
}

const message = (fields: MessageShape['fields']): MessageShape => ({ fields });
const list = (items: Shape = 'exact'): ListShape => ({ items });

const DESTINATION = message({ host: 'scalar', subset: 'scalar', port: message({ number: 'scalar' }) });
const HEADER_OPERATIONS = message({ set: 'map', add: 'map', remove: list() });
const HEADERS = message({ request: HEADER_OPERATIONS, response: HEADER_OPERATIONS });
const DESTINATIONS = list(message({ destination: DESTINATION, weight: 'scalar', headers: HEADERS }));
/** What the matches of all kinds of routes have. */
const CONNECTION = {
  port: 'scalar',
  sourceLabels: 'map',
  gateways: list(),
  sourceNamespace: 'scalar',
} as const;

const HTTP_ROUTE = message({
  name: 'scalar',
  match: list(
    message({
      ...CONNECTION,
      name: 'scalar',
      headers: 'map',
      queryParams: 'map',
      withoutHeaders: 'map',
      ignoreUriCase: 'scalar',
      statPrefix: 'scalar',
    }),
  ),
  route: DESTINATIONS,
  mirror: DESTINATION,
  mirrors: list(message({ destination: DESTINATION })),
  headers: HEADERS,
});
const L4_MATCH = { ...CONNECTION, destinationSubnets: list() } as const;

const VIRTUAL_SERVICE = message({
  hosts: list(),
  gateways: list(),
  exportTo: list(),
  http: list(HTTP_ROUTE),
  tls: list(message({ match: list(message({ ...L4_MATCH, sniHosts: list() })), route: DESTINATIONS })),
  tcp: list(message({ match: list(message({ ...L4_MATCH, sourceSubnet: 'scalar' })), route: DESTINATIONS })),
});

const DESTINATION_RULE = message({
  host: 'scalar',
  exportTo: list(),
  subsets: list(message({ name: 'scalar', labels: 'map' })),
});

/**
 * The first place in which two specs of one kind differ in meaning; undefined: they mean the same.
 *
 * @param kind of both objects; of another kind than VirtualService and DestinationRule every field must be equal
 */
export function specDifference(
  kind: string,
  first: KubeObject['spec'],
  second: KubeObject['spec'],
): SpecDifference | undefined {
  if (sameJson(first, second)) return undefined;
  return differenceOf(first, second, shapeOf(kind), 'spec');
}

/** Do two specs of one kind mean the same? See {@link specDifference}. */
export function sameSpec(kind: string, first: KubeObject['spec'], second: KubeObject['spec']): boolean {
  return specDifference(kind, first, second) === undefined;
}

function shapeOf(kind: string): Shape {
  switch (kind) {
    case 'VirtualService':
      return VIRTUAL_SERVICE;
    case 'DestinationRule':
      return DESTINATION_RULE;
    default:
      return 'exact';
  }
}

function differenceOf(a: unknown, b: unknown, shape: Shape, field: string): SpecDifference | undefined {
  if (sameJson(a, b)) return undefined;
  if (isObject(a) && isObject(b)) return fieldDifference(a, b, shape, field);
  if (Array.isArray(a) && Array.isArray(b) && a.length === b.length) {
    const items = shape === DESTINATIONS ? [a, b].map(withoutNeedlessWeight) : [a, b];
    const of = typeof shape === 'object' && 'items' in shape ? shape.items : 'exact';
    return firstOf(a.keys(), (i) => differenceOf(items[0]?.[i], items[1]?.[i], of, `${field}[${i}]`));
  }
  return { field, first: a, second: b };
}

function fieldDifference(
  a: Readonly<Record<string, unknown>>,
  b: Readonly<Record<string, unknown>>,
  shape: Shape,
  field: string,
): SpecDifference | undefined {
  const fields = typeof shape === 'object' && 'fields' in shape ? shape.fields : {};
  return firstOf(new Set([...Object.keys(a), ...Object.keys(b)]), (name) => {
    const of = Object.hasOwn(fields, name) ? (fields[name] ?? 'exact') : 'exact';
    const [first, second] = [a, b].map((object) => {
      const value = Object.hasOwn(object, name) ? object[name] : undefined;
      return isAbsent(value, of) ? undefined : value;
    });
    return differenceOf(first, second, of, `${field}.${name}`);
  });
}

/** Is the field as good as not there? */
function isAbsent(value: unknown, shape: Shape): boolean {
  if (value === undefined || value === null) return true;
  if (shape === 'scalar') return value === '' || value === 0 || value === false;
  if (shape === 'map') return isObject(value) && Object.keys(value).length === 0;
  return typeof shape === 'object' && 'items' in shape && Array.isArray(value) && value.length === 0;
}

/**
 * The only destination of a route gets everything whatever its weight says: istiod doesn't look at it.
 *
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/route/route.go (`len(in.Route) == 1`)
 */
function withoutNeedlessWeight(destinations: readonly unknown[]): readonly unknown[] {
  const [only] = destinations;
  if (destinations.length !== 1 || !isObject(only)) return destinations;
  const { weight, ...rest } = only;
  return weight === undefined || weight === 0 || weight === 100 ? [rest] : destinations;
}

function firstOf<T>(
  items: Iterable<T>,
  find: (item: T) => SpecDifference | undefined,
): SpecDifference | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
