/**
 * Tables from istiod's own tests where it has them (pilot/pkg/model/push_context_test.go), so that what they expect is
 * not our reading of the code.
 */
import { describe, expect, test } from 'vitest';
import {
  consultedRule,
  namespaceInHost,
  subsetIn,
  type ConsultedRule,
  type DecidedRule,
  type RuleClient,
  type ConsultationOptions,
} from '../../src/istio/consulted-rule.ts';
import { ruleCovers, hostOfRule, rulesCovering } from '../../src/istio/rule-index.ts';
import type { DestinationRule, Labels } from '../../src/istio/types.ts';
import type { JsonObject } from '../../src/base/json.ts';

interface Given {
  readonly exportTo?: readonly string[];
  readonly clients?: Labels;
  readonly subsets?: readonly string[];
  readonly labels?: Labels;
  readonly policy?: JsonObject;
  /** Age in seconds; absent as in manifests. */
  readonly at?: number;
}

function rule(title: string, host: string, given: Given = {}): DestinationRule {
  const [namespace = '', name = ''] = title.split('/');
  const { exportTo, clients, subsets, labels, policy, at } = given;
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: {
      name,
      namespace,
      ...(at !== undefined && { creationTimestamp: `2026-01-01T00:00:${String(at).padStart(2, '0')}Z` }),
    },
    spec: {
      host,
      ...(exportTo && { exportTo }),
      ...(clients && { workloadSelector: { matchLabels: clients } }),
      ...(subsets && { subsets: subsets.map((one) => ({ name: one, ...(labels && { labels }) })) }),
      ...(policy && { trafficPolicy: policy }),
    },
  };
}

/** `shop/a + shop/b`, `none`, `? shop/a | none: what isn't known`. */
function inWords(consulted: ConsultedRule): string {
  if (consulted.kind !== 'undecided') return decided(consulted);
  return `? ${consulted.candidates.map(decided).join(' | ')}: ${consulted.unknown}`;
}

function decided(one: DecidedRule): string {
  if (one.kind === 'none') return 'none';
  return one.rules.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).join(' + ');
}

function ask(
  rules: readonly DestinationRule[],
  host: string,
  client: RuleClient,
  options?: ConsultationOptions,
): string {
  return inWords(consultedRule(rules, host, client, options));
}

describe('TestSetDestinationRuleWithExportTo', () => {
  const HTTPBIN = 'httpbin.org';
  const rules = [
    rule('test1/rule1', HTTPBIN, { exportTo: ['.', 'ns1'] }),
    rule('test2/rule2', HTTPBIN, { exportTo: ['test2', 'ns1', 'test1', 'newNS'] }),
    rule('test3/rule3', HTTPBIN, { exportTo: ['test1', 'test2', '*'] }),
    rule('test4/rule4-local', HTTPBIN, { exportTo: ['test4'] }),
    rule('istio-system/rule4', HTTPBIN),
    rule('istio-system/rule1', HTTPBIN, { exportTo: ['.'] }),
    rule('istio-system/rule2', '*.org', { exportTo: ['.'] }),
    rule('istio-system/rule3', '*.app.org', { exportTo: ['.'] }),
    rule('test5/rule5', 'api.test.com', { exportTo: ['istio-system'] }),
    rule('test6/rule6', 'api.test.com', { exportTo: ['istio-system'] }),
  ];
  test.for<[proxy: string, service: string, host: string, expected: string]>([
    ['test1', 'test1', HTTPBIN, 'test1/rule1'],
    ['test1', 'test2', HTTPBIN, 'test1/rule1'],
    ['test2', 'test1', HTTPBIN, 'test2/rule2'],
    ['newNS', 'test2', HTTPBIN, 'test2/rule2'],
    ['test3', 'test1', HTTPBIN, 'test3/rule3'],
    ['test5', 'test4', HTTPBIN, 'istio-system/rule4'],
    ['ns1', 'test1', HTTPBIN, 'test1/rule1'],
    ['ns1', 'random', HTTPBIN, 'istio-system/rule4'],
    ['random', 'random', HTTPBIN, 'istio-system/rule4'],
    ['test3', 'random', HTTPBIN, 'test3/rule3'],
    ['istio-system', 'random', HTTPBIN, 'istio-system/rule1'],
    ['istio-system', 'istio-system', HTTPBIN, 'istio-system/rule1'],
    ['istio-system', 'istio-system', 'foo.app.org', 'istio-system/rule3'],
    ['istio-system', 'test5', 'api.test.com', 'test5/rule5'],
    ['istio-system', 'test6', 'api.test.com', 'test6/rule6'],
    ['istio-system', 'test7', 'api.test.com', 'none'],
  ])('proxy in %s, service in %s: %s → %s', ([namespace, serviceNamespace, host, expected]) => {
    expect(ask(rules, host, { namespace, labels: {} }, { serviceNamespace })).toBe(expected);
  });
});

