import { parse, parseAllDocuments } from 'yaml';
import { describe, expect, test } from 'vitest';
import { TrafficError } from '../../src/base/errors.ts';
import { parseLabelSelector } from '../../src/intent/label-selector.ts';
import type { Selection } from '../../src/istio/selection.ts';
import type { DestinationRule, Labels, VirtualService } from '../../src/istio/types.ts';
import type { JsonObject } from '../../src/base/json.ts';
import { baseRoutes } from '../../src/plan/base-routes.ts';
import { ruleElsewhere } from '../../src/plan/rule-advice.ts';
import { subsetHome, type SubsetHome } from '../../src/plan/subset-home.ts';
import type { Snapshot } from '../../src/plan/types.ts';
import type { Finding } from '../../src/base/findings.ts';
import { valueOf } from '../support/parsed.ts';
import { snapshotOf } from '../support/plane.ts';

const HOST = 'api.shop.svc.cluster.local';
const WANTED = [{ name: 'api-2', labels: { app: 'api', version: '2' } }];

const selection = (text: string): Selection =>
  text === '' ? {} : { selector: valueOf(parseLabelSelector(text)) };

interface Given {
  readonly labels?: Labels;
  readonly host?: string;
  readonly spec?: JsonObject;
  readonly subsets?: readonly string[];
}

function rule(title: string, { labels, host = HOST, spec, subsets }: Given = {}): DestinationRule {
  const [namespace = '', name = ''] = title.split('/');
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name, namespace, ...(labels && { labels }) },
    spec: { host, ...spec, ...(subsets && { subsets: subsets.map((one) => ({ name: one })) }) },
  };
}

function service(
  namespace: string,
  { subset, host = HOST, ...spec }: JsonObject & { readonly subset?: string; readonly host?: string } = {},
): VirtualService {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'api', namespace },
    spec: {
      hosts: ['api.example.com'],
      ...spec,
      http: [{ route: [{ destination: { host, ...(subset !== undefined && { subset }) } }] }],
    },
  };
}

function world(virtualService: VirtualService, rules: readonly DestinationRule[]): Snapshot {
  return { ...snapshotOf([virtualService], rules), namespace: virtualService.metadata.namespace };
}

function home(
  virtualService: VirtualService,
  rules: readonly DestinationRule[],
  text = 'app=api',
  more: Partial<Snapshot> = {},
  host = HOST,
): { readonly home: SubsetHome; readonly findings: readonly Finding[] } {
  const routes = baseRoutes(virtualService, { host });
  const snapshot = { ...world(virtualService, rules), ...more };
  return subsetHome(snapshot, selection(text), {
    host,
    served: [{ virtualService, routes }],
    subsets: WANTED,
  });
}

function found(...args: Parameters<typeof home>): string {
  const { home: chosen, findings } = home(...args);
  const { namespace, name } = chosen.destinationRule.metadata;
  const merged = chosen.rules.map(({ metadata }) => metadata.name).join('+');
  return [`${namespace}/${name} of ${merged}`, ...findings.map(({ code }) => code)].join(', ');
}

function refusal(...args: Parameters<typeof home>): string {
  try {
    home(...args);
  } catch (thrown) {
    if (thrown instanceof TrafficError) return thrown.message;
    throw thrown;
  }
  throw new Error('It was to be refused.');
}

const labels = { app: 'api' };

