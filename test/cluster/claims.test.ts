/**
 * What a run says of requests, held against Envoy: each sentence "these requests: v1 → api-v2" names an example, which
 * is sent a hundred times; and where a run refuses because nothing would change, it is forced, and nothing may change.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { GATEWAY } from './plane/envoy.ts';
import { ROOT_NAMESPACE } from './plane/istiod.ts';
import { until } from './plane/processes.ts';
import { ask, type Ask } from './plane/traffic.ts';
import { istiops, type Inputs, type Result } from './support/doors.ts';
import { askMany, type Counts } from './support/many.ts';
import { create, to } from './support/objects.ts';
import { sharedPlane, WAIT, type Plane } from './support/plane.ts';
import { binomialRange } from './support/statistics.ts';

const REQUESTS = 100;
/** Of ten thousand correct shares one is called wrong. */
const CONFIDENCE = 0.9999;

let plane: Plane;

beforeAll(async () => {
  plane = await sharedPlane();
});

/** The texts `@api@` are replaced by the host of the service. */
interface Kind {
  readonly title: string;
  readonly operation: 'headers' | 'weight' | 'promote';
  readonly inputs?: Inputs;
  /** Routes of the VirtualService that is changed. */
  readonly http: (host: string) => readonly unknown[];
  /** Other VirtualServices, older than that one. */
  readonly older?: (host: string) => readonly Other[];
  /** Without hosts and gateways: a delegate. */
  readonly isDelegate?: true;
  /** Added to the changed VirtualService. */
  readonly spec?: Readonly<Record<string, unknown>>;
  /** The DestinationRule is in the root namespace, in place of the service's. */
  readonly isRuleElsewhere?: true;
  readonly expected: Refused | Done;
}

interface Other {
  readonly name: string;
  readonly spec: (host: string) => Readonly<Record<string, unknown>>;
}

/** Refused by a check, naming what takes the requests; forced, these requests get what they got. */
interface Refused {
  readonly code: string;
  readonly names: RegExp;
  readonly requests: readonly Omit<Ask, 'host'>[];
  /** `changes`: forced, what was warned of comes about. `refused`: force doesn't help. */
  readonly forced?: 'changes' | 'refused';
}

/** Done, with these findings at least. */
interface Done {
  readonly findings?: readonly string[];
}

const HEADERS = { headers: 'x-cid=seu_madruga' };
const ME = { headers: { 'x-cid': 'seu_madruga' } };
const base = (host: string): unknown => ({ name: 'default', route: [to(host, 'v1')] });
const above =
  (match: unknown, subset = 'qa') =>
  (host: string) => [{ name: 'partner', match: [match], route: [to(host, subset)] }, base(host)];
const onGateway = (host: string, http: readonly unknown[]): Readonly<Record<string, unknown>> => ({
  hosts: [host],
  gateways: [GATEWAY],
  http,
});

const REACHED = {};
const UNREACHABLE = { code: 'preview-unreachable', names: /partner/, requests: [ME, {}] };
const previewBelow = (title: string, match: unknown, expected: Kind['expected']): Kind => ({
  title,
  operation: 'headers',
  inputs: HEADERS,
  http: above(match),
  expected,
});

