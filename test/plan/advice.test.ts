/**
 * Advice is pasted as it is. Whatever DestinationRules there are, of whatever namespaces: once what a refusal tells to
 * write is written, the same command is not refused for that again, and no request is treated in another way than
 * before.
 */
import fc from 'fast-check';
import { parse } from 'yaml';
import { expect, test } from 'vitest';
import { TrafficError } from '../../src/base/errors.ts';
import { consultedRule, subsetIn, type DecidedRule } from '../../src/istio/consulted-rule.ts';
import { policyOfRules } from '../../src/istio/merge-rules.ts';
import type { DestinationRule, Subset, VirtualService } from '../../src/istio/types.ts';
import type { JsonObject } from '../../src/base/json.ts';
import { titleOf } from '../../src/base/title.ts';
import type { Snapshot } from '../../src/plan/types.ts';
import { plan } from '../../src/run/plan.ts';
import { runs } from '../support/runs.ts';
import { applied, intentOf, snapshotOf } from '../support/plane.ts';

const NAMESPACES = ['shop', 'edge', 'web', 'istio-system'];
const HOST = 'api.shop.svc.cluster.local';
const SUBSETS: Readonly<Record<string, Subset>> = {
  v1: { name: 'v1', labels: { app: 'api', version: '1' } },
  qa: {
    name: 'qa',
    labels: { app: 'api', version: 'qa' },
    trafficPolicy: { connectionPool: { http: { maxRetries: 1 } } },
  },
};

const host = fc.constantFrom(
  HOST,
  HOST,
  '*.shop.svc.cluster.local',
  '*.local',
  '*',
  'web.shop.svc.cluster.local',
);
const rule = fc
  .record({
    namespace: fc.constantFrom(...NAMESPACES),
    name: fc.constantFrom('api', 'api-subsets', 'x', 'y'),
    host,
    exportTo: fc.option(fc.constantFrom(['.'], ['*'], ['web'], ['shop', 'edge'], ['istio-system']), {
      nil: undefined,
      freq: 2,
    }),
    clients: fc.option(fc.constant({ app: 'batch' }), { nil: undefined, freq: 5 }),
    policy: fc.option(fc.constantFrom('ISTIO_MUTUAL', 'DISABLE'), { nil: undefined }),
    subsets: fc.subarray(Object.keys(SUBSETS)),
    seconds: fc.integer({ min: 10, max: 20 }),
  })
  .map(({ namespace, name, host: one, exportTo, clients, policy, subsets, seconds }): DestinationRule => ({
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name, namespace, creationTimestamp: `2026-01-01T00:00:${seconds}Z` },
    spec: {
      host: one,
      ...(exportTo && clients === undefined && { exportTo }),
      ...(clients && { workloadSelector: { matchLabels: clients } }),
      ...(policy !== undefined && { trafficPolicy: { tls: { mode: policy } } }),
      subsets: subsets.map((key): JsonObject => ({ ...SUBSETS[key] })) as unknown as Subset[],
    },
  }));

const virtualService = fc
  .record({
    namespace: fc.constantFrom('shop', 'shop', 'edge'),
    subset: fc.constantFrom(undefined, 'v1', 'qa'),
    gateways: fc.constantFrom(undefined, ['public'], ['istio-system/public', 'mesh']),
    exportTo: fc.constantFrom(undefined, ['.']),
  })
  .map(({ namespace, subset, gateways, exportTo }): VirtualService => ({
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'api', namespace, labels: { app: 'api' } },
    spec: {
      hosts: ['api.example.com'],
      ...(gateways && { gateways }),
      ...(exportTo && { exportTo }),
      http: [{ route: [{ destination: { host: HOST, ...(subset !== undefined && { subset }) } }] }],
    },
  }));

const world = fc
  .record({
    object: virtualService,
    rules: fc.uniqueArray(rule, { maxLength: 5, selector: titleOf }),
    source: fc.constantFrom('manifests' as const, 'kubernetes' as const),
  })
  .map(({ object, rules, source }): Snapshot => ({
    ...snapshotOf([object], rules),
    source,
    namespace: object.metadata.namespace,
    rulesOf: 'all',
  }));

