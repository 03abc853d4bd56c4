/**
 * What is given to a build can be taken back, whatever users wrote before: their own subsets of the build, their mirrors,
 * timeouts, shares. For every operation that says so in the registry, so that a new one is held to it without a test of
 * its own; which must say so is in `registry.test.ts`.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/base/json.ts';
import { parseWords } from '../../src/operations/parse-words.ts';
import type { Words } from '../../src/intent/types.ts';
import type { Labels, Route, RouteDestination } from '../../src/istio/types.ts';
import { plan } from '../../src/run/plan.ts';
import type { Snapshot } from '../../src/plan/types.ts';
import { EXAMPLES_OF_BUILDS } from '../support/operation-examples.ts';
import { clusterOf } from '../support/memory-store.ts';
import { applied, destinationRule, snapshotOf, virtualService } from '../support/plane.ts';

/** The user's own name for the subset of the build. */
const HAND = 'by-hand';

const to = (subset: string, weight?: number): RouteDestination => ({
  destination: { host: 'api', subset },
  ...(weight !== undefined && { weight }),
});

/** The build may have a share already, by the user's own subset. */
const lists: fc.Arbitrary<readonly RouteDestination[]> = fc.constantFrom(
  [to('v1')],
  [to('v1', 100)],
  [to('v1', 90), to('v2', 10)],
  [{ ...to('v1', 50), headers: { response: { set: { 'x-from': 'v1' } } } }, to('v2', 50)],
  [to('v1', 70), to(HAND, 30)],
  [to('v1', 100), to(HAND, 0)],
);

/** Fields that a user may have written, copies for the build among them. */
const fields: fc.Arbitrary<Partial<Route>> = fc.record(
  {
    timeout: fc.constant('5s'),
    retries: fc.constant({ attempts: 3 }),
    headers: fc.constant({ request: { set: { 'x-shop': '1' } } }),
    mirror: fc.constantFrom({ host: 'audit' }, { host: 'api', subset: 'v2' }, { host: 'api', subset: HAND }),
    mirrorPercentage: fc.constant({ value: 25 }),
  },
  { requiredKeys: [] },
);

/** A default route, alone, with another base route, or with a route of other requests. */
const routes: fc.Arbitrary<readonly Route[]> = fc
  .record({
    base: lists,
    other: lists,
    own: fields,
    othersOwn: fields,
  })
  .chain(({ base, other, own, othersOwn }) =>
    fc.constantFrom<readonly Route[]>(
      [{ ...own, route: base }],
      [
        { name: 'v2', match: [{ uri: { prefix: '/v2' } }], ...othersOwn, route: base },
        { name: 'main', ...own, route: base },
      ],
      [
        { match: [{ uri: { prefix: '/qa' } }], ...othersOwn, route: other },
        { ...own, route: base },
      ],
    ),
  );

interface World {
  readonly routes: readonly Route[];
  /** Does the user have a subset for the build? If routes name it, they do. */
  readonly hasOwnSubset: boolean;
}

const worlds: fc.Arbitrary<World> = fc.record({ routes, hasOwnSubset: fc.boolean() });

function objectsOf({ routes: http, hasOwnSubset }: World, build: Labels) {
  const isNamed = JSON.stringify(http).includes(`"${HAND}"`);
  const subsets = {
    v1: { app: 'api', build: '1' },
    v2: { app: 'api', build: '2' },
    ...((hasOwnSubset || isNamed) && { [HAND]: { ...build } }),
  };
  return [virtualService({ http }), destinationRule(subsets)] as const;
}

function filesOf([routing, rule]: ReturnType<typeof objectsOf>): Snapshot {
  return snapshotOf([routing], [rule]);
}

function labelsOf(words: Words): Labels {
  const { intent } = parseWords(words).request;
  return 'podLabels' in intent ? (intent.podLabels ?? {}) : {};
}

describe.for(EXAMPLES_OF_BUILDS)('$name', ({ words }) => {
  const build = labelsOf(words);
  const back = (operation: string): Words => ({
    operation,
    'label-selector': words['label-selector'],
    'propagation-wait': '0s',
    ...(operation !== 'clear' && { 'pod-selector': words['pod-selector'] }),
  });

  test.for(['rollback', 'undo'])('is taken back by %s in a cluster, without a trace', async (operation) => {
    let changes = 0;
    await fc.assert(
      fc.asyncProperty(worlds, async (world) => {
        const cluster = clusterOf(objectsOf(world, build));
        cluster.pods = [build, { app: 'api', build: '1' }, { app: 'api', build: '2' }].map((labels, i) => ({
          name: `pod-${i}`,
          namespace: 'shop',
          labels,
          ready: true,
        }));
        const before = canonicalJson(cluster.state());
        const outcome = await cluster.run(words);
        fc.pre(outcome.failure === null);
        if (outcome.changed) changes += 1;
        await cluster.clock.sleep(60_000);
        expect(await cluster.run(words)).toMatchObject({ failure: null, changed: false });
        // A build that has a share by hand and nothing that istiops made is a warning, and stays.
        const { failure } = await cluster.run(back(operation));
        if (outcome.changed || failure === null) expect(failure).toBeNull();
        if (outcome.changed) expect(canonicalJson(cluster.state())).toBe(before);
      }),
      { numRuns: 40 },
    );
    expect(changes).toBeGreaterThan(0);
  });

  test.for(['rollback', 'clear'])('is taken back by %s in files, where no history helps', (operation) => {
    fc.assert(
      fc.property(worlds, (world) => {
        const before: Snapshot = filesOf(objectsOf(world, build));
        const given = plan(before, parseWords(words).request.intent);
        fc.pre(given.findings.every(({ severity }) => severity !== 'error'));
        // What a cut-over leaves is the state of the files: Git has the one before.
        if (given.effects?.includes('cuts-over') === true) return;
        const changed = applied(before, given);
        const after = applied(changed, plan(changed, parseWords(back(operation)).request.intent));
        expect(canonicalJson(after)).toBe(canonicalJson(before));
      }),
      { numRuns: 40 },
    );
  });
});