describe('TestSetDestinationRuleMerging', () => {
  const rules = [
    rule('test/rule1', 'httpbin.org', { subsets: ['subset1', 'subset2'], at: 0 }),
    rule('test/rule2', 'httpbin.org', { subsets: ['subset3', 'subset4'], at: 0 }),
    rule('test/rule3', 'httpbin.org', { subsets: ['subset5', 'subset6'], exportTo: ['istio-system'], at: 0 }),
  ];
  test.for<[proxy: string, expected: string]>([
    ['test', 'test/rule1 + test/rule2'],
    ['other', 'test/rule1 + test/rule2'],
    // Of those that it sees the last one counts (SidecarScope.DestinationRule).
    ['istio-system', 'test/rule3'],
  ])('a proxy in %s has %s', ([namespace, expected]) => {
    expect(ask(rules, 'httpbin.org', { namespace, labels: {} }, { serviceNamespace: 'test' })).toBe(expected);
  });

  test('one that comes after one exported differently is merged, and stands for itself', () => {
    const [first, second, third] = rules.map((one, i) => ({
      ...one,
      metadata: { ...one.metadata, creationTimestamp: `2026-01-01T00:00:0${[0, 2, 1][i] ?? ''}Z` },
    }));
    const client = { namespace: 'other', labels: {} };
    const all = [first, second, third].filter((one) => one !== undefined);
    expect(ask(all, 'httpbin.org', client, { serviceNamespace: 'test' })).toBe('test/rule2');
  });
});

describe('TestSetDestinationRuleWithWorkloadSelector', () => {
  const exportTo = ['test2', '.'];
  const rules = [
    rule('test/nsRule1', 'httpbin.org', { exportTo, clients: { app: 'app1' }, at: 1 }),
    rule('test/nsRule2', 'httpbin.org', { exportTo, clients: { app: 'app2' }, at: 2 }),
    rule('test/nsRule3', 'httpbin.org', { exportTo, clients: { app: 'app2' }, at: 2 }),
    rule('test/nsRule4', 'httpbin.org', { exportTo, at: 0 }),
  ];
  test.for<[proxy: string, labels: Labels | undefined, expected: string]>([
    ['test', {}, 'test/nsRule4'],
    // A rule for everybody that is exported wider is merged into those for some.
    ['test', { app: 'app1', tier: 'x' }, 'test/nsRule1 + test/nsRule4'],
    ['test', { app: 'app2' }, 'test/nsRule2 + test/nsRule3 + test/nsRule4'],
    ['test', { app: 'app3' }, 'test/nsRule4'],
    ['test2', { app: 'app1' }, 'test/nsRule4'],
    ['test3', { app: 'app1' }, 'none'],
    [
      'test',
      undefined,
      "? test/nsRule4 | test/nsRule1 + test/nsRule4 | test/nsRule2 + test/nsRule3 + test/nsRule4: the labels of the client's pod",
    ],
  ])('a proxy in %s with %j has %s', ([namespace, labels, expected]) => {
    const client = { namespace, ...(labels && { labels }) };
    expect(ask(rules, 'httpbin.org', client, { serviceNamespace: 'test' })).toBe(expected);
  });

  test('without one for everybody the others have none, and nobody looks further', () => {
    const all = [
      rule('shop/api-for-batch', 'api', { clients: { app: 'batch' } }),
      rule('istio-system/all', '*.svc.cluster.local'),
    ];
    const host = 'api.shop.svc.cluster.local';
    expect(ask(all, host, { namespace: 'shop', labels: {} })).toBe('none');
    expect(ask(all, host, { namespace: 'shop', labels: { app: 'batch' } })).toBe('shop/api-for-batch');
    // It isn't exported, so others look on.
    expect(ask(all, host, { namespace: 'web', labels: { app: 'batch' } })).toBe('istio-system/all');
  });

  test('an empty selector chooses everybody of its namespace', () => {
    const all = [rule('shop/api', 'api', { clients: {} })];
    expect(ask(all, 'api.shop.svc.cluster.local', { namespace: 'shop' })).toBe('shop/api');
    expect(ask(all, 'api.shop.svc.cluster.local', { namespace: 'web' })).toBe('none');
  });

  test('a rule for everybody with the same exportTo is swallowed by the one for some', () => {
    // mergeDestinationRule: appendSeparately is false where exportTo is the same, whatever the selectors.
    const all = [
      rule('shop/batch', 'api', { clients: { app: 'batch' } }),
      rule('shop/api', 'api', { exportTo: ['.'] }),
    ];
    const host = 'api.shop.svc.cluster.local';
    expect(ask(all, host, { namespace: 'shop', labels: {} })).toBe('none');
    expect(ask(all, host, { namespace: 'shop', labels: { app: 'batch' } })).toBe('shop/batch + shop/api');
  });
});

