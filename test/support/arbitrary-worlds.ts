/** Objects of one service, and operations on builds of it, for properties of plans. */
import fc from 'fast-check';
import type { Route, RouteDestination } from '../../src/istio/types.ts';
import { isLink } from '../../src/plan/link-names.ts';
import { previewSubset } from '../../src/plan/names.ts';
import type { Snapshot } from '../../src/plan/types.ts';
import { arbitraryLink, arbitraryPreview, arbitraryWeight, type Step } from './arbitrary-steps.ts';
import { destinationRule, snapshotOf, virtualService } from './plane.ts';

/** Two of them differ in the case of their letters alone. */
export const BUILDS = ['7', '8', 'PR-10', 'pr-10'] as const;

export const arbitraryBuild = fc.constantFrom(...BUILDS);
/** A share, a preview or a preview with a link. */
export const arbitraryStep: fc.Arbitrary<Step> = fc.oneof(
  arbitraryWeight(BUILDS),
  arbitraryPreview(BUILDS, ['x-cid=a', 'x-cid=b']),
  arbitraryLink(BUILDS),
);

/** Lists that the service's base routes may have: one or many, with weights of any total, without, whole service. */
export const arbitraryList: fc.Arbitrary<readonly RouteDestination[]> = fc
  .uniqueArray(fc.constantFrom('v1', 'v2', 'v3', undefined), { minLength: 1, maxLength: 4 })
  .chain((subsets) =>
    fc.tuple(
      ...subsets.map((subset) =>
        fc.record({
          destination: fc.constant({ host: 'api', ...(subset !== undefined && { subset }) }),
          weight: fc.integer({ min: 0, max: 40 }),
          headers: fc.option(fc.constant({ response: { add: { 'x-from': subset ?? 'all' } } }), {
            nil: undefined,
          }),
        }),
      ),
    ),
  )
  .map((entries) =>
    entries.map(({ headers, ...entry }) => (headers === undefined ? entry : { ...entry, headers })),
  )
  .chain((entries) =>
    entries.length === 1
      ? fc
          .boolean()
          .map((bare) => entries.map(({ weight, ...entry }) => (bare ? entry : { ...entry, weight })))
      : fc.constant(entries),
  );

const arbitraryHttp: fc.Arbitrary<readonly Route[]> = fc
  .record({
    list: arbitraryList,
    hasPath: fc.boolean(),
    hasQa: fc.boolean(),
    match: fc.constantFrom(undefined, [{}], [{ uri: { prefix: '/' } }], [{ uri: { regex: '.+' } }]),
  })
  .map(({ list, hasPath, hasQa, match }) => [
    ...(hasQa
      ? [
          {
            name: 'qa',
            match: [{ headers: { 'x-qa': { exact: '1' } } }],
            route: [{ destination: { host: 'api', subset: 'qa' } }],
          },
        ]
      : []),
    ...(hasPath
      ? [{ match: [{ uri: { prefix: '/v2' } }], rewrite: { uri: '/' }, timeout: '5s', route: list }]
      : []),
    { ...(match !== undefined && { match }), retries: { attempts: 2 }, route: list },
  ]);

/** One VirtualService of the service: with or without a path and a route of QA, and every form of a default route. */
export const arbitrarySnapshot: fc.Arbitrary<Snapshot> = arbitraryHttp.map((http) =>
  snapshotOf(
    [virtualService({ http, gateways: ['public'] })],
    [
      destinationRule({
        v1: { app: 'api', version: '1' },
        v2: { app: 'api', version: '2' },
        v3: { app: 'api', version: '3' },
        qa: { app: 'api', qa: 'yes' },
      }),
    ],
  ),
);

/** Did istiops make it? */
export function isOurs(route: Route): boolean {
  return previewSubset(route) !== undefined || isLink(route);
}
