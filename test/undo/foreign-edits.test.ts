/**
 * Whatever others write between a change and its undo: after an undo that isn't refused, nothing in sight sends to what
 * the change had brought, unless the undo says so.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TrafficError } from '../../src/base/errors.ts';
import { serviceIdentity } from '../../src/istio/service-identity.ts';
import { destinationsOf, mirrorsOf, routesOf } from '../../src/istio/routes.ts';
import type { Route, RouteDestination, VirtualService } from '../../src/istio/types.ts';
import { plan } from '../../src/run/plan.ts';
import { BASELINE } from '../../src/plan/baseline.ts';
import { withAnnotation } from '../../src/plan/objects.ts';
import type { Snapshot } from '../../src/plan/types.ts';
import { HISTORY } from '../../src/undo/format.ts';
import { withHistory } from '../../src/undo/record.ts';
import { applied, destinationRule, intentOf, snapshotOf, virtualService } from '../support/plane.ts';
import { arbitraryEdit, withEdit } from '../support/foreign-edits.ts';
import { runs } from '../support/runs.ts';

const to = (subset: string, weight?: number): RouteDestination => ({
  destination: { host: 'api', subset },
  ...(weight !== undefined && { weight }),
});
const START = snapshotOf(
  [
    virtualService({
      http: [
        {
          name: 'paths',
          match: [{ uri: { prefix: '/v2' } }],
          timeout: '5s',
          route: [to('v1', 60), to('v2', 40)],
        },
        { name: 'main', route: [to('v1', 60), to('v2', 40)] },
      ],
    }),
    virtualService({ http: [{ route: [to('v1')] }] }, 'other'),
  ],
  [destinationRule({ v1: { app: 'api', version: '1' }, v2: { app: 'api', version: '2' } })],
);

const BUILD = { 'pod-selector': 'app=api,build=7' };
const CHANGES = [
  { operation: 'weight', ...BUILD, weight: '20' },
  { operation: 'weight', ...BUILD, weight: '100' },
  { operation: 'headers', ...BUILD, headers: 'x-cid=a' },
  { operation: 'promote', ...BUILD },
];

type Edit = (object: VirtualService) => VirtualService;

const routes =
  (edit: (route: Route, index: number) => readonly Route[]): Edit =>
  (object) => ({ ...object, spec: { ...object.spec, http: (object.spec.http ?? []).flatMap(edit) } });

const destinations = (edit: (entry: RouteDestination) => RouteDestination): Edit =>
  routes((route) => [route.route === undefined ? route : { ...route, route: route.route.map(edit) }]);

const spelled = (host: string): Edit =>
  destinations((entry) => ({ ...entry, destination: { ...entry.destination, host } }));

/** What others do, to the very fields that the change wrote as well. */
const EDITS: Readonly<Record<string, Edit>> = {
  'hosts with the namespace': spelled('api.shop'),
  'hosts in full': spelled('api.shop.svc.cluster.local'),
  ports: destinations((entry) => ({ ...entry, destination: { ...entry.destination, port: { number: 80 } } })),
  'entries in another order': routes((route) => [
    route.route === undefined ? route : { ...route, route: route.route.toReversed() },
  ]),
  'other weights': destinations((entry) =>
    entry.weight === undefined ? entry : { ...entry, weight: (entry.weight + 7) % 101 },
  ),
  'another name': routes((route) => [route.name === 'main' ? { ...route, name: 'default' } : route]),
  'another match': routes((route) => [
    route.name === 'paths' ? { ...route, match: [{ uri: { prefix: '/v3' } }] } : route,
  ]),
  'previews with another name': routes((route) => [
    route.name?.startsWith('istiops-') === true ? { ...route, name: 'mine' } : route,
  ]),
  'previews with another timeout': routes((route) => [
    route.name?.startsWith('istiops-') === true ? { ...route, timeout: '9s' } : route,
  ]),
  'a copy of each route': routes((route) => [route, { ...route, name: `${route.name ?? ''}-copy` }]),
  'no first route': routes((route, index) => (index === 0 ? [] : [route])),
  'routes in another order': (object) => ({
    ...object,
    spec: { ...object.spec, http: object.spec.http?.toReversed() ?? [] },
  }),
  'a mirror to the build': routes((route) => [{ ...route, mirror: { host: 'api', subset: 'api-7' } }]),
  'no baseline': (object) => withAnnotation(object, BASELINE, undefined),
  'another baseline': (object) => withAnnotation(object, BASELINE, '{"v":1}'),
  'no history': (object) => withAnnotation(object, HISTORY, undefined),
  'another history': (object) => withAnnotation(object, HISTORY, '{"v":1,"changes":[{}]}'),
};

/** `kind[index]` of everything that sends to the build. */
function sendsToBuild(snapshot: Snapshot): string[] {
  return snapshot.virtualServices.flatMap((object) =>
    routesOf(object).flatMap(({ route, kind, index }) => {
      const { namespace, name } = object.metadata;
      const all = [...destinationsOf(route).map(({ destination }) => destination), ...mirrorsOf(route)];
      return all.some(
        ({ host, subset }) =>
          subset === 'api-7' && serviceIdentity(host, namespace) === serviceIdentity('api', 'shop'),
      )
        ? [`${name} ${kind}[${index}]`]
        : [];
    }),
  );
}

const some = fc.subarray(Object.keys(EDITS), { minLength: 0, maxLength: 4 });

test('after an undo nothing sends to what the change had brought, or the undo says so', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...CHANGES),
      some,
      fc.array(arbitraryEdit, { maxLength: 3 }),
      fc.boolean(),
      fc.boolean(),
      (change, edits, others, force, isAll) => {
        const stamp = { id: 'change', time: '2030-01-01T00:00:00.000Z' };
        const made = applied(START, withHistory(plan(START, intentOf(change)), stamp, {}, []));
        const once: Snapshot = {
          ...made,
          virtualServices: made.virtualServices.map((object, i) =>
            i === 0 || isAll ? edits.reduce((one, name) => EDITS[name]?.(one) ?? one, object) : object,
          ),
        };
        const edited = others.reduce(withEdit, once);
        let planned;
        try {
          planned = plan(edited, intentOf({ operation: 'undo' }), { force });
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(TrafficError);
          return;
        }
        if (planned.findings.some(({ severity }) => severity === 'error')) return;
        const left = sendsToBuild(applied(edited, planned));
        // A warning that names what stays, or the ignored history.
        const isSaid = planned.findings.some(({ severity }) => severity === 'warning');
        if (left.length > 0) expect(isSaid, `${edits.join(', ')}: ${left.join(', ')}`).toBe(true);
        if (edits.length + others.length === 0) expect(left).toEqual([]);
      },
    ),
    runs(1000),
  );
});
