import { describe, expect, test } from 'vitest';
import { checkSubsets } from '../../src/checks/subsets.ts';
import type { DestinationRule, VirtualService } from '../../src/istio/types.ts';
import type { Write } from '../../src/plan/types.ts';
import type { Finding } from '../../src/base/findings.ts';
import { contextOf, type Given } from '../support/check-context.ts';
import { snapshotOf, virtualService } from '../support/plane.ts';

const WORDS = { operation: 'clear' };

/** A VirtualService with one route that gives the subsets (`v1`, or `web/v1` of another host) these weights. */
function sending(weights: Readonly<Record<string, number>>, name = 'api'): VirtualService {
  const route = Object.entries(weights).map(([key, weight]) => {
    const [subset = '', host = 'api'] = key.split('/').toReversed();
    return { destination: { host, subset }, weight };
  });
  return virtualService({ http: [{ route }] }, name);
}

function rule(host: string, ...subsets: readonly string[]): DestinationRule {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name: host, namespace: 'shop' },
    spec: { host, ...(subsets.length > 0 && { subsets: subsets.map((name) => ({ name })) }) },
  };
}

function write(before: DestinationRule, after: DestinationRule): Write {
  return { kind: 'DestinationRule', before, after };
}

function found(
  virtualServices: readonly VirtualService[],
  rules: readonly DestinationRule[],
  given: Omit<Given, 'snapshot'> = {},
): readonly Finding[] {
  return checkSubsets(contextOf(WORDS, { snapshot: snapshotOf(virtualServices, rules), ...given }));
}

/** `error web/v2`: how bad, and which subset. */
function codes(...args: Parameters<typeof found>): string[] {
  return found(...args).map(({ severity, code, message }) => {
    expect(code).toBe('subset-missing');
    const [, subset = '', host = ''] = /to subset (\S*) of (\S*?)\.shop/.exec(message) ?? [];
    return `${severity} ${host}/${subset}`;
  });
}

describe('what is written of DestinationRules', () => {
  const before = rule('api', 'v1', 'v2');
  const between = rule('api', 'v1', 'v2', 'v3');
  const after = rule('api', 'v1', 'v3');
  const phases = { 'add-subsets': [write(before, between)], 'remove-subsets': [write(between, after)] };

  test('in two phases counts as it is in the end', () => {
    const uses = (weights: Readonly<Record<string, number>>): string[] =>
      codes([sending(weights)], [before], { phases });
    expect(uses({ v1: 50, v3: 50 })).toEqual([]);
    expect(uses({ v1: 50, v2: 50 })).toEqual(['error api/v2']);
  });

  test('in two phases counts for its own rule where there are several', () => {
    const web = [rule('web', 'v1'), rule('web', 'v1', 'w2'), rule('web', 'w2')] as const;
    const both = {
      'add-subsets': [...phases['add-subsets'], write(web[0], web[1])],
      'remove-subsets': [...phases['remove-subsets'], write(web[1], web[2])],
    };
    const uses = (weights: Readonly<Record<string, number>>): string[] =>
      codes([sending(weights)], [before, web[0]], { phases: both });
    expect(uses({ v1: 25, v3: 25, 'web/w2': 50 })).toEqual([]);
    expect(uses({ v2: 50, 'web/v1': 50 })).toEqual(['error api/v2', 'error web/v1']);
  });

  test('adds up with what another rule for the host defines', () => {
    const more = { ...rule('api', 'v2'), metadata: { name: 'more', namespace: 'shop' } };
    expect(codes([sending({ v1: 50, v2: 50 })], [before, more], { phases })).toEqual([]);
  });

  test('a VirtualService that stays as it is loses its subset by this change', () => {
    const [first] = found([sending({ v2: 100 }, 'other')], [before], { phases });
    expect(first).toEqual({
      code: 'subset-missing',
      severity: 'error',
      message:
        'VirtualService shop/other would send to subset v2 of api.shop.svc.cluster.local, which no DestinationRule defines: these requests are answered with 503. ' +
        'Define the subset, or change the route.',
      object: 'VirtualService shop/other',
      forceable: false,
    });
  });
});

describe('a subset that was missing before', () => {
  const rules = [rule('api', 'v1')];
  const changed = (
    before: Readonly<Record<string, number>>,
    after: Readonly<Record<string, number>>,
  ): readonly Finding[] => {
    const object = sending(before);
    return found([object], rules, {
      draft: { virtualServices: [{ before: object, after: sending(after) }] },
    });
  };

  test.for<[string, before: Record<string, number>, after: Record<string, number>, said: RegExp[]]>([
    ['is listed anew, even with 0 %', { v1: 100 }, { v1: 100, gone: 0 }, [/would send to subset gone/]],
    ['gets requests again', { v1: 100, gone: 0 }, { v1: 80, gone: 20 }, [/would send to subset gone/]],
    ['gets more, as it did before', { v1: 80, gone: 20 }, { v1: 50, gone: 50 }, [/api sends to subset gone/]],
    ['gets less', { v1: 50, gone: 50 }, { v1: 80, gone: 20 }, [/api sends to subset gone/]],
    ['is listed with 0 % still', { v1: 100, gone: 0 }, { v1: 90, gone: 0 }, [/api sends to subset gone/]],
    ['is no longer listed', { v1: 50, gone: 50 }, { v1: 100 }, []],
  ])('%s', ([, before, after, said]) => {
    const findings = changed(before, after);
    expect(findings.map(({ message }) => message)).toEqual(
      said.map((words): unknown => expect.stringMatching(words)),
    );
    for (const { severity, message } of findings)
      expect(severity).toBe(message.includes('would send') ? 'error' : 'warning');
  });

  test('is no matter in a VirtualService that is looked at and stays as it is', () => {
    const object = sending({ gone: 100 });
    const draft = { virtualServices: [{ before: object, after: object }] };
    expect(codes([object], rules, { draft })).toEqual([]);
  });

  test('is no matter in one that the operation is not about', () => {
    expect(codes([sending({ gone: 100 })], rules)).toEqual([]);
  });

  test('is missing from a rule without any', () => {
    const object = sending({ v1: 50, v2: 50 });
    const draft = { virtualServices: [{ before: object, after: sending({ v1: 100 }) }] };
    expect(codes([object], [rule('api')], { draft })).toEqual(['warning api/v1']);
  });
});

test('where no DestinationRule for the host is in sight nobody knows', () => {
  const object = sending({ v1: 100 });
  const draft = { virtualServices: [{ before: object, after: sending({ 'web/v2': 100 }) }] };
  expect(codes([object], [rule('api', 'v1')], { draft })).toEqual([]);
});
