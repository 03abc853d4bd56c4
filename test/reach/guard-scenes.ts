/** Objects of the kinds that generated ones seldom are, and what is asked of each, one after the other. */
import type { DestinationRule, Route, RouteDestination, VirtualService } from '../../src/istio/types.ts';
import type { Snapshot } from '../../src/plan/types.ts';
import { destinationRule, snapshotOf, virtualService } from '../support/plane.ts';
import type { Step } from './worlds.ts';

export interface GuardScene {
  readonly name: string;
  readonly start: Snapshot;
  readonly steps: readonly Step[];
}

const to = (
  subset?: string,
  weight?: number,
  more: Partial<RouteDestination['destination']> = {},
): RouteDestination => ({
  destination: { host: 'api', ...(subset !== undefined && { subset }), ...more },
  ...(weight !== undefined && { weight }),
});

const at = (prefix: string, name?: string): Pick<Route, 'match' | 'name'> => ({
  ...(name !== undefined && { name }),
  match: [{ uri: { prefix } }],
});

const build = (name: string): Step => ({ 'pod-selector': `app=api,build=${name}` });
const headers = (name: string, more: Step = {}): Step => ({
  operation: 'headers',
  ...build(name),
  headers: 'x-cid=a',
  ...more,
});
const weight = (name: string, share: number, more: Step = {}): Step => ({
  operation: 'weight',
  ...build(name),
  weight: String(share),
  ...more,
});
const promote = (name: string, more: Step = {}): Step => ({ operation: 'promote', ...build(name), ...more });
const rollback = (name: string): Step => ({ operation: 'rollback', ...build(name) });

const RULE = destinationRule({
  v1: { app: 'api', version: '1' },
  v2: { app: 'api', version: '2' },
  qa: { app: 'api', version: 'qa' },
});

/** A partner's route and QA's, which nobody but they may change, and base routes with different treatment. */
const PARTNER: Route = { name: 'partner', match: [{ headers: { 'x-partner': {} } }], route: [to('qa')] };
const MAIN: Route = { name: 'main', timeout: '5s', route: [to('v1')] };
const ORDERS: Route = { ...at('/orders', 'orders'), retries: { attempts: 2 }, route: [to('v1')] };
const MANY: readonly Route[] = [PARTNER, ORDERS, { ...at('/pay', 'pay'), route: [to('v2')] }, MAIN];

const EVERY_STEP: readonly Step[] = [
  headers('7'),
  headers('8', { headers: 'x-cid=b\nx-user^=b' }),
  weight('7', 20),
  weight('8', 30),
  weight('7', 0),
  rollback('8'),
  weight('7', 100),
  promote('7'),
  headers('9', { headers: 'x-cid~=^a' }),
  weight('9', 50),
  { operation: 'clear' },
];

function scene(
  name: string,
  objects: readonly VirtualService[],
  steps = EVERY_STEP,
  rules = [RULE],
): GuardScene {
  return { name, start: snapshotOf(objects, rules), steps };
}

function withHosts(object: VirtualService, hosts: readonly string[]): VirtualService {
  return { ...object, spec: { ...object.spec, hosts } };
}

function inNamespace<T extends VirtualService | DestinationRule>(object: T, namespace: string): T {
  return { ...object, metadata: { ...object.metadata, namespace } };
}

const DELEGATE = withHosts(virtualService({ http: [ORDERS, MAIN] }, 'api-routes'), []);
const ROOT: VirtualService = {
  ...virtualService(
    { http: [{ match: [{ uri: { prefix: '/' } }], delegate: { name: 'api-routes', namespace: 'shop' } }] },
    'root',
  ),
  metadata: { name: 'root', namespace: 'shop', labels: { app: 'web' } },
};

const WEB_RULE: DestinationRule = {
  ...RULE,
  metadata: { ...RULE.metadata, name: 'web' },
  spec: { ...RULE.spec, host: 'web' },
};

const web = (subset: string): RouteDestination => ({ destination: { host: 'web', subset } });