const WORDS = {
  operation: 'headers',
  'label-selector': 'app=api',
  'pod-selector': 'app=api,version=2',
  headers: 'x-cid=a',
};

/** The words of a refusal; undefined where the plan could be written. */
function refusalOf(snapshot: Snapshot): string | undefined {
  try {
    const errors = plan(snapshot, intentOf(WORDS)).findings.filter(({ severity }) => severity === 'error');
    return errors.length === 0 ? undefined : errors.map(({ message }) => message).join('\n');
  } catch (thrown) {
    if (thrown instanceof TrafficError) return thrown.message;
    throw thrown;
  }
}

/** The snapshot once somebody has written what the words tell; undefined where they tell nothing to paste. */
function followed(snapshot: Snapshot, words: string): Snapshot | undefined {
  const at = /^(apiVersion:|- name:)/m.exec(words)?.index;
  if (at === undefined) return undefined;
  const given: unknown = parse(words.slice(at), { version: '1.1' });
  if (!Array.isArray(given)) {
    const created = given as DestinationRule;
    expect(snapshot.destinationRules.map(titleOf)).not.toContain(titleOf(created));
    const metadata = { ...created.metadata, creationTimestamp: '2026-01-01T00:00:59Z' };
    return { ...snapshot, destinationRules: [...snapshot.destinationRules, { ...created, metadata }] };
  }
  const [, title = ''] =
    /(?:Add the subset to|proxies use) (DestinationRule \S+?)(?:,| too)/.exec(words.slice(0, at)) ?? [];
  expect(snapshot.destinationRules.map(titleOf)).toContain(title);
  return {
    ...snapshot,
    destinationRules: snapshot.destinationRules.map((one) =>
      titleOf(one) === title
        ? { ...one, spec: { ...one.spec, subsets: [...(one.spec.subsets ?? []), ...(given as Subset[])] } }
        : one,
    ),
  };
}

/** What every proxy that there may be has of the host, but for the subset that is asked for. */
function treatment({ destinationRules }: Snapshot): unknown {
  return [...NAMESPACES, 'other'].flatMap((namespace) =>
    [{}, { app: 'batch' }].map((labels) => {
      const consulted = consultedRule(destinationRules, HOST, { namespace, labels });
      return { namespace, labels, has: consulted.kind === 'undecided' ? consulted : inEffect(consulted) };
    }),
  );
}

function inEffect(decided: DecidedRule): unknown {
  return {
    policy: (decided.kind === 'rule' ? policyOfRules(decided.rules) : undefined) ?? null,
    subsets: Object.keys(SUBSETS).map((name) => subsetIn(decided, name)?.subset ?? null),
  };
}

test('advice followed to the letter is enough, and changes nothing else', () => {
  fc.assert(
    fc.property(world, (snapshot) => {
      const before = treatment(snapshot);
      let current = snapshot;
      const told: string[] = [];
      for (let words = refusalOf(current); words !== undefined; words = refusalOf(current)) {
        expect(told).not.toContain(words);
        expect(told.length, words).toBeLessThan(8);
        told.push(words);
        const next = followed(current, words);
        if (next === undefined) return;
        // A host without any rule has none to lose: what is created there is empty but for the subset.
        expect(treatment(next)).toEqual(before);
        current = next;
      }
      const after = applied(current, plan(current, intentOf(WORDS)));
      expect(treatment(after)).toEqual(before);
    }),
    runs(1000),
  );
});

test('what passes without refusal gives every proxy of a certain client the subset', () => {
  fc.assert(
    fc.property(world, (snapshot) => {
      if (refusalOf(snapshot) !== undefined) return;
      const [object] = snapshot.virtualServices;
      const isMesh = object?.spec.gateways === undefined || object.spec.gateways.includes('mesh');
      if (!isMesh) return;
      const after = applied(snapshot, plan(snapshot, intentOf(WORDS)));
      const client = { namespace: snapshot.namespace, labels: {} };
      const consulted = consultedRule(after.destinationRules, HOST, client);
      expect(consulted.kind).toBe('rule');
      if (consulted.kind === 'rule') {
        expect(subsetIn(consulted, 'api-2')?.subset.labels).toEqual({ app: 'api', version: '2' });
      }
    }),
    runs(1000),
  );
});
