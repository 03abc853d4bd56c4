import { describe, expect, test } from 'vitest';
import { effectiveShares, relativeWeights } from '../../src/istio/weights.ts';

describe('weights', () => {
  test.for<[weights: (number | undefined)[], relative: number[], shares: number[]]>([
    [[], [], []],
    [[undefined], [100], [100]],
    [[0], [100], [100]],
    [
      [30, undefined],
      [30, 0],
      [100, 0],
    ],
    [
      [1, 2],
      [1, 2],
      [33.33, 66.67],
    ],
    [
      [0, 0],
      [0, 0],
      [0, 0],
    ],
  ])('%j', ([weights, relative, shares]) => {
    const list = weights.map((weight) => ({
      destination: { host: 'api' },
      ...(weight !== undefined && { weight }),
    }));
    expect(relativeWeights(list)).toEqual(relative);
    expect(effectiveShares(list)).toEqual(shares);
  });
});
