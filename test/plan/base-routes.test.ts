import { describe, expect, test } from 'vitest';
import type { Destination, Match, Route, VirtualService } from '../../src/istio/types.ts';
import { baseRoutes, resolveService } from '../../src/plan/base-routes.ts';
import { intentOf, virtualService } from '../support/plane.ts';
import { pickOf, checkPicks } from '../../src/plan/route-picks.ts';

const API = 'api.shop.svc.cluster.local';

const to = (host: string, subset?: string, port?: number): { destination: Destination } => ({
  destination: {
    host,
    ...(subset !== undefined && { subset }),
    ...(port !== undefined && { port: { number: port } }),
  },
});
const path = (prefix: string): Match => ({ uri: { prefix } });
const picksOf = (routes: string) => {
  const intent = intentOf({ operation: 'promote', 'pod-selector': 'app=api', routes });
  return 'routes' in intent ? intent.routes : [];
};

describe('the base routes', () => {
  type Lists = Partial<Record<'http' | 'tls' | 'tcp', readonly Route[]>>;

  test.for<[string, Lists, expected: string[], port?: number | undefined, routes?: string]>([
    [
      'every default route that sends to the service, once for each scope',
      {
        http: [
          { match: [{ port: 80 }], route: [to('api', 'v1')] },
          { match: [{ port: 81 }], route: [to('api', 'v2')] },
        ],
      },
      ['http[0]', 'http[1]'],
    ],
    ['with any destination of it', { http: [{ route: [to('web'), to('api', 'v1')] }] }, ['http[0]']],
    [
      'and others that send to the same, in any order and spelling',
      {
        http: [
          { match: [path('/a')], route: [to('api', 'v2'), to(API, 'v1')] },
          { match: [path('/b')], route: [to('api', 'v1')] },
          { match: [path('/c')], route: [to('api', 'v3'), to('api', 'v1')] },
          { match: [path('/d')], route: [to('api'), to('api', 'v1')] },
          { route: [to('api', 'v1'), to('api', 'v2')] },
        ],
      },
      ['http[0]', 'http[4]'],
    ],
    [
      'of the same kind by the same port',
      {
        http: [
          { match: [path('/a')], route: [to('api', 'v1', 81)] },
          { match: [path('/b')], route: [to('api', 'v1')] },
          { route: [to('api', 'v1', 80)] },
        ],
      },
      ['http[2]'],
    ],
    [
      'of another kind by whatever port',
      {
        http: [{ route: [to('api', 'v1', 80)] }],
        tcp: [
          { match: [{ destinationSubnets: ['10.0.0.0/8'] }], route: [to('api', 'v1', 5432)] },
          { match: [{ destinationSubnets: ['11.0.0.0/8'] }], route: [to('api', 'v2', 5432)] },
        ],
      },
      ['http[0]', 'tcp[0]'],
    ],
    [
      'without a default route, all if they send to the same',
      {
        http: [
          { match: [path('/a')], route: [to('api', 'v1')] },
          { match: [path('/b')], route: [to('web')] },
          { match: [path('/c')], route: [to(API, 'v1')] },
        ],
      },
      ['http[0]', 'http[2]'],
    ],
    ['none where nothing leads there', { http: [{ route: [to('web')] }, { redirect: {} }] }, []],
    ['none where only another port does', { http: [{ route: [to('api', 'v1', 81)] }] }, [], 80],
    [
      'those picked, by index or name',
      {
        http: [
          { match: [path('/a')], route: [to('api', 'v1')] },
          { name: 'b', match: [path('/b')], route: [to('api', 'v2')] },
          { route: [to('api', 'v3')] },
        ],
        tcp: [{ route: [to('api', 'v1')] }],
      },
      ['http[0]', 'http[1] (b)'],
      undefined,
      'http[0],b',
    ],
  ])('%s', ([, lists, expected, port, routes = '']) => {
    const service = { host: API, ...(port !== undefined && { port }) };
    const found = baseRoutes(virtualService(lists), service, picksOf(routes));
    expect(found.map(pickOf)).toEqual(expected);
  });

  test.for<[message: string, http: Route[], port?: number | undefined, routes?: string]>([
    [
      'send to different destinations: http[0] → api subset v1, http[1] → api subset v2:81 + web. Pick those to shift with `routes`, for example `routes: http#1` (http#1 is the first hand-written http route).',
      [
        { match: [path('/a')], route: [to('api', 'v1')] },
        { match: [path('/b')], route: [to('api', 'v2', 81), to('web')] },
      ],
    ],
    [
      'send to different destinations: http[0] → api:80, http[1] → api:81.',
      [
        { match: [path('/a')], route: [to('api', undefined, 80)] },
        { match: [path('/b')], route: [to('api', undefined, 81)] },
      ],
    ],
    [
      `picked by \`routes\`, does not send to ${API}: it sends to web. Change`,
      [{ route: [to('web')] }],
      undefined,
      'http[0]',
    ],
    [
      `does not send to ${API} at port 80: it sends to api:81. Change`,
      [{ route: [to('api', undefined, 81)] }],
      80,
      'http[0]',
    ],
    ['it sends to nothing. Change', [{ redirect: {} }], undefined, 'http[0]'],
  ])('%s', ([message, http, port, routes = '']) => {
    const service = { host: API, ...(port !== undefined && { port }) };
    expect(() => baseRoutes(virtualService({ http }), service, picksOf(routes))).toThrow(message);
  });
});