describe('the place', () => {
  const API = 'api.shop.svc.cluster.local';
  test.for<[string, rules: readonly DestinationRule[], client: RuleClient, expected: string]>([
    [
      "the client's namespace before the service's",
      [rule('web/mine', API), rule('shop/api', 'api')],
      { namespace: 'web' },
      'web/mine',
    ],
    [
      "a wildcard of the client's before the service's own rule",
      [rule('web/all', '*.cluster.local'), rule('shop/api', 'api')],
      { namespace: 'web' },
      'web/all',
    ],
    [
      "the service's",
      [rule('shop/api', 'api'), rule('istio-system/all', '*')],
      { namespace: 'web' },
      'shop/api',
    ],
    ['the root namespace', [rule('istio-system/all', '*')], { namespace: 'web' }, 'istio-system/all'],
    ['of another namespace none counts', [rule('web/mine', API)], { namespace: 'shop' }, 'none'],
    [
      'of the root namespace last for its own proxies too',
      [rule('shop/api', 'api'), rule('istio-system/all', '*')],
      { namespace: 'istio-system' },
      'shop/api',
    ],
    [
      'but what is for the root namespace alone first',
      [rule('shop/api', 'api'), rule('istio-system/all', '*', { exportTo: ['istio-system'] })],
      { namespace: 'istio-system' },
      'istio-system/all',
    ],
    [
      'not exported to its own namespace',
      [rule('shop/api', 'api', { exportTo: ['web'] })],
      { namespace: 'shop' },
      'none',
    ],
    [
      'exported to the client',
      [rule('shop/api', 'api', { exportTo: ['web'] })],
      { namespace: 'web' },
      'shop/api',
    ],
    [
      'an exact rule that is not exported hides the wildcard that is',
      [rule('shop/api', 'api', { exportTo: ['.', 'x'] }), rule('shop/all', '*.shop.svc.cluster.local')],
      { namespace: 'web' },
      'none',
    ],
    [
      'but one for its own namespace alone does not',
      [rule('shop/api', 'api', { exportTo: ['.'] }), rule('shop/all', '*.shop.svc.cluster.local')],
      { namespace: 'web' },
      'shop/all',
    ],
    [
      'the longest wildcard',
      [rule('shop/a', '*'), rule('shop/b', '*.local'), rule('shop/c', '*.com')],
      { namespace: 'shop' },
      'shop/b',
    ],
    [
      'nothing is merged between a wildcard and an exact host',
      [rule('shop/all', '*.shop.svc.cluster.local'), rule('shop/api', 'api')],
      { namespace: 'shop' },
      'shop/api',
    ],
    ['the namespace of the client unknown, all the same', [rule('shop/api', 'api')], {}, 'shop/api'],
    [
      'the namespace of the client unknown',
      [rule('shop/api', 'api'), rule('web/mine', API, { exportTo: ['.'] })],
      {},
      "? shop/api | web/mine: the client's namespace",
    ],
    [
      'a namespace that is named in exportTo alone',
      [rule('shop/api', 'api', { exportTo: ['edge'] })],
      {},
      "? none | shop/api: the client's namespace",
    ],
  ])('%s', ([, rules, client, expected]) => {
    expect(ask(rules, API, { labels: {}, ...client })).toBe(expected);
  });

  test('the namespace of a service that only a ServiceEntry gives', () => {
    const rules = [rule('shop/api', 'api.example.com')];
    const client = { namespace: 'web', labels: {} };
    expect(ask(rules, 'api.example.com', client)).toBe(
      '? shop/api | none: the namespace of the service api.example.com',
    );
    expect(ask(rules, 'api.example.com', client, { serviceNamespace: 'shop' })).toBe('shop/api');
    expect(ask(rules, 'api.example.com', { namespace: 'shop', labels: {} })).toBe('shop/api');
    expect(ask([], 'api.example.com', client)).toBe('none');
  });

  test('another root namespace', () => {
    const rules = [rule('mesh/all', '*')];
    expect(ask(rules, API, { namespace: 'web' }, { rootNamespace: 'mesh' })).toBe('mesh/all');
    expect(ask(rules, API, { namespace: 'web' })).toBe('none');
  });

  test.for<[string, string | undefined]>([
    [API, 'shop'],
    ['api.shop.svc.corp.example', 'shop'],
    ['*.shop.svc.cluster.local', undefined],
    ['a.b.shop.svc.cluster.local', undefined],
    ['api.example.com', undefined],
  ])('the namespace in %s: %s', ([host, expected]) => {
    expect(namespaceInHost(host)).toBe(expected);
  });
});