describe('the rule that gets the subsets', () => {
  test.for<[string, VirtualService, readonly DestinationRule[], text: string, expected: string]>([
    [
      'the selected one',
      service('shop'),
      [rule('shop/web', { labels, host: 'web' }), rule('shop/api', { labels })],
      'app=api',
      'shop/api of api',
    ],
    [
      'the selected one of those that are merged',
      service('shop'),
      [rule('shop/a', { labels: { app: 'web' } }), rule('shop/b', { labels })],
      'app=api',
      'shop/b of a+b',
    ],
    [
      'the first of those that are merged and selected',
      service('shop'),
      [rule('shop/b', { labels }), rule('shop/a', { labels })],
      'app=api',
      'shop/a of a+b',
    ],
    [
      'in another spelling',
      service('shop'),
      [rule('shop/a', { labels, host: 'api' })],
      'app=api',
      'shop/a of a',
    ],
    [
      'one that is not selected',
      service('shop'),
      [rule('shop/a'), rule('other/b')],
      'app=api',
      'shop/a of a, destinationrule-unselected',
    ],
    ['without a selector', service('shop'), [rule('shop/a')], '', 'shop/a of a'],
    [
      "a wildcard's",
      service('shop'),
      [rule('shop/all', { labels, host: '*.shop.svc.cluster.local' })],
      'app=api',
      'shop/all of all, subset-in-wildcard-rule',
    ],
    [
      'the exact one beside a wildcard',
      service('shop', { subset: 'v1' }),
      [rule('shop/all', { labels, host: '*', subsets: ['v1'] }), rule('shop/api', { labels })],
      'app=api',
      'shop/api of api',
    ],
    ["the service's from elsewhere", service('edge'), [rule('shop/api')], 'app=api', 'shop/api of api'],
    [
      'its own before the service’s',
      service('edge'),
      [rule('edge/api', { labels }), rule('shop/api')],
      'app=api',
      'edge/api of api',
    ],
    [
      "the service's where that alone knows the subsets in use, as a gateway elsewhere sees it",
      service('edge', { subset: 'v1', gateways: ['public'] }),
      [rule('edge/api', { labels }), rule('shop/api', { subsets: ['v1'] })],
      'app=api',
      'shop/api of api',
    ],
    [
      "its own where that knows them, whatever the service's knows",
      service('edge', { subset: 'v1', gateways: ['public'] }),
      [rule('edge/api', { labels, subsets: ['v1'] }), rule('shop/api', { subsets: ['v1'] })],
      'app=api',
      'edge/api of api',
    ],
    [
      'one for some clients, where there is no other',
      service('shop'),
      [rule('shop/batch', { labels, spec: { workloadSelector: { matchLabels: { app: 'batch' } } } })],
      'app=api',
      'shop/batch of batch',
    ],
    [
      'one that nobody uses, where there is no other',
      service('shop'),
      [rule('shop/api', { labels, spec: { exportTo: ['web'] } })],
      'app=api',
      'shop/api of api',
    ],
    [
      'what some clients and all others have in common',
      service('shop'),
      [
        rule('shop/batch', { labels, spec: { workloadSelector: { matchLabels: { app: 'batch' } } } }),
        rule('shop/api', { labels }),
      ],
      'app=api',
      'shop/api of api',
    ],
  ])('%s', ([, virtualService, rules, text, expected]) => {
    expect(found(virtualService, rules, text)).toBe(expected);
  });

  test('a delegate is followed where its roots are', () => {
    const delegate = { ...service('shop'), spec: { http: service('shop').spec.http ?? [] } };
    const root: VirtualService = {
      ...service('edge', { gateways: ['public'] }),
      metadata: { name: 'root', namespace: 'edge' },
      spec: {
        hosts: ['api.example.com'],
        gateways: ['public'],
        http: [{ delegate: { name: 'api', namespace: 'shop' } }],
      },
    };
    const rules = [rule('shop/api', { labels }), rule('edge/mine')];
    expect(found(delegate, rules, '', { virtualServices: [delegate, root] })).toBe('shop/api of api');
  });

  test('several that count by their age, which manifests do not know', () => {
    const several = [rule('shop/b'), rule('shop/a', { spec: { exportTo: ['*'] } })];
    expect(refusal(service('shop'), several)).toMatch(
      /^Several DestinationRules are for the host api\.shop\.svc\.cluster\.local, and their `exportTo` or `workloadSelector` differ: a, b\. /,
    );
  });
});

