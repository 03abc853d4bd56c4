import { expect, test } from 'vitest';
import type { RouteDestination, VirtualService } from '../../src/istio/types.ts';
import { plan } from '../../src/run/plan.ts';
import { leftByHand } from '../../src/plan/taken-back/left-by-hand.ts';
import { destinationRule, intentOf, play, snapshotOf, virtualService } from '../support/plane.ts';

const to = (subset: string, weight?: number): RouteDestination => ({
  destination: { host: 'api', subset },
  ...(weight !== undefined && { weight }),
});

test.for<[list: RouteDestination[], isNamed: boolean]>([
  [[to('v1'), to('v2', 100)], false],
  [[to('v1', 0), to('v2', 100)], false],
  [[to('v1', 1), to('v2', 99)], true],
  [[to('v1')], true],
  [[to('v1', 0)], true],
  [[to('v2')], false],
])('a build that gets requests from a list of somebody else is named: %j', ([route, isNamed]) => {
  const object = virtualService({ http: [{ route }] });
  const found = leftByHand({ before: object, after: object }, ({ subset }) => subset === 'v1');
  expect(found.map(({ code }) => code)).toEqual(isNamed ? ['share-by-hand'] : []);
});

test('rolling a build back leaves the lists alone that only other builds share, whoever changed them', () => {
  const rule = destinationRule({ v1: { app: 'api', build: '1' } });
  const weight = (object: string, build: string) => ({
    operation: 'weight',
    'pod-selector': `app=api,build=${build}`,
    weight: '20',
    routes: `${object}/http[0]`,
  });
  const http = [{ route: [to('v1')] }];
  const shared = play(
    snapshotOf([virtualService({ http }, 'a'), virtualService({ http }, 'b')], [rule]),
    weight('a', '7'),
    weight('b', '8'),
  );
  const edited = shared.virtualServices.map((object): VirtualService =>
    object.metadata.name === 'b'
      ? { ...object, spec: { ...object.spec, http: [{ route: [to('v1', 40), to('api-8', 60)] }] } }
      : object,
  );
  const { phases, findings } = plan(
    { ...shared, virtualServices: edited },
    intentOf({ operation: 'rollback', 'pod-selector': 'app=api,build=7' }),
  );

  const routes = phases.find(({ name }) => name === 'routes');
  expect(routes?.writes.map(({ after }) => after.metadata.name)).toEqual(['a']);
  expect(findings).toEqual([]);
});