const KINDS: readonly Kind[] = [
  previewBelow('a header in capitals above', { headers: { 'X-Cid': { prefix: 'seu' } } }, UNREACHABLE),
  previewBelow('a regex above', { headers: { 'x-cid': { regex: 'seu_.*|quico' } } }, UNREACHABLE),
  previewBelow('a prefix above', { headers: { 'x-cid': { prefix: 'seu_' } } }, UNREACHABLE),
  previewBelow('the presence of the header above', { headers: { 'X-Cid': {} } }, UNREACHABLE),
  previewBelow(
    'a prefix above that the header lacks',
    { headers: { 'x-cid': { prefix: 'quico' } } },
    REACHED,
  ),
  previewBelow('a path above that every request has', { uri: { regex: '/.*' } }, UNREACHABLE),
  previewBelow(
    'a second default route above, which gets a preview of its own',
    { uri: { prefix: '/' } },
    REACHED,
  ),
  {
    title: 'two gateways, one of them the mesh',
    operation: 'weight',
    inputs: { weight: '50' },
    http: (host) => [base(host)],
    spec: { gateways: ['mesh', GATEWAY] },
    expected: {},
  },
  {
    title: 'a route above for the other gateway alone',
    operation: 'headers',
    inputs: HEADERS,
    http: above({ gateways: ['mesh'], headers: { 'x-cid': {} } }),
    spec: { gateways: ['mesh', GATEWAY] },
    expected: {},
  },
  {
    title: 'a rule of the root namespace',
    operation: 'weight',
    inputs: { weight: '50' },
    http: (host) => [base(host)],
    isRuleElsewhere: true,
    expected: { code: '', names: /istio-system/, requests: [{}, ME], forced: 'refused' },
  },
  {
    title: 'the same host on an older VirtualService: a share of the younger',
    operation: 'weight',
    inputs: { weight: '50' },
    http: (host) => [base(host)],
    older: () => [{ name: 'older', spec: (host) => onGateway(host, [{ route: [to(host, 'qa')] }]) }],
    expected: { code: 'weight-unreachable', names: /older/, requests: [{}, ME] },
  },
  {
    title:
      'the same host on an older VirtualService: a preview of the younger comes before its default route',
    operation: 'headers',
    inputs: HEADERS,
    http: (host) => [base(host)],
    older: () => [{ name: 'older', spec: (host) => onGateway(host, [{ route: [to(host, 'qa')] }]) }],
    expected: { code: 'others-change', names: /in place of qa/, requests: [ME], forced: 'changes' },
  },
  previewBelow('a route above for some of the requests', { uri: { prefix: '/reports' } }, REACHED),
  previewBelow(
    'a route above for all without another header',
    { withoutHeaders: { 'X-Internal': {} } },
    REACHED,
  ),
  {
    title: 'a delegate whose preview its root is at odds with',
    operation: 'headers',
    inputs: { headers: 'x-preview=pr-12' },
    http: (host) => [base(host)],
    isDelegate: true,
    older: () => [
      {
        name: 'root',
        spec: (host) =>
          onGateway(host, [
            { match: [{ headers: { 'x-preview': { regex: 'pr-.*' } } }], delegate: { name: 'api' } },
            { route: [to(host, 'qa')] },
          ]),
      },
    ],
    expected: {
      code: 'preview-unreachable',
      names: /root/,
      requests: [{ headers: { 'x-preview': 'pr-12' } }, {}],
    },
  },
  {
    title: 'a delegate whose root leaves all of a path to it',
    operation: 'weight',
    inputs: { weight: '50' },
    http: (host) => [base(host)],
    isDelegate: true,
    older: () => [
      {
        name: 'root',
        spec: (host) =>
          onGateway(host, [
            { match: [{ uri: { prefix: '/api' } }], delegate: { name: 'api' } },
            { route: [to(host, 'qa')] },
          ]),
      },
    ],
    expected: {},
  },
  {
    title: 'a redirect above',
    operation: 'weight',
    inputs: { weight: '50' },
    http: (host) => [
      { name: 'moved', match: [{ uri: { regex: '/.*' } }], redirect: { authority: 'other.test' } },
      base(host),
    ],
    expected: { code: 'weight-unreachable', names: /moved/, requests: [{}, ME] },
  },
  {
    title: 'a share with a partner pinned to another build',
    operation: 'weight',
    inputs: { weight: '50' },
    http: above({ headers: { 'x-partner': { exact: 'yes' } } }),
    expected: {},
  },
  {
    title: 'a promotion with a partner pinned to another build',
    operation: 'promote',
    http: above({ headers: { 'x-partner': { exact: 'yes' } } }),
    expected: {},
  },
];

