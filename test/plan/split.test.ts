import { describe, expect, test } from 'vitest';
import type { RouteDestination } from '../../src/istio/types.ts';
import type { PendingBaseline } from '../../src/plan/baseline.ts';
import { rebase, withoutRequests, listOf, scaled } from '../../src/plan/split.ts';

/** A list of the service's subsets with their weights; `''` is the whole service. */
function list(weights: Readonly<Record<string, number | undefined>>): RouteDestination[] {
  return Object.entries(weights).map(([subset, weight]) => ({
    destination: { host: 'api', ...(subset !== '' && { subset }) },
    ...(weight !== undefined && { weight }),
  }));
}

function asked(subset: string, part: number): PendingBaseline['requestedShares'][number] {
  return { destination: { host: 'api', subset }, part, whole: 100 };
}

const without =
  (...gone: string[]) =>
  (memory: PendingBaseline): readonly RouteDestination[] =>
    listOf(
      withoutRequests(memory, ({ subset = '' }) => gone.includes(subset), 'shop'),
      'shop',
    );

describe('somebody else changed the weights of a list with two of our builds', () => {
  const memory: PendingBaseline = {
    list: list({ v1: 60, v2: 40 }),
    requestedShares: [asked('pr-1', 20), asked('pr-2', 10)],
  };
  const edited = list({ v1: 30, v2: 10, 'pr-1': 40, 'pr-2': 20 });
  const adopted = rebase(memory, edited, 'shop');

  test('the list means what they wrote', () => {
    expect(listOf(adopted, 'shop')).toEqual(edited);
  });

  test.for<[gone: string[], left: Record<string, number>]>([
    [['pr-2'], { v1: 38, v2: 12, 'pr-1': 50 }],
    [['pr-1'], { v1: 60, v2: 20, 'pr-2': 20 }],
    [['pr-1', 'pr-2'], { v1: 30, v2: 10 }],
  ])('without %s, the rest keeps the proportions that they gave it', ([gone, left]) => {
    expect(without(...gone)(adopted)).toEqual(list(left));
  });

  test('nothing for all but one of our builds: without it, they have what they had', () => {
    const alone = rebase(memory, list({ v1: 0, v2: 0, 'pr-1': 0, 'pr-2': 100 }), 'shop');

    expect(listOf(alone, 'shop')).toEqual(list({ v1: 0, v2: 0, 'pr-1': 0, 'pr-2': 100 }));
    expect(without('pr-2')(alone)).toEqual(list({ v1: 48, v2: 32, 'pr-1': 20 }));
  });

  test('a port that they took off stays off', () => {
    const destination = { host: 'api', subset: 'v1', port: { number: 80 } };
    const before: PendingBaseline = { list: [{ destination }], requestedShares: [asked('pr-1', 20)] };

    expect(rebase(before, list({ v1: 50, 'pr-1': 50 }), 'shop').list).toEqual(list({ v1: 50 }));
  });

  test('a destination pinned to the stable subset is the whole service again', () => {
    const pinned: PendingBaseline = {
      list: list({ '': 60, v2: 40 }),
      stable: { host: 'api', subset: 'v1' },
      requestedShares: [asked('pr-1', 20)],
    };
    expect(listOf(pinned, 'shop')).toEqual(list({ v1: 48, v2: 32, 'pr-1': 20 }));

    const changed = rebase(pinned, list({ v1: 10, v2: 40, 'pr-1': 50 }), 'shop');

    expect(changed.list).toEqual(list({ '': 10, v2: 40 }));
    expect(listOf(changed, 'shop')).toEqual(list({ v1: 10, v2: 40, 'pr-1': 50 }));
  });
});

describe('a list scaled to 100', () => {
  test.for<[was: Record<string, number | undefined>, is: Record<string, number | undefined>]>([
    [
      { v1: 30, v2: 30 },
      { v1: 50, v2: 50 },
    ],
    [{ v1: 20 }, { v1: 100 }],
    [
      { v1: 30, v2: undefined },
      { v1: 100, v2: 0 },
    ],
    // Nothing to scale: written as it was.
    [{ v1: undefined }, { v1: undefined }],
    [
      { v1: 30, v2: undefined, v3: 70 },
      { v1: 30, v2: undefined, v3: 70 },
    ],
  ])('%o → %o', ([was, is]) => {
    expect(scaled(list(was))).toEqual(list(is));
  });
});