describe('the service that is meant', () => {
  type Asked = { readonly hostname?: string; readonly port?: number; readonly routes?: string };
  const resolve = (objects: readonly VirtualService[], { routes = '', ...asked }: Asked = {}) =>
    resolveService(objects, { ...asked, routes: picksOf(routes) }, 'shop');

  const web = { match: [path('/web')], route: [to('web')] };
  const main = { route: [to('api', 'v1')] };

  test.for<[string, http: Route[][], asked: Asked, expected: object]>([
    ['is the one given', [[main]], { hostname: 'web' }, { host: 'web.shop.svc.cluster.local' }],
    [
      'is the one given, with its port',
      [[main]],
      { hostname: 'web.io', port: 80 },
      { host: 'web.io', port: 80 },
    ],
    ['is that of the default route', [[web, main]], {}, { host: API }],
    [
      'is that of all routes, without a default route',
      [[{ ...main, match: [path('/a')] }]],
      {},
      { host: API },
    ],
    [
      'is that of the others, where the default route redirects',
      [[{ ...main, match: [path('/a')] }, { redirect: {} }]],
      {},
      { host: API },
    ],
    [
      'is that of the routes picked',
      [[web, { ...web, name: 'b' }, main]],
      { routes: 'http[0],b' },
      { host: 'web.shop.svc.cluster.local' },
    ],
    [
      'is the one at the port',
      [[{ route: [to('api', 'v1', 80), to('web', undefined, 81)] }]],
      { port: 80 },
      { host: API, port: 80 },
    ],
    [
      'is the one that leaves the port open',
      [[{ route: [to('api', 'v1'), to('web', undefined, 81)] }]],
      { port: 80 },
      { host: API, port: 80 },
    ],
    ['is the same in all', [[main], [{ route: [to(API)] }]], {}, { host: API }],
  ])('%s', ([, https, asked, expected]) => {
    const objects = https.map((http) => virtualService({ http }));
    expect(resolve(objects, asked)).toEqual(expected);
  });

  test.for<[message: string, http: Route[], asked?: Asked]>([
    ['send to several services: api.shop.svc.cluster.local, web.shop', [{ route: [to('api'), to('web')] }]],
    ['send to several services: web.shop', [web, { ...main, match: [path('/a')] }]],
    ['sends to a service, so there is no traffic', [{ redirect: {} }]],
    ['sends to a service at port 80, so', [{ route: [to('api', 'v1', 81)] }], { port: 80 }],
  ])('%s', ([message, http, asked]) => {
    expect(() => resolve([virtualService({ http })], asked)).toThrow(message);
  });
});

test.for<[routes: string, missing: string | null]>([
  ['', null],
  ['http[0]', null],
  ['main', null],
  ['api/http[0]', null],
  ['web/tcp[0]', null],
  ['tcp[0],main', null],
  ['http[1]', 'http[1]'],
  ['tls[0]', 'tls[0]'],
  ['other', 'other'],
  ['web/main', 'web/main'],
  ['main,other,http[2]', 'other, http[2]'],
])('picks have to mean something: %s', ([routes, missing]) => {
  const objects = [
    virtualService({ http: [{ name: 'main', route: [to('api')] }] }),
    virtualService({ tcp: [{ route: [to('api')] }] }, 'web'),
  ];
  const check = (): void => {
    checkPicks(picksOf(routes), objects);
  };
  if (missing === null) expect(check).not.toThrow();
  else
    expect(check).toThrow(
      `\`routes\` picks ${missing}, which no selected VirtualService has. There are: api/http#1 (main), web/tcp#1 (`,
    );
});