describe('rules of one host and namespace', () => {
  const host = 'api.shop.svc.cluster.local';
  const subsetsOf = (rules: readonly DestinationRule[], name: string): string[] => {
    const consulted = consultedRule(rules, host, { namespace: 'shop', labels: {} });
    const all = consulted.kind === 'undecided' ? consulted.candidates : [consulted];
    return all.map((one) => {
      const found = subsetIn(one, name);
      return found === undefined
        ? 'none'
        : `${found.rule.metadata.name} ${JSON.stringify(found.subset.labels)}`;
    });
  };

  test('each adds its subsets; of one name the older counts', () => {
    const rules = [
      rule('shop/b', 'api', { subsets: ['v1'], labels: { from: 'b' }, at: 1 }),
      rule('shop/a', host, { subsets: ['v1', 'v2'], labels: { from: 'a' }, at: 2 }),
    ];
    expect(subsetsOf(rules, 'v1')).toEqual(['b {"from":"b"}']);
    expect(subsetsOf(rules, 'v2')).toEqual(['a {"from":"a"}']);
    expect(subsetsOf(rules, 'v3')).toEqual(['none']);
  });

  test('of the same age the name decides', () => {
    const rules = ['b', 'a'].map((name) =>
      rule(`shop/${name}`, 'api', { subsets: ['v1'], labels: { from: name }, at: 1 }),
    );
    expect(subsetsOf(rules, 'v1')).toEqual(['a {"from":"a"}']);
  });

  test('in manifests nobody knows the ages, which matters only where they say different things', () => {
    const apart = [rule('shop/a', 'api', { subsets: ['v1'] }), rule('shop/b', 'api', { subsets: ['v2'] })];
    expect(ask(apart, host, { namespace: 'shop' })).toBe('shop/a + shop/b');
    const odd = [
      rule('shop/a', 'api', { subsets: ['v1'], labels: { from: 'a' } }),
      rule('shop/b', 'api', { subsets: ['v1'], labels: { from: 'b' } }),
    ];
    expect(subsetsOf(odd, 'v1')).toEqual(['a {"from":"a"}', 'b {"from":"b"}']);
    const policies = [
      rule('shop/a', 'api', { policy: { tls: { mode: 'DISABLE' } } }),
      rule('shop/b', 'api', { policy: { tls: { mode: 'ISTIO_MUTUAL' } } }),
    ];
    expect(ask(policies, host, { namespace: 'shop' })).toBe(
      '? shop/a + shop/b | shop/b + shop/a: which of the DestinationRules of one host is older',
    );
  });

  test('exported differently they stand beside each other, and the last counts', () => {
    const rules = [rule('shop/a', 'api', { at: 1 }), rule('shop/b', 'api', { exportTo: ['*'], at: 2 })];
    expect(ask(rules, host, { namespace: 'shop' })).toBe('shop/b');
  });

  test('exported wider than an older one it is added to that, and no wider', () => {
    const rules = [
      rule('shop/a', 'api', { exportTo: ['shop', 'x'], at: 1 }),
      rule('shop/b', 'api', { exportTo: ['shop', 'x', 'y'], at: 2 }),
    ];
    expect(ask(rules, host, { namespace: 'x' })).toBe('shop/a + shop/b');
    expect(ask(rules, host, { namespace: 'y' })).toBe('none');
  });

  test('more than four are still tried with another first and last', () => {
    const rules = ['a', 'b', 'c', 'd', 'e'].map((name) =>
      rule(`shop/${name}`, 'api', { exportTo: ['.', name] }),
    );
    expect(ask(rules, host, { namespace: 'shop' })).toBe(
      '? shop/e | shop/a | shop/b | shop/c | shop/d: which of the DestinationRules of one host is older',
    );
  });
});

test('hosts that need no namespace', () => {
  expect(['*', 'fd00::1', '10.0.0.1', 'api'].map((host) => hostOfRule(rule('shop/a', host)))).toEqual([
    '*',
    'fd00::1',
    '10.0.0.1',
    'api.shop.svc.cluster.local',
  ]);
});

test('every rule for a host, the most specific first', () => {
  const rules = ['*', '*.local', 'api', '*.shop.svc.cluster.local', 'web'].map((host, i) =>
    rule(`shop/${i}`, host),
  );
  const names = (host: string): string[] => rulesCovering(rules, host).map(({ metadata }) => metadata.name);
  expect(names('api.shop.svc.cluster.local')).toEqual(['2', '3', '1', '0']);
  expect(names('*.shop.svc.cluster.local')).toEqual(['3', '1', '0']);
  expect(names('*.example.com')).toEqual(['0']);
  expect(ruleCovers('*.com', 'api.example.com')).toBe(true);
  expect(ruleCovers('*.example.com', 'example.com')).toBe(false);
});