describe('advice where there is none', () => {
  test('the one to create', () => {
    const words = refusal(
      service('shop'),
      [rule('other/web', { host: 'web' })],
      'app=api,tier in (1),x!=y,z',
    );
    expect(words).toMatch(
      /^No DestinationRule in namespace shop is for the host .* If there is one for a wildcard/,
    );
    expect(yamlIn(words)).toEqual({
      apiVersion: 'networking.istio.io/v1',
      kind: 'DestinationRule',
      metadata: { name: 'api', namespace: 'shop', labels: { app: 'api', tier: '1' } },
      spec: { host: HOST },
    });
    expect(words).toContain('\n    tier: "1"\n');
  });

  test.for<[text: string]>([['!app'], ['']])('without labels for the selector %j', ([text]) => {
    expect(yamlIn(refusal(service('shop'), [], text))).toMatchObject({
      metadata: { name: 'api', namespace: 'shop' },
    });
  });

  test.for<[taken: string[], name: string]>([
    [[], 'api'],
    [['api'], 'api-subsets'],
    [['api', 'api-subsets'], 'api-shop-svc-cluster-local'],
    [['api', 'api-subsets', 'api-shop-svc-cluster-local'], 'api-subsets-2'],
    [['api', 'api-subsets', 'api-shop-svc-cluster-local', 'api-subsets-2'], 'api-subsets-3'],
  ])('a name that nobody has: beside %j %s', ([taken, name]) => {
    const others = taken.map((one) => rule(`shop/${one}`, { host: 'web' }));
    expect(yamlIn(refusal(service('shop'), others))).toMatchObject({ metadata: { name } });
  });

  test('no word of the root namespace where all is in sight', () => {
    const words = refusal(service('shop'), [], 'app=api', { source: 'kubernetes', rulesOf: 'all' });
    expect(words).not.toContain('istio-system');
  });

  test('none where routes use subsets of a rule out of sight', () => {
    const words = refusal(service('shop', { subset: 'v1' }), []);
    expect(words).toContain('routes send to its subset v1: the rule that defines it is somewhere else');
    expect(words).toContain('`manifests`');
    expect(words).not.toContain('apiVersion');
    const cluster = refusal(service('shop', { subset: 'v1' }), [], '', { source: 'kubernetes' });
    expect(cluster).toContain('grant `list` on destinationrules');
  });

  test('but there is one where all was read: those requests get 503 now', () => {
    const all = { source: 'kubernetes', rulesOf: ['shop', 'istio-system'] } as const;
    expect(yamlIn(refusal(service('shop', { subset: 'v1' }), [], '', all))).toMatchObject({
      spec: { host: HOST },
    });
  });

  test('where the service is, with the subset', () => {
    const words = refusal(service('edge'), []);
    expect(words).toContain('It belongs in namespace shop');
    expect(yamlIn(words)).toMatchObject({
      metadata: { namespace: 'shop' },
      spec: { host: HOST, subsets: WANTED },
    });
  });

  test('of a host that is no service of a namespace', () => {
    const host = 'api.example.com';
    const words = refusal(service('edge', { host }), [], '', {}, host);
    expect(yamlIn(words)).toMatchObject({ metadata: { name: 'api', namespace: 'edge' }, spec: { host } });
  });
});

describe('advice where the rule is of another namespace', () => {
  const elsewhere = (snapshot: Snapshot, rules: readonly [DestinationRule, ...DestinationRule[]]): string => {
    try {
      return ruleElsewhere(snapshot, undefined, HOST, rules, WANTED);
    } catch (thrown) {
      if (thrown instanceof TrafficError) return thrown.message;
      throw thrown;
    }
  };

  test('the lines to add there', () => {
    const there = rule('shop/api');
    const words = elsewhere(world(service('edge'), [there]), [there]);
    expect(words).toContain('DestinationRule shop/api, which lacks subset api-2');
    expect(parse(words.slice(words.indexOf('\n')))).toEqual(WANTED);
  });

  test('a whole one that repeats what several of the root namespace say together', () => {
    const first = rule('istio-system/a', {
      host: '*.local',
      spec: { exportTo: ['*'], subsets: [{ name: 'v1', labels: { version: '1' } }] },
    });
    const second = rule('istio-system/b', {
      host: '*.local',
      spec: {
        exportTo: ['*'],
        trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' } },
        subsets: [
          { name: 'v1', labels: { version: 'x' } },
          { name: 'on', labels: { version: 'on' } },
        ],
      },
    });
    const aged = [first, second].map((one, i) => ({
      ...one,
      metadata: { ...one.metadata, creationTimestamp: `2026-01-01T00:00:0${i}Z` },
    }));
    const words = elsewhere(world(service('shop'), aged), [first, second]);
    expect(yamlIn(words)).toEqual({
      apiVersion: 'networking.istio.io/v1',
      kind: 'DestinationRule',
      metadata: { name: 'api', namespace: 'shop' },
      spec: {
        host: HOST,
        exportTo: ['*'],
        trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' } },
        subsets: [
          { name: 'v1', labels: { version: '1' } },
          { name: 'on', labels: { version: 'on' } },
        ],
      },
    });
  });
});

/** The object that a message tells to create, as a reader of YAML 1.1 has it. */
function yamlIn(words: string): unknown {
  const text = words.slice(words.indexOf('apiVersion:'));
  const [document] = parseAllDocuments(text, { version: '1.1' });
  if (document === undefined || !('toJS' in document)) throw new Error(`No YAML: ${words}`);
  return document.toJS();
}
