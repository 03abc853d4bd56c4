import { expect, test } from 'vitest';
import type { DestinationRule } from '../../src/istio/types.ts';
import { goneRules } from '../../src/undo/gone-rules.ts';
import type { HistoryChange } from '../../src/undo/history.ts';
import type { RecordedChange } from '../../src/undo/types.ts';
import { destinationRule, snapshotOf, virtualService } from '../support/plane.ts';

const HOST = 'api.shop.svc.cluster.local';
const api = virtualService({ http: [{ route: [{ destination: { host: 'api' } }] }] });

/** A change whose record says that a rule for the host went whole. */
function goneBy(goneHost: string): HistoryChange {
  const rules = [{ name: 'made', added: [], removed: [], changed: [], goneHost }];
  const record: RecordedChange = {
    id: 'a',
    time: '2030-01-01T00:00:00.000Z',
    summary: { operation: 'rollback', subset: 'api-10', isBack: false, effects: [] },
    labels: null,
    asked: null,
    by: null,
    repository: null,
    run: null,
    pullRequest: null,
    wrote: [api.metadata.name],
    undo: { routes: [], previews: [], annotations: [], rules },
  };
  return { ...record, key: 'a', number: 1, parts: new Map([[api, [record]]]) };
}

const seen = { ...snapshotOf([api], []), source: 'kubernetes', rulesOf: 'all' } as const;

test('a rule that went whole comes back as istiops makes one, without subsets', () => {
  const [rule, ...more] = goneRules(seen, [goneBy(HOST), goneBy(HOST)]);
  expect(more).toEqual([]);
  expect(rule?.metadata).toMatchObject({ name: 'made', namespace: 'shop' });
  expect(rule?.spec).toEqual({ host: HOST });
});

test.for<[string, host: string, rules: DestinationRule[], more: object]>([
  ['a host that no route sends to', 'bank.shop.svc.cluster.local', [], {}],
  ['a host of another namespace', 'api.other.svc.cluster.local', [], {}],
  ['a wildcard', '*', [], {}],
  ['a host that another rule is for by now', 'api', [destinationRule({})], {}],
  ['where rules of the root namespace can not be seen', HOST, [], { rulesOf: ['shop'] }],
])('no record brings back a rule for %s', ([, host, destinationRules, more]) => {
  expect(goneRules({ ...seen, destinationRules, ...more }, [goneBy(host)])).toEqual([]);
});