export const SCENES: readonly GuardScene[] = [
  scene('several base routes beside others', [virtualService({ http: MANY })]),
  scene('shares of two builds', [
    virtualService({
      http: [
        { ...PARTNER, route: [to('v1', 70), to('qa', 30)] },
        { ...ORDERS, route: [to('v1', 70), to('v2', 30)] },
        { ...MAIN, route: [to('v1', 70), to('v2', 30)] },
      ],
    }),
  ]),
  scene(
    'paths alone',
    [
      virtualService({
        http: [
          { ...at('/a', 'a'), route: [to('v1')] },
          { ...at('/b', 'b'), route: [to('v1')] },
          { ...at('/web'), route: [web('v1')] },
        ],
      }),
    ],
    EVERY_STEP.map((step) =>
      step['operation'] === 'clear' || step['operation'] === 'rollback' ? step : { ...step, hostname: 'api' },
    ),
  ),
  scene(
    'paths to different builds, picked',
    [
      virtualService({
        http: [
          { ...at('/a', 'a'), route: [to('v1')] },
          { ...at('/b', 'b'), route: [to('v2')] },
          { ...at('/c'), route: [to('v1')] },
        ],
      }),
    ],
    [
      headers('7', { routes: 'b' }),
      weight('7', 20, { routes: 'http[0]' }),
      weight('8', 40, { routes: 'http[0], b' }),
      promote('8', { routes: 'api/http[2]' }),
      rollback('7'),
      promote('7', { routes: 'b' }),
      rollback('7'),
    ],
  ),
  scene('tls and tcp beside http', [
    virtualService({
      http: [PARTNER, MAIN],
      tls: [
        {
          match: [{ sniHosts: ['api.example.com'] }],
          route: [to('v1', undefined, { port: { number: 443 } })],
        },
        { match: [{ sniHosts: ['qa.example.com'] }], route: [to('qa')] },
      ],
      tcp: [
        { match: [{ port: 5432 }], route: [to('v1', undefined, { port: { number: 5432 } })] },
        { match: [{ port: 6000, destinationSubnets: ['10.0.0.0/8'] }], route: [to('qa')] },
      ],
    }),
  ]),
  scene(
    'tcp alone',
    [
      virtualService({
        tcp: [
          { match: [{ port: 5432 }], route: [to('v1', 50), to('v2', 50)] },
          {
            route: [to('qa')],
            match: [{ port: 1, sourceLabels: { app: 'qa' }, destinationSubnets: ['10.0.0.0/8'] }],
          },
        ],
      }),
    ],
    [
      weight('7', 20),
      weight('8', 10),
      headers('7'),
      rollback('7'),
      promote('8'),
      rollback('8'),
      { operation: 'clear' },
    ],
  ),
  scene(
    'several VirtualServices',
    [
      virtualService({ http: [PARTNER, MAIN] }),
      withHosts(virtualService({ http: [ORDERS, { route: [to('v1')] }] }, 'internal'), [
        'internal.example.com',
      ]),
      withHosts(virtualService({ http: [{ route: [web('v1')] }] }, 'web'), ['web.example.com']),
      inNamespace(
        withHosts(
          virtualService({
            http: [{ route: [{ destination: { host: 'api.shop.svc.cluster.local', subset: 'v1' } }] }],
          }),
          ['other.example.com'],
        ),
        'other',
      ),
    ],
    EVERY_STEP.map((step) =>
      step['operation'] === 'clear' || step['operation'] === 'rollback' ? step : { ...step, hostname: 'api' },
    ),
    [RULE, WEB_RULE],
  ),
  scene(
    'picks in one of several',
    [
      virtualService({ http: [ORDERS, MAIN] }),
      withHosts(virtualService({ http: [ORDERS, MAIN] }, 'internal'), ['internal.example.com']),
    ],
    [
      weight('7', 20, { routes: 'internal/http[0]' }),
      headers('7', { routes: 'internal/main' }),
      weight('8', 20, { routes: 'main' }),
      promote('7', { routes: 'api/http[1], internal/http[0]' }),
      rollback('8'),
    ],
  ),
  scene('a delegate', [ROOT, DELEGATE]),
  scene('several gateways and ports in one', [
    virtualService({
      http: [
        { name: 'admin', match: [{ port: 9000 }], route: [to('v2')] },
        { name: 'mesh', match: [{ gateways: ['mesh'] }], route: [to('v1')] },
        {
          name: 'in',
          match: [{ gateways: ['shop/in'], uri: { prefix: '/' } }],
          timeout: '1s',
          route: [to('v1')],
        },
        { name: 'jobs', match: [{ sourceLabels: { app: 'job' } }], route: [to('v1')] },
        { match: [{ method: { exact: 'POST' } }], route: [to('qa')] },
        { route: [to('v1')] },
      ],
    }),
  ]),
  scene(
    'ports',
    [
      virtualService({
        http: [
          { ...at('/grpc'), route: [to('v1', undefined, { port: { number: 9000 } })] },
          { route: [to('v1', undefined, { port: { number: 8080 } })] },
        ],
      }),
    ],
    [
      weight('7', 20, { hostname: 'api', port: '8080' }),
      headers('7', { hostname: 'api', port: '8080' }),
      weight('8', 20, { hostname: 'api.shop.svc.cluster.local' }),
      promote('8', { hostname: 'api', port: '9000' }),
      rollback('7'),
    ],
  ),
  scene('other spellings of the host', [
    virtualService({
      http: [
        { ...at('/a'), route: [{ destination: { host: 'api.shop.svc.cluster.local', subset: 'v1' } }] },
        { ...at('/b'), route: [{ destination: { host: 'api.other.svc.cluster.local', subset: 'v1' } }] },
        { route: [to('v1')] },
      ],
    }),
  ]),
  scene(
    'the whole service, kept to a stable subset',
    [
      virtualService({
        http: [
          PARTNER,
          ORDERS,
          { ...ORDERS, ...at('/all', 'all'), route: [to()] },
          { name: 'main', route: [to()] },
        ],
      }),
    ],
    [
      headers('7', { 'stable-pod-selector': 'app=api,version=1' }),
      weight('7', 20, { 'stable-pod-selector': 'app=api,version=1' }),
      weight('8', 20, { 'stable-pod-selector': 'app=api,version=2' }),
      headers('8', { headers: 'x-cid=b', 'stable-pod-selector': 'app=api,version=1' }),
      rollback('7'),
      rollback('8'),
    ],
  ),
  scene(
    'a subset that is there under another name',
    [virtualService({ http: MANY })],
    [
      { ...headers('x'), 'pod-selector': 'app=api,version=2' },
      { ...weight('x', 30), 'pod-selector': 'app=api,version=2' },
      { ...weight('x', 10), 'pod-selector': 'app=api,version=qa' },
      { ...promote('x'), 'pod-selector': 'app=api,version=2' },
      { ...rollback('x'), 'pod-selector': 'app=api,version=2' },
    ],
  ),
  scene('entries with headers of their own', [
    virtualService({
      http: [
        {
          name: 'main',
          route: [
            { ...to('v1', 60), headers: { request: { set: { 'x-a': '1' } } } },
            { ...to('v1', 20), headers: { request: { set: { 'x-a': '2' } } } },
            to('v2', 20),
          ],
        },
      ],
    }),
  ]),
  scene('mirrors', [
    virtualService({
      http: [
        { ...MAIN, mirror: { host: 'api', subset: 'qa' }, mirrorPercentage: { value: 10 } },
        PARTNER,
      ].toReversed(),
    }),
  ]),
  scene('headers that routes match already', [
    virtualService({
      http: [
        {
          match: [{ headers: { 'X-Cid': { exact: 'a' } }, uri: { prefix: '/x' } }, { uri: { prefix: '/y' } }],
          route: [to('v1')],
        },
        { match: [{ headers: { 'x-cid': { exact: 'other' } } }], route: [to('v1')] },
        { match: [{ withoutHeaders: { 'x-user': {} }, uri: { prefix: '/z' } }], route: [to('v1')] },
        MAIN,
      ],
    }),
  ]),
  scene(
    'builds in turn',
    [virtualService({ http: [PARTNER, ORDERS, MAIN] })],
    [
      weight('7', 20),
      weight('8', 50),
      weight('9', 100),
      weight('7', 10),
      rollback('9'),
      headers('8', { headers: 'x-cid=a' }),
      headers('9', { headers: 'x-cid=a' }),
      headers('7', { headers: 'x-cid' }),
      promote('8'),
      rollback('8'),
      { operation: 'undo' },
      rollback('7'),
      { operation: 'undo', to: '3' },
      promote('9'),
      { operation: 'undo', ...build('9') },
      { operation: 'clear' },
    ],
  ),
  scene(
    'promoted and back',
    [virtualService({ http: [PARTNER, ORDERS, MAIN] })],
    [
      weight('7', 30),
      headers('8'),
      promote('7'),
      rollback('7'),
      promote('8'),
      weight('9', 40),
      rollback('8'),
      rollback('9'),
    ],
  ),
  scene(
    'what the Go istiops left',
    [
      virtualService({
        http: [
          { match: [{ headers: { 'x-cid': { exact: 'a' } } }], route: [to('api-10-shop')] },
          PARTNER,
          { match: [{ uri: { regex: '.+' } }], route: [to('v1', 80), to('api-11-shop', 20)] },
        ],
      }),
    ],
    [weight('7', 20), headers('8'), { operation: 'clear' }],
    [
      destinationRule({
        v1: { app: 'api', version: '1' },
        qa: { app: 'api', version: 'qa' },
        'api-10-shop': { app: 'api', version: '10' },
        'api-11-shop': { app: 'api', version: '11' },
        'api-12-shop': { app: 'api', version: '12' },
      }),
    ],
  ),
];
