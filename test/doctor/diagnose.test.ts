import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { diagnose as diagnosisOf } from '../../src/doctor/diagnose.ts';
import type { ProxyView } from '../../src/confirm/proxy-view.ts';
import type { ClusterFacts, Diagnosis, Facts, Examined, ProxyFacts } from '../../src/doctor/types.ts';
import { doctorText } from '../../src/doctor/words.ts';
import type { PodView, Route, VirtualService } from '../../src/istio/types.ts';
import type { Listing, Snapshot } from '../../src/plan/types.ts';
import { to } from '../support/builds.ts';
import { destinationRule, snapshotOf, virtualService } from '../support/plane.ts';

const SCHEMA: unknown = JSON.parse(
  readFileSync(new URL('../../schema/doctor.schema.json', import.meta.url), 'utf8'),
);
const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(SCHEMA as object);

/** Every diagnosis is what the schema promises. */
function diagnose(facts: Facts): Diagnosis {
  const diagnosis = diagnosisOf(facts);
  validate(JSON.parse(JSON.stringify(diagnosis)));
  expect(validate.errors).toBeNull();
  return diagnosis;
}

const RULE = destinationRule({ v1: { app: 'api', build: '1' }, v7: { app: 'api', build: '7' } });
const SERVICE = {
  kind: 'Service',
  name: 'api',
  namespace: 'shop',
  hosts: ['api.shop.svc.cluster.local'],
  ports: [80],
  selector: { app: 'api' },
} as const;

function known<T>(value: T): Examined<T> {
  return { state: 'known', value };
}

function pods(...builds: readonly string[]): Listing<PodView> {
  const items = builds.map((build) => ({ name: `api-${build}`, labels: { app: 'api', build }, ready: true }));
  return { state: 'known', items };
}

const CLUSTER: ClusterFacts = {
  namespace: 'shop',
  identity: known({ user: 'ci', groups: ['system:authenticated'] }),
  rights: known([
    { verb: 'update', group: 'networking.istio.io', resource: 'virtualservices', isAllowed: true },
    { verb: 'list', group: '', resource: 'pods', isAllowed: true },
  ]),
  role: 'kind: Role\n',
  istiod: known([{ version: '1.27.1', revision: 'default', pods: 2 }]),
};

const ACCESS = {
  source: 'home',
  origin: 'the kubeconfig ~/.kube/config',
  context: 'prod',
  server: 'https://10.0.0.1:6443',
} as const;

/** A cluster where nothing speaks against anything, but for what is given. */
function facts(given: {
  readonly http?: readonly Route[];
  readonly others?: readonly VirtualService[];
  readonly snapshot?: Partial<Snapshot>;
  readonly cluster?: Partial<ClusterFacts>;
  readonly objects?: Examined<Snapshot>;
  readonly proxies?: Facts['proxies'];
}): Facts {
  const { http = [{ route: [to('v1')] }], others = [], snapshot, cluster, objects, proxies } = given;
  const read: Snapshot = {
    ...snapshotOf([virtualService({ http }), ...others], [RULE]),
    source: 'kubernetes',
    gatewayApiRoutes: [],
    rulesOf: 'all',
    pods: pods('1', '7'),
    services: { state: 'known', items: [SERVICE] },
    ...snapshot,
  };
  return {
    place: 'kubernetes',
    way: known({ name: 'cluster https://10.0.0.1:6443', access: ACCESS }),
    cluster: { ...CLUSTER, ...cluster },
    objects: objects ?? known(read),
    proxies: proxies ?? null,
    warnings: [],
  };
}

function found(given: Parameters<typeof facts>[0]): readonly (readonly [string, string])[] {
  return diagnose(facts(given)).findings.map(({ severity, code }) => [severity, code]);
}

function messages(given: Parameters<typeof facts>[0]): string {
  return diagnose(facts(given))
    .findings.map(({ message }) => message)
    .join('\n');
}

