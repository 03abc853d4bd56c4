/**
 * Random worlds for the comparison of explain with Envoy: VirtualServices that share hosts, and requests for them.
 * Pools are small so that matches meet, shadow and conflict; only what istiod's webhook accepts is made.
 */
import fc from 'fast-check';
import type { JsonObject } from '../../../src/base/json.ts';

/** Stands for the world's own host in every text. */
export const HOST = '@host@';
/** Stand for the names of the world's delegate, and of the two namespaces. */
export const DELEGATE = '@delegate@';
export const SPACES = ['@first@', '@second@'] as const;

export interface World {
  readonly roots: readonly WorldVirtualService[];
  readonly delegate: Pick<WorldVirtualService, 'http' | 'space' | 'exportTo'>;
  readonly requests: readonly WorldRequest[];
}

export interface WorldVirtualService {
  readonly hosts: readonly string[];
  readonly gateways: readonly string[];
  readonly exportTo: readonly string[];
  readonly http: readonly JsonObject[];
  readonly space: 0 | 1;
  /** Created a second later than the others. */
  readonly late: boolean;
  /** Part of its name, so that the order of names is another than that of creation. */
  readonly letter: string;
}

export interface WorldRequest {
  readonly method: string;
  readonly authority: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

const mostly = <T>(usual: T, ...others: readonly (readonly [number, fc.Arbitrary<T>])[]): fc.Arbitrary<T> =>
  fc.oneof(
    { weight: 10, arbitrary: fc.constant(usual) },
    ...others.map(([weight, arbitrary]) => ({ weight, arbitrary })),
  );

const SEGMENTS = ['/', '/a', '/A', '/a/b', '/ab', '/a/', '/v1/items/7', '/v1/items', '/v1', '/a%2Fb', '//a'];
const PATHS = [
  ...SEGMENTS,
  '/a/../v1',
  '/a/./b',
  '/a/%2e%2e/v1',
  '/a\\b',
  '/a;p=1',
  '/a/b/',
  '/v1//items',
  '/%61',
  '/a%20b',
  '/a%2fb',
  '/%41',
  '/a%3Fb',
  '/a%25b',
  '/a%7eb',
  '/a%2Eb',
  '/%5ca',
  '/a%C3%A9',
  '/~a',
  '/a|b',
  '/a"b',
  "/a'b",
  '/a{b}',
  '/a^b',
  '/a`b',
  '/..',
  '/a/..',
  '/<a>',
];
const QUERIES = [
  '',
  '',
  '?',
  '?x=1',
  '?x=2&x=1',
  '?x',
  '?y=1&x=1',
  '?x=a%20b',
  '?X=1',
  '?x=1#',
  '?/a',
  '?x==1',
  '?&x=1',
  '?a=/../b',
].filter((query) => !query.includes('#'));
const VALUES = ['1', '2', 'a', 'abc', ''];
const HEADERS = ['x-a', 'x-b', 'X-A', 'cookie', 'user-agent'];

const regexes = (...list: readonly string[]): fc.Arbitrary<JsonObject> =>
  fc.constantFrom(...list).map((regex) => ({ regex }));

const uri: fc.Arbitrary<JsonObject> = fc.oneof(
  fc.constantFrom(...SEGMENTS, '/a?x=1').map((exact) => ({ exact })),
  fc.constantFrom(...SEGMENTS, '/a?', '/v', '').map((prefix) => ({ prefix })),
  regexes(
    '.*',
    '.+',
    '/a.*',
    '^/a/b$',
    '/v1/(items|users)/[0-9]+',
    '/v1|/ab',
    '(?i)/A',
    '/a',
    '/[^/]*',
    '/a/?.*',
    '.*b',
    '/a\\.b|/a',
    '.*%[0-9A-F]{2}.*',
    '.*%[0-9a-f]{2}.*',
    '.*[{}<>"^`|~?\\\\ ].*',
    '/a?.b',
  ),
  fc.constant({}),
);

/** `{}` asks that it is there; the webhook refuses the regex `*` but in withoutHeaders. */
const text: fc.Arbitrary<JsonObject> = fc.oneof(
  fc.constantFrom(...VALUES).map((exact) => ({ exact })),
  fc.constantFrom('a', 'ab', '1').map((prefix) => ({ prefix })),
  regexes('.*', '.+', 'a.*', '[0-9]', 'a|1', '^abc$', ''.padEnd(1, '.')),
  fc.constant({}),
);

const mapOf = (names: readonly string[], value: fc.Arbitrary<JsonObject>): fc.Arbitrary<JsonObject> =>
  fc.dictionary(fc.constantFrom(...names), value, { minKeys: 1, maxKeys: 2 });

/** The webhook's port, its gateway, its labels and namespace are those of the plane's gateway: see explain-envoy.test.ts. */
export interface GatewayFacts {
  readonly name: string;
  readonly namespace: string;
  readonly port: number;
  readonly labels: Readonly<Record<string, string>>;
}

function blockOf(gateway: GatewayFacts): fc.Arbitrary<JsonObject> {
  const part = (key: string, value: fc.Arbitrary<unknown>, weight: number): fc.Arbitrary<JsonObject> =>
    fc.oneof(
      { weight: 20 - weight, arbitrary: fc.constant({}) },
      { weight, arbitrary: value.map((one) => ({ [key]: one }) as JsonObject) },
    );
  return fc
    .tuple(
      part('uri', uri, 11),
      part('ignoreUriCase', fc.boolean(), 3),
      part(
        'method',
        fc.oneof(
          fc.constantFrom('GET', 'POST', 'get').map((exact) => ({ exact })),
          regexes('G.*', '.*'),
        ),
        3,
      ),
      part(
        'authority',
        fc.oneof(
          fc.constantFrom(HOST, `${HOST}:80`, `Sub.${HOST}`).map((exact) => ({ exact })),
          fc.constant({ prefix: 'sub.' }),
          regexes('.*:[0-9]+'),
        ),
        2,
      ),
      part(
        'scheme',
        fc.constantFrom('http', 'https').map((exact) => ({ exact })),
        2,
      ),
      part(
        'headers',
        mapOf(
          [
            ...HEADERS,
            'host',
            ':method',
            'x-forwarded-proto',
            'x-request-id',
            'x-forwarded-for',
            'content-length',
          ],
          text,
        ),
        5,
      ),
      part('withoutHeaders', mapOf(HEADERS, fc.oneof(text, fc.constant({ regex: '*' }))), 4),
      part('queryParams', mapOf(['x', 'y', 'X'], text), 3),
      part('port', fc.constantFrom(gateway.port, 80), 2),
      part('gateways', fc.subarray([gateway.name, 'mesh', 'other/gateway'], { minLength: 1 }), 2),
      part('sourceLabels', fc.constantFrom<JsonObject>(gateway.labels, { app: 'web' }), 1),
      part('sourceNamespace', fc.constantFrom(gateway.namespace, 'default'), 1),
    )
    .map((parts) => Object.assign({}, ...parts) as JsonObject);
}

/** Where the sample app's builds are: three subsets, whose labels a DestinationRule of each batch says. */
export const APP = '@app@';
export const SUBSETS = ['one', 'two', 'three'] as const;

const destination = fc
  .constantFrom(...SUBSETS)
  .map((subset) => ({ host: APP, subset, port: { number: 80 } }));

const sends: fc.Arbitrary<JsonObject> = fc.oneof(
  destination.map((one) => ({ route: [{ destination: one }] })),
  fc
    .array(fc.record({ destination, weight: fc.constantFrom(0, 1, 50, 100) }), { minLength: 1, maxLength: 3 })
    .filter((list) => list.length === 1 || list.some(({ weight }) => weight > 0))
    .map((route) => ({ route })),
);

const fault: fc.Arbitrary<JsonObject> = fc.constantFrom<JsonObject>(
  { abort: { httpStatus: 418, percentage: { value: 100 } } },
  { abort: { httpStatus: 418 } },
  { abort: { httpStatus: 418, percentage: { value: 0 } } },
);

const redirect: fc.Arbitrary<JsonObject> = fc
  .record(
    {
      uri: fc.constantFrom('/moved', '/moved?z=1', '/'),
      authority: fc.constantFrom('elsewhere.test', 'elsewhere.test:81'),
      scheme: fc.constantFrom('http', 'https'),
      port: fc.constantFrom(8080, 443),
      derivePort: fc.constantFrom('FROM_REQUEST_PORT', 'FROM_PROTOCOL_DEFAULT'),
      redirectCode: fc.constantFrom(302, 307, 308),
    },
    { requiredKeys: [] },
  )
  .map(({ port, derivePort, ...rest }) => (port === undefined ? { ...rest, derivePort } : { ...rest, port }))
  .filter((one) => 'uri' in one || 'authority' in one);

const deed: fc.Arbitrary<JsonObject> = fc.oneof(
  { weight: 6, arbitrary: sends },
  { weight: 1, arbitrary: fc.tuple(sends, fault).map(([sent, faults]) => ({ ...sent, fault: faults })) },
  { weight: 3, arbitrary: fc.constantFrom(200, 403, 503).map((status) => ({ directResponse: { status } })) },
  { weight: 2, arbitrary: redirect.map((one) => ({ redirect: one })) },
);

function routeOf(gateway: GatewayFacts): fc.Arbitrary<JsonObject> {
  const match = fc.oneof(
    { weight: 8, arbitrary: fc.array(blockOf(gateway), { minLength: 1, maxLength: 3 }) },
    { weight: 1, arbitrary: fc.constant([]) },
  );
  return fc
    .tuple(match, deed)
    .map(([blocks, what]) => ({ ...(blocks.length > 0 && { match: blocks }), ...what }));
}

function delegating(gateway: GatewayFacts): fc.Arbitrary<JsonObject> {
  return fc.tuple(fc.array(blockOf(gateway), { maxLength: 2 }), fc.boolean()).map(([blocks, inherits]) => ({
    ...(blocks.length > 0 && { match: blocks }),
    ...(inherits && { fault: { abort: { httpStatus: 418, percentage: { value: 100 } } } }),
    delegate: { name: DELEGATE, namespace: SPACES[1] },
  }));
}

const exportTo = (gateway: GatewayFacts): fc.Arbitrary<readonly string[]> =>
  mostly<readonly string[]>(
    [],
    [1, fc.constant(['*'])],
    [1, fc.constant([gateway.namespace])],
    [1, fc.constant(['.'])],
    [1, fc.constant(['.', gateway.namespace])],
  );

/** No host of one VirtualService may be covered by another of its own: the webhook refuses it. */
const HOSTS = [[HOST], [`*.${HOST}`], [`Sub.${HOST}`], [HOST, `*.${HOST}`], [`Sub.${HOST}`, HOST]];

export function worlds(gateway: GatewayFacts): fc.Arbitrary<World> {
  const route = routeOf(gateway);
  const http = fc.array(
    fc.oneof({ weight: 6, arbitrary: route }, { weight: 1, arbitrary: delegating(gateway) }),
    {
      minLength: 1,
      maxLength: 5,
    },
  );
  const space = fc.constantFrom<0 | 1>(0, 1);
  const root: fc.Arbitrary<WorldVirtualService> = fc.record({
    hosts: fc.constantFrom(...HOSTS),
    gateways: mostly<readonly string[]>(
      [gateway.name],
      [1, fc.constant(['mesh', gateway.name])],
      [1, fc.constant(['mesh'])],
    ),
    exportTo: exportTo(gateway),
    http,
    space,
    late: mostly(false, [3, fc.constant(true)]),
    letter: fc.constantFrom('a', 'b', 'c'),
  });
  return fc.record({
    roots: fc.array(root, { minLength: 1, maxLength: 3 }),
    delegate: fc.record({
      http: fc.array(route, { minLength: 1, maxLength: 3 }),
      space: fc.constant<1>(1),
      exportTo: mostly<readonly string[]>([], [1, fc.constant(['.'])], [1, fc.constant([SPACES[0]])]),
    }),
    requests: fc.array(request, { minLength: 1, maxLength: 40, size: 'max' }),
  });
}

const request: fc.Arbitrary<WorldRequest> = fc.record({
  method: mostly('GET', [3, fc.constantFrom('POST', 'DELETE', 'OPTIONS')]),
  authority: mostly(
    HOST,
    [3, fc.constantFrom(`sub.${HOST}`, `other.${HOST}`, `a.sub.${HOST}`)],
    [2, fc.constantFrom(`${HOST}:80`, `Sub.${HOST}:8080`, `SUB.${HOST}`, `un${HOST}`)],
  ),
  path: fc.tuple(fc.constantFrom(...PATHS), fc.constantFrom(...QUERIES)).map(([path, query]) => path + query),
  headers: fc.dictionary(
    fc.constantFrom('x-a', 'x-b', 'cookie', 'user-agent'),
    fc.constantFrom(...VALUES, 'A', 'a b'),
    {
      maxKeys: 2,
    },
  ),
});