describe('what is said of requests is what they get', () => {
  test.concurrent.for(KINDS)('$title', async (kind) => {
    const { host, namespace } = await prepare(kind);
    const inputs = {
      namespace,
      'label-selector': 'app=api',
      'pod-selector': 'app=api,build=v2',
      'propagation-wait': WAIT,
      ...kind.inputs,
    };
    const { expected } = kind;
    if ('code' in expected) {
      const before = await talliesOf(host, expected.requests);
      const refused = await istiops(plane, kind.operation, inputs);
      expect(refused.result.failure?.reason, refused.stdout).toBe('check-failed');
      expect(refused.result.failure?.message).toMatch(expected.names);
      if (expected.code !== '')
        expect(refused.result.findings.map(({ code }) => code)).toContain(expected.code);
      const forced = await istiops(plane, kind.operation, { ...inputs, force: 'true' });
      expect(forced.code, forced.stdout).toBe(expected.forced === 'refused' ? 1 : 0);
      const after = await talliesOf(host, expected.requests);
      if (expected.forced !== 'changes') expect(after).toEqual(before);
      else for (const [i, counts] of after.entries()) expect(counts).not.toEqual(before[i]);
      return;
    }
    const ran = await istiops(plane, kind.operation, inputs);
    expect(ran.code, ran.stdout + ran.stderr).toBe(0);
    expect(ran.result.findings.map(({ code }) => code)).toEqual(
      expect.arrayContaining([...(expected.findings ?? [])]),
    );
    const changes = (ran.result as WithReach).reach?.changes ?? [];
    expect(changes.length, ran.stdout).toBeGreaterThan(0);
    for (const { who, after, example } of changes) {
      if (example?.gateway !== GATEWAY) continue;
      const { path, headers } = example;
      const counts = await askMany(plane, { host, path, headers }, REQUESTS);
      expect(differs(counts, after), `${who}: ${after}, but ${JSON.stringify(counts)}`).toBeUndefined();
    }
  });
});

type WithReach = Result & {
  readonly reach: {
    readonly changes: readonly {
      readonly who: string;
      readonly after: string;
      readonly example: {
        readonly gateway: string;
        readonly path: string;
        readonly headers: Readonly<Record<string, string>>;
      } | null;
    }[];
  } | null;
};

/** Undefined where they agree; `after` is `v1`, or `v1 50 %, api-v2 50 %`. */
function differs(counts: Counts, after: string): string | undefined {
  const claimed = new Map<string, number>(
    after.split(', ').map((part) => {
      const [, subset = part, share = '100'] = /^(\S+)(?: (\d+(?:\.\d+)?) %)?$/.exec(part) ?? [];
      return [`200 ${subset.replace(/^api-/, '')}`, Number(share)];
    }),
  );
  for (const [what, count] of Object.entries(counts)) {
    const share = claimed.get(what) ?? 0;
    if (share === 0 || share === 100) {
      if (count !== (share / 100) * REQUESTS) return what;
      continue;
    }
    const [low, high] = binomialRange(REQUESTS, share / 100, CONFIDENCE);
    if (count < low || count > high) return what;
  }
  return undefined;
}

async function talliesOf(host: string, requests: readonly Omit<Ask, 'host'>[]): Promise<readonly Counts[]> {
  const tallies: Counts[] = [];
  for (const one of requests) tallies.push(await askMany(plane, { ...one, host }, REQUESTS));
  return tallies;
}

/** An app of three builds, and the VirtualServices of a kind, the changed one a second younger than the others. */
async function prepare(kind: Kind): Promise<{ readonly host: string; readonly namespace: string }> {
  const namespace = await plane.namespace('claims');
  const { host } = await plane.deployBuilds({
    namespace,
    app: 'api',
    builds: ['v1', 'v2', 'qa'],
    traffic: false,
  });
  const labels = { app: 'api' };
  const ruleNames =
    kind.isRuleElsewhere === true
      ? { namespace: ROOT_NAMESPACE, name: namespace }
      : { namespace, name: 'api' };
  const subsets = ['v1', 'qa'].map((build) => ({ name: build, labels: { build } }));
  await create(plane, 'DestinationRule', { ...ruleNames, labels }, { host, subsets });
  const older = kind.older?.(host) ?? [];
  for (const { name, spec } of older) await create(plane, 'VirtualService', { namespace, name }, spec(host));
  // Times of creation have whole seconds.
  if (older.length > 0) await new Promise((resolve) => setTimeout(resolve, 1_100));
  const http = kind.http(host);
  const spec = kind.isDelegate === true ? { http } : { ...onGateway(host, http), ...kind.spec };
  await create(plane, 'VirtualService', { namespace, name: 'api', labels }, spec);
  // Written last, and so pushed last: the gateway has all others when it has this one.
  const sentinel = `sentinel.${namespace}.test`;
  const last = { hosts: [sentinel], gateways: [GATEWAY], http: [{ directResponse: { status: 299 } }] };
  await create(plane, 'VirtualService', { namespace, name: 'sentinel' }, last);
  await until(
    'the gateway has the VirtualServices',
    async () => (await ask(plane, { host: sentinel })).status === 299,
  );
  await until('the gateway answers', async () => {
    const { status } = await ask(plane, { host });
    return status === 200 || status === 301;
  });
  return { host, namespace };
}