describe('diagnose', () => {
  it('is content where nothing is missing', () => {
    const diagnosis = diagnose(facts({}));
    expect([diagnosis.isReady, diagnosis.findings]).toEqual([true, []]);
    expect(doctorText(diagnosis, { colour: false })).toBe(`\
Kubeconfig  the kubeconfig ~/.kube/config
Context     prod
Cluster     https://10.0.0.1:6443
User        ci (system:authenticated)
Rights      all 2 of the Role
istiod      1.27.1 (2 pods)
Namespace   shop
Objects     1 VirtualService, 1 DestinationRule
Proxies     not asked

Nothing stands in the way.
`);
  });

  it('has nothing but the fault where there is no way to a cluster', () => {
    const way = { state: 'unknown', reason: 'invalid-input', why: 'No kubeconfig was found.' } as const;
    const diagnosis = diagnose({
      place: 'kubernetes',
      way,
      cluster: null,
      objects: null,
      proxies: null,
      warnings: [],
    });
    expect(diagnosis.isReady).toBe(false);
    expect(doctorText(diagnosis, { colour: false })).toBe(
      'Cluster  none found\n\n✖ No kubeconfig was found.\n\n1 problem in the way.\n',
    );
  });

  it('says once that nobody answers', () => {
    const down = { state: 'unknown', reason: 'unreachable', why: 'Nobody answers. Tried 3 times.' } as const;
    const slow = { ...down, why: 'Nobody answers. Tried 4 times.' };
    const given = { cluster: { identity: down, rights: slow, istiod: down }, objects: slow };
    expect(found(given)).toEqual([['error', 'unreachable']]);
  });
});

describe('rights', () => {
  const right = (verb: string, resource: string, isAllowed = false) => ({
    verb,
    group: resource === 'pods' ? '' : 'networking.istio.io',
    resource,
    isAllowed,
  });

  it('without which nothing can be written', () => {
    const rights = known([right('list', 'virtualservices', true), right('update', 'virtualservices')]);
    expect(found({ cluster: { rights } })).toEqual([['error', 'right-missing']]);
    expect(messages({ cluster: { rights } })).toBe(
      'You may not update virtualservices: show and explain work, and every change is refused. ' +
        'Grant it with this Role (kubectl apply -f -):\n\nkind: Role',
    );
  });

  it('without which nothing can be read, said once', () => {
    const rights = known([right('list', 'virtualservices'), right('list', 'pods')]);
    const objects = { state: 'unknown', reason: 'forbidden', why: 'Not allowed.' } as const;
    const diagnosis = diagnose(facts({ cluster: { rights }, objects }));
    expect([diagnosis.namespace, diagnosis.virtualServices]).toEqual(['shop', null]);
    expect(messages({ cluster: { rights }, objects })).toContain(
      'list virtualservices: nothing can be done here.',
    );
    expect(found({ cluster: { rights }, objects })).toEqual([
      ['error', 'right-missing'],
      ['warning', 'right-missing'],
    ]);
  });

  it('without which checks are left out', () => {
    expect(found({ cluster: { rights: known([right('list', 'pods')]) } })).toEqual([
      ['warning', 'right-missing'],
    ]);
  });

  it('that nobody tells of are no problem', () => {
    const unknown = { state: 'unknown', reason: 'not-found', why: 'no such path' } as const;
    expect(found({ cluster: { identity: unknown, rights: unknown, istiod: unknown } })).toEqual([
      ['notice', 'not-visible'],
      ['notice', 'not-visible'],
      ['notice', 'not-visible'],
    ]);
  });

  it('of nobody', () => {
    const identity = known({ user: 'system:anonymous', groups: ['system:unauthenticated'] });
    expect(found({ cluster: { identity } })).toEqual([['error', 'unauthorized']]);
  });

  it('an istiod that is nowhere in sight', () => {
    expect(found({ cluster: { istiod: known([]) } })).toEqual([['notice', 'istiod-not-visible']]);
  });
});

