import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RouteDestination } from '../../src/istio/types.ts';
import { previewSubset } from '../../src/plan/names.ts';
import type { Snapshot } from '../../src/plan/types.ts';
import { TrafficError } from '../../src/base/errors.ts';
import { podSelector, type Step } from '../support/arbitrary-steps.ts';
import {
  arbitraryList,
  arbitrarySnapshot,
  arbitraryStep,
  BUILDS,
  isOurs,
} from '../support/arbitrary-worlds.ts';
import { destinationRule, play, snapshotOf, virtualService } from '../support/plane.ts';
import { runs } from '../support/runs.ts';

const STABLE = { 'stable-pod-selector': 'app=api,version=1' };

function weight(build: string, share: string): Step {
  return { operation: 'weight', 'pod-selector': podSelector(build), weight: share, ...STABLE };
}

/** Neither the whole service nor the subset has any weight. */
function zeroed(subset: string): RouteDestination[] {
  return [
    { destination: { host: 'api' }, weight: 0 },
    { destination: { host: 'api', subset }, weight: 0 },
  ];
}

const ZEROED: Snapshot = snapshotOf(
  [virtualService({ http: [{ route: zeroed('v1') }] })],
  [destinationRule({ v1: { app: 'api', version: '1' }, v3: { app: 'api', version: '3' } })],
);

/** First and last steps, and what somebody writes in between. */
type Story = [Snapshot, Step[], RouteDestination[], Step[]];

/** Somebody sets every weight to 0 and removes the builds, of which one still has a remembered share. */
const OF_A_REMEMBERED_BUILD: Story = [
  ZEROED,
  [weight('7', '1'), weight('pr-10', '1'), weight('7', '0')],
  zeroed('v1'),
  [],
];

/** The same where another build's preview keeps the stable subset until it goes, too. */
const OF_A_PREVIEWED_BUILD: Story = [
  ZEROED,
  [
    weight('7', '1'),
    { operation: 'headers', 'pod-selector': podSelector('pr-10'), headers: 'x-cid=a', ...STABLE },
  ],
  zeroed('v3'),
  [],
];

describe('somebody who writes in between', () => {
  it('never loses what they wrote, and never makes the planner throw anything but a TrafficError', () => {
    fc.assert(
      fc.property(
        arbitrarySnapshot,
        fc.array(arbitraryStep, { minLength: 1, maxLength: 4 }),
        arbitraryList,
        fc.array(arbitraryStep, { maxLength: 4 }),
        (before, first, list, then) => {
          const touched = play(before, ...first);
          const edited = {
            ...touched,
            virtualServices: touched.virtualServices.map((object) => ({
              ...object,
              spec: {
                ...object.spec,
                http: (object.spec.http ?? []).map((route) =>
                  route.name === 'qa' || isOurs(route) ? route : { ...route, route: list },
                ),
              },
            })),
          };
          try {
            const after = play(
              edited,
              ...then,
              ...BUILDS.map((build) => ({ operation: 'rollback', 'pod-selector': podSelector(build) })),
            );
            for (const route of after.virtualServices[0]?.spec.http ?? []) {
              if (route.name === 'qa') continue;
              expect(previewSubset(route)).toBeUndefined();
              // What is as we pinned it goes back to the whole service with the last build.
              const names = (route.route ?? []).map(({ destination }) => destination.subset ?? 'v1');
              expect(names).toEqual(list.map(({ destination }) => destination.subset ?? 'v1'));
            }
          } catch (thrown) {
            if (!(thrown instanceof TrafficError)) throw thrown;
          }
        },
      ),
      { ...runs(1000), examples: [OF_A_REMEMBERED_BUILD, OF_A_PREVIEWED_BUILD] },
    );
  });
});
