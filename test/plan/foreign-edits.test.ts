/** Whatever others write between our operations, what takes back takes back, or fails with words. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TrafficError } from '../../src/base/errors.ts';
import { destinationsOf, mirrorsOf } from '../../src/istio/routes.ts';
import { serviceIdentity } from '../../src/istio/service-identity.ts';
import type { Destination, Route, RouteDestination, VirtualService } from '../../src/istio/types.ts';
import { plan } from '../../src/run/plan.ts';
import { previewSubset } from '../../src/plan/names.ts';
import type { Snapshot } from '../../src/plan/types.ts';
import { arbitraryEdit, withEdit, type ForeignEdit } from '../support/foreign-edits.ts';
import { reachOf } from '../../src/operations/reach.ts';
import {
  applied,
  changesOf,
  destinationRule,
  intentOf,
  snapshotOf,
  virtualService,
} from '../support/plane.ts';
import {
  arbitraryOn,
  arbitraryPreview,
  arbitraryWeight,
  podSelector,
  type Step,
} from '../support/arbitrary-steps.ts';
import { runs } from '../support/runs.ts';

const BUILDS = ['7', '8'] as const;

const arbitraryStep: fc.Arbitrary<Step> = fc.oneof(
  arbitraryWeight(BUILDS, 1),
  fc.oneof(...BUILDS.map((build) => arbitraryPreview([build], [`x-build=${build}`]))),
  arbitraryOn('promote', BUILDS),
);

const to = (subset: string, weight?: number): RouteDestination => ({
  destination: { host: 'api', ...(subset !== '' && { subset }) },
  ...(weight !== undefined && { weight }),
});

const arbitraryStart: fc.Arbitrary<Snapshot> = fc
  .record({
    list: fc.constantFrom<readonly RouteDestination[]>(
      [to('v1')],
      [to('')],
      [to('v1', 60), to('v2', 40)],
      [to('', 30), to('v2', 30)],
    ),
    hasPath: fc.boolean(),
  })
  .map(({ list, hasPath }) => startWith(list, hasPath));

function startWith(list: readonly RouteDestination[], hasPath: boolean): Snapshot {
  const path: Route = { match: [{ uri: { prefix: '/v2' } }], rewrite: { uri: '/' }, route: list };
  const qa: Route = { name: 'qa', match: [{ headers: { 'x-qa': {} } }], route: [to('v2')] };
  return snapshotOf(
    [virtualService({ http: [qa, ...(hasPath ? [path] : []), { route: list }] })],
    [destinationRule({ v1: { app: 'api', version: '1' }, v2: { app: 'api', version: '2' } })],
  );
}

type Doing = { readonly step: Step } | { readonly edit: ForeignEdit };

const arbitraryStory: fc.Arbitrary<readonly Doing[]> = fc
  .tuple(
    arbitraryStep.map((step): Doing => ({ step })),
    fc.array(
      fc.oneof(
        arbitraryStep.map((step): Doing => ({ step })),
        { weight: 2, arbitrary: arbitraryEdit.map((edit): Doing => ({ edit })) },
      ),
      { maxLength: 6 },
    ),
  )
  .map(([first, more]) => [first, ...more]);

/** What the operation makes of it; undefined where it refuses. */
function tried(snapshot: Snapshot, words: Step): Snapshot | undefined {
  try {
    const intent = intentOf(words);
    const planned = plan(snapshot, intent);
    const isRefused = planned.findings.some(({ severity }) => severity === 'error');
    if (isRefused || intent.operation === 'show' || intent.operation === 'explain') return undefined;
    if (intent.operation === 'rollback' || intent.operation === 'clear')
      expect(reachOf(snapshot, intent, changesOf(snapshot, planned)).unexpected).toEqual([]);
    return applied(snapshot, planned);
  } catch (thrown) {
    if (!(thrown instanceof TrafficError)) throw thrown;
    expect(thrown.reason).not.toBe('internal');
    return undefined;
  }
}

/** A step that is refused is one that nobody took. */
function told(start: Snapshot, story: readonly Doing[]): Snapshot {
  return story.reduce(
    (current, doing) =>
      'edit' in doing ? withEdit(current, doing.edit) : (tried(current, doing.step) ?? current),
    start,
  );
}

const isOf = (subset: string, { host, subset: name }: Destination): boolean =>
  name === subset && serviceIdentity(host, 'shop') === 'api.shop';

function sendsTo({ virtualServices }: Snapshot, subset: string): boolean {
  return virtualServices.some(({ spec }) =>
    (spec.http ?? []).some((route) =>
      [...destinationsOf(route).map(({ destination }) => destination), ...mirrorsOf(route)].some(
        (destination) => isOf(subset, destination),
      ),
    ),
  );
}

