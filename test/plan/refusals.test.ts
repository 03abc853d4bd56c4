import { expect, test } from 'vitest';
import { TrafficError } from '../../src/base/errors.ts';
import type { DestinationRule, Route, RouteDestination, VirtualService } from '../../src/istio/types.ts';
import { plan } from '../../src/run/plan.ts';
import { destinationRule, intentOf, play, snapshotOf, virtualService } from '../support/plane.ts';

const to = (subset: string): RouteDestination => ({ destination: { host: 'api', subset } });
const RULE = destinationRule({ v1: { app: 'api', build: '1' }, 'api-7': { app: 'api', build: '7' } });
const HEADERS = { operation: 'headers', 'pod-selector': 'app=api,build=7', headers: 'x-a=1' };
const WEIGHT = { operation: 'weight', 'pod-selector': 'app=api,build=7', weight: '20' };
const ROLLBACK = { operation: 'rollback', 'pod-selector': 'app=api,build=7' };

const main = (subset: string): VirtualService => virtualService({ http: [{ route: [to(subset)] }] });
const headed: Route = { match: [{ headers: { 'x-a': { exact: '2' } } }], route: [to('v1')] };
const other: DestinationRule = {
  ...destinationRule({ 'api-8': { app: 'web' } }),
  metadata: { name: 'other', namespace: 'shop' },
};
const edited = play(snapshotOf([main('v1')], [RULE]), WEIGHT).virtualServices.map((object) => ({
  ...object,
  spec: { ...object.spec, http: [{ route: [to('api-7')] }] },
}));

/** The codes are read by scripts (`findings` in JSON). */
test.for<[code: string, VirtualService[], DestinationRule[], words: Readonly<Record<string, string>>]>([
  ['destinationrule-missing', [main('v1')], [], WEIGHT],
  ['subset-conflict', [main('v1')], [RULE, other], { ...WEIGHT, 'pod-selector': 'app=api,build=8' }],
  ['headers-need-http', [virtualService({ tcp: [{ route: [to('v1')] }] })], [RULE], HEADERS],
  ['headers-contradict', [virtualService({ http: [headed] })], [RULE], HEADERS],
  ['no-other-destination', [main('api-7')], [RULE], WEIGHT],
  ['no-destination-left', [main('api-7')], [RULE], ROLLBACK],
  ['no-destination-left', [main('api-7-shop')], [RULE], { operation: 'clear' }],
  ['no-destination-left', edited, [RULE], { operation: 'clear' }],
])('what can not be planned is refused as %s', ([code, virtualServices, rules, words]) => {
  let thrown: unknown;
  try {
    plan(snapshotOf(virtualServices, rules), intentOf(words));
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(TrafficError);
  expect(thrown).toMatchObject({ reason: 'check-failed', findings: [{ code, severity: 'error' }] });
});
