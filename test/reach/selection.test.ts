/** The guard knows by itself which VirtualServices a change may write: those that are named, or have the labels. */
import { describe, expect, it } from 'vitest';
import { isReadOnly } from '../../src/operations/index.ts';
import { isOfServices } from '../../src/operations/services.ts';
import { parseWords } from '../../src/operations/parse-words.ts';
import { reachOf } from '../../src/operations/reach.ts';
import type { VirtualService } from '../../src/istio/types.ts';
import type { Snapshot } from '../../src/plan/types.ts';
import { plan } from '../../src/run/plan.ts';
import { applied, changesOf, destinationRule, snapshotOf, virtualService } from '../support/plane.ts';

const BUILD = { 'pod-selector': 'app=api,build=10' };
const BOTH = 'web,api';

function named(name: string, host: string): VirtualService {
  const object = virtualService({ http: [{ route: [{ destination: { host: 'api', subset: 'v1' } }] }] });
  return { ...object, metadata: { name, namespace: 'shop' }, spec: { ...object.spec, hosts: [host] } };
}

const BEFORE = snapshotOf(
  [named('web', 'shop.io'), named('api', 'api.shop.io')],
  [destinationRule({ v1: { app: 'api', version: '1' } })],
);

/** Titles of what changes without being asked, where `planned` is done and `asked` was wanted. */
function unasked(
  before: Snapshot,
  planned: Readonly<Record<string, string>>,
  asked: Readonly<Record<string, string>>,
): readonly string[] {
  const intentOf = (words: Readonly<Record<string, string>>) => {
    const { intent } = parseWords({ ...BUILD, ...words, namespace: 'shop' }).request;
    if (isReadOnly(intent) || isOfServices(intent)) throw new Error('it plans nothing');
    return intent;
  };
  const made = plan(before, intentOf(planned));
  const rules = before.destinationRules.map((rule, i) => ({
    before: rule,
    after: applied(before, made).destinationRules[i] ?? rule,
  }));
  const { unexpected } = reachOf(before, intentOf(asked), changesOf(before, made), rules);
  return [...new Set(unexpected.map(({ who }) => who))];
}

const WEIGHTED = applied(
  BEFORE,
  plan(
    BEFORE,
    parseWords({ operation: 'weight', ...BUILD, weight: '20', 'virtual-service': BOTH }).request.intent,
  ),
);

describe.each<[operation: string, before: Snapshot, more: Readonly<Record<string, string>>]>([
  ['weight', BEFORE, { weight: '20' }],
  ['headers', BEFORE, { headers: 'x-cid=a' }],
  ['promote', BEFORE, {}],
  ['rollback', WEIGHTED, {}],
])('%s of both', (operation, before, more) => {
  const words = { operation, ...more };

  it('is as it should be where both are named', () => {
    const both = { ...words, 'virtual-service': BOTH };
    expect(unasked(before, both, both)).toEqual([]);
  });

  it('changes one that nobody named', () => {
    const both = { ...words, 'virtual-service': BOTH };
    expect(unasked(before, both, { ...words, 'virtual-service': 'web' })).not.toEqual([]);
  });
});