const isOurs = (subset: string, { destinationRules }: Snapshot): boolean =>
  destinationRules.some(({ metadata }) =>
    (metadata.annotations?.['istiops/subsets'] ?? '').split(',').includes(subset),
  );

/** What others wrote of the routes that stay: all but lists and mirrors, and which destinations of theirs are listed. */
function theirs(object: VirtualService | undefined, builds: readonly string[]): unknown {
  return (object?.spec.http ?? []).flatMap((route) => {
    const left = destinationsOf(route).filter(
      ({ destination }) => !builds.some((subset) => isOf(subset, destination)),
    );
    if (previewSubset(route) !== undefined && left.length === 0) return [];
    const { route: _, mirror, mirrorPercentage, ...rest } = route;
    const isOurMirror = mirrorsOf(route).some((destination) =>
      builds.some((subset) => isOf(subset, destination)),
    );
    // The stable subset stands for the whole service as long as something is there.
    const names = left.map(({ destination }) => `${destination.host} ${destination.subset ?? 'v1'}`);
    return [{ rest, names, ...(!isOurMirror && { mirror, mirrorPercentage }) }];
  });
}

const RUNS = runs(1000);

/** A build's share where the whole service is kept to its stable subset. */
const keptShare = (build: string, weight: string): Doing => ({
  step: {
    operation: 'weight',
    'pod-selector': podSelector(build),
    weight,
    'stable-pod-selector': 'app=api,version=1',
  },
});

/** The text is still a baseline, of a destination with a field that no route ever had: `ubset` in place of `subset`. */
const GARBLED_SUBSET: readonly Doing[] = [
  keptShare('7', '98'),
  { edit: { kind: 'garble-baseline', at: 53 } },
];

/** The same of a build that has a share already. */
const GARBLED_BUILD: readonly Doing[] = [
  keptShare('7', '3'),
  keptShare('8', '34'),
  { edit: { kind: 'garble-baseline', at: 84 } },
];

/** A share for a destination with `ubset`, so for no subset: what else the text says of that list counts as little. */
const GARBLED_SHARE: readonly Doing[] = [
  {
    step: {
      operation: 'headers',
      'pod-selector': podSelector('8'),
      headers: 'x-build=8',
      'stable-pod-selector': 'app=api,version=1',
    },
  },
  keptShare('7', '2'),
  keptShare('8', '73'),
  { edit: { kind: 'garble-baseline', at: 177 } },
];

describe('after whatever others wrote', () => {
  it('a rollback that succeeds leaves no request to the build through a subset made by istiops, and changes nothing of others', () => {
    fc.assert(
      fc.property(arbitraryStart, arbitraryStory, fc.constantFrom(...BUILDS), (start, story, build) => {
        const before = told(start, story);
        const rollback = { operation: 'rollback', 'pod-selector': podSelector(build) };
        const after = tried(before, rollback);
        const subset = `api-${build}`;
        if (after === undefined) {
          expect(sendsTo(before, subset)).toBe(true);
          return;
        }
        expect(sendsTo(after, subset)).toBe(false);
        expect(isOurs(subset, after)).toBe(false);
        const others = BUILDS.filter((other) => other !== build).map((other) => `api-${other}`);
        const all = [subset, ...others];
        expect(theirs(after.virtualServices[0], all)).toEqual(theirs(before.virtualServices[0], all));
        expect(plan(after, intentOf(rollback)).phases).toEqual([]);
      }),
      {
        ...RUNS,
        examples: [
          [startWith([to('')], false), GARBLED_BUILD, '8'],
          [startWith([to('', 30), to('v2', 30)], false), GARBLED_SHARE, '8'],
        ],
      },
    );
  });

  it('a clear that succeeds leaves a build only where it is all that a route has', () => {
    let cleared = 0;
    fc.assert(
      fc.property(arbitraryStart, arbitraryStory, (start, story) => {
        const before = told(start, story);
        const after = tried(before, { operation: 'clear' });
        if (after === undefined) return;
        const all = BUILDS.map((build) => `api-${build}`);
        const isBuild = (destination: Destination): boolean =>
          all.some((subset) => isOf(subset, destination));
        for (const route of after.virtualServices[0]?.spec.http ?? []) {
          expect(mirrorsOf(route).some(isBuild)).toBe(false);
          const list = destinationsOf(route).map(({ destination }) => destination);
          if (!list.some(isBuild)) continue;
          expect(list.every(isBuild)).toBe(true);
          expect(previewSubset(route)).toBeUndefined();
        }
        expect(theirs(after.virtualServices[0], all)).toEqual(theirs(before.virtualServices[0], all));
        expect(plan(after, intentOf({ operation: 'clear' })).phases).toEqual([]);
        cleared += 1;
      }),
      { ...RUNS, examples: [[startWith([to('v1')], false), GARBLED_SUBSET]] },
    );
    expect(cleared).toBeGreaterThan(RUNS.numRuns / 2);
  });
});