describe('objects', () => {
  const bare = (name: string): VirtualService => {
    const { spec, ...rest } = virtualService({ http: [{ route: [to('v1')] }] }, name);
    return { ...rest, metadata: { name, namespace: 'shop' }, spec };
  };

  it('no VirtualService at all', () => {
    expect(found({ snapshot: { virtualServices: [] } })).toEqual([['error', 'no-virtual-service']]);
  });

  it('VirtualServices without labels', () => {
    const given = { others: [bare('web'), bare('cart')] };
    expect(found(given)).toEqual([['warning', 'no-labels']]);
    expect(messages(given)).toBe(
      '2 VirtualServices have no labels, so no `label-selector` chooses them: web, cart. ' +
        'Select by name with `virtual-service`, or add a label, for example: kubectl label virtualservice web --namespace shop app=web',
    );
  });

  it('a host without a DestinationRule', () => {
    const given = { http: [{ route: [to('', undefined, 'web')] }] };
    expect(found(given)).toEqual([['warning', 'destinationrule-missing']]);
    expect(messages(given)).toContain(
      'the host web.shop.svc.cluster.local, which VirtualService shop/api routes to',
    );
    // Whether the other namespace has one, nobody has looked.
    const elsewhere = [{ route: [to('', undefined, 'web.infra.svc.cluster.local')] }];
    expect(found({ http: elsewhere, snapshot: { rulesOf: ['shop'] } })).toEqual([]);
  });

  it('a subset that nobody defines', () => {
    const given = { http: [{ route: [to('v2')] }] };
    expect(found(given)).toEqual([['error', 'subset-missing']]);
    expect(messages(given)).toContain('It sends to subset v2 of api.shop.svc.cluster.local');
    expect(messages(given)).toContain('DestinationRule shop/api, which the proxies of namespace shop use,');
  });

  it('a subset that a rule may define which nobody has read', () => {
    const given = {
      http: [{ route: [to('v2', undefined, 'web.infra.svc.cluster.local')] }],
      snapshot: { rulesOf: ['shop'] },
    };
    expect(found(given)).toEqual([['warning', 'subset-missing']]);
  });

  it('a preview without pods, and a route without pods', () => {
    const preview = {
      name: 'istiops-v7',
      match: [{ headers: { 'x-cid': { exact: 'a' } } }],
      route: [to('v7')],
    };
    const http = [preview, { route: [to('v1')] }];
    expect(found({ http, snapshot: { pods: pods('1') } })).toEqual([['warning', 'preview-without-pods']]);
    expect(messages({ http, snapshot: { pods: pods('1') } })).toContain(
      'istiops traffic rollback --namespace shop --pod-selector app=api,build=7',
    );
    expect(found({ http, snapshot: { pods: pods('7') } })).toEqual([['warning', 'no-ready-pod']]);
  });

  it('what may not be read is no fault of the routes', () => {
    expect(found({ snapshot: { pods: { state: 'forbidden', reason: 'no' } } })).toEqual([]);
  });

  it('a share of 0 needs no pod', () => {
    const http = [{ route: [to('v1', 100), to('v7', 0)] }];
    expect(found({ http, snapshot: { pods: pods('1') } })).toEqual([]);
  });
});

describe('proxies', () => {
  const view = (proxy: string, state: ProxyView['state'], words = ''): ProxyView => ({
    virtualService: 'shop/api',
    proxy,
    kind: 'gateway',
    state,
    words,
  });
  const asked = (views: readonly ProxyView[], more: Partial<ProxyFacts> = {}) => ({
    proxies: known({ views, gaps: [], roles: '', ...more }),
  });

  it('that have the routes are counted', () => {
    const given = asked([view('edge/a', 'has'), view('edge/b', 'has'), view('edge/b', 'absent')]);
    expect(found(given)).toEqual([]);
    const diagnosis = diagnose(facts(given));
    expect(diagnosis.proxies).toEqual({ upToDate: 2, asked: 2 });
    expect(doctorText(diagnosis, { colour: false })).toContain('Proxies     2 of 2 have the routes of now');
  });

  it('that have others are named, with what differs', () => {
    const given = asked([view('edge/a', 'has'), view('edge/b', 'differs', 'route main sends to v1 100 %')]);
    expect(found(given)).toEqual([['warning', 'proxies-differ']]);
    expect(messages(given)).toContain(
      '- gateway edge/b, VirtualService shop/api: route main sends to v1 100 %',
    );
    expect(diagnose(facts(given)).proxies).toEqual({ upToDate: 1, asked: 2 });
  });

  it('that may not be asked: what happens then, and the Role that would change it', () => {
    const given = asked([], { gaps: ['you may not list pods in namespace edge'], roles: 'kind: Role' });
    expect(found(given)).toEqual([['notice', 'proxies-not-asked']]);
    expect(messages(given)).toContain(
      'who may forward to a port of a gateway may also stop it.\n\nkind: Role',
    );
    expect(diagnose(facts(given)).proxies).toBeNull();
  });
});
