/** A write to which no answer comes: it may have been carried out. */
import { describe, expect, test } from 'vitest';
import { TrafficError } from '../../src/base/errors.ts';
import type { VirtualService } from '../../src/istio/types.ts';
import type { Write } from '../../src/plan/types.ts';
import type { Outcome } from '../../src/report/types.ts';
import { API, VS, WEIGHT } from '../support/api-service.ts';
import { fails, type Cluster } from '../support/memory-store.ts';
import { DENIED, failureOf, subsetNames, threeBuilds } from '../support/three-builds.ts';

describe('no answer to a write', () => {
  const silence = new TrafficError('timeout', 'No answer.', { mayHaveBeenWritten: true });
  const carriedOut = (made: Cluster): void => {
    made.edit(API, (current) => ({
      ...current,
      spec: {
        ...current.spec,
        http: [
          {
            name: 'main',
            route: [
              { destination: { host: 'api', subset: 'v1' }, weight: 80 },
              { destination: { host: 'api', subset: 'api-2' }, weight: 20 },
            ],
          },
        ],
      },
    }));
  };
  const silent = (isCarriedOut: boolean): Cluster => {
    const made = threeBuilds();
    return made.on(`write ${VS}`, () => {
      if (isCarriedOut) carriedOut(made);
      throw silence;
    });
  };

  test.each([true, false])(
    'carried out: %s; a look finds it out, and all is undone',
    async (isCarriedOut) => {
      const made = silent(isCarriedOut);
      const before = made.state();
      const outcome = await made.run(WEIGHT);

      expect(failureOf(outcome)).toBe(
        'timeout: No answer. What had been written before was undone: everything is as it was.',
      );
      expect(made.state()).toEqual(before);
      expect(outcome.changed).toBe(false);
    },
  );

  test("the look fails, too: the report doesn't say that nothing was changed", async () => {
    const made = silent(true).always('read routing', fails(DENIED));
    const outcome = await made.run(WEIGHT);

    expect(failureOf(outcome)).toContain(
      `Still changed: ${VS} (perhaps: no answer that can be used came to the write`,
    );
    expect(failureOf(outcome)).not.toContain('Nothing was changed');
    expect(outcome.changed).toBe(true);
  });
});

describe('no answer to a write, and somebody else on top of it', () => {
  const silence = new TrafficError('timeout', 'No answer.', { mayHaveBeenWritten: true });
  /** What this run sent is stored, then `change` is made, then the answer is lost. */
  async function lost(
    change: (current: VirtualService) => VirtualService,
  ): Promise<{ made: Cluster; outcome: Outcome }> {
    const made = threeBuilds();
    const { store } = made;
    const write = store.write.bind(store);
    let isLost = false;
    Object.assign(store, {
      write: async (one: Write) => {
        const stored = await write(one);
        if (isLost || one.kind !== 'VirtualService') return stored;
        isLost = true;
        made.edit(API, change);
        throw silence;
      },
    });
    return { made, outcome: await made.run(WEIGHT) };
  }

  test('only what istiops changed is reverted', async () => {
    const { made, outcome } = await lost((current) => ({
      ...current,
      spec: { ...current.spec, hosts: ['api', 'api.shop.io'] },
    }));
    expect(failureOf(outcome)).toMatch(/^timeout: No answer\. What had been written before was undone/);
    expect(made.state()[VS]).toEqual({
      spec: { ...API.spec, hosts: ['api', 'api.shop.io'] },
      annotations: {},
    });
    expect(subsetNames(made)).toEqual(['v1']);
  });

  test("another run's signature: nobody can tell, and the report says so", async () => {
    const { outcome } = await lost((current) => ({
      ...current,
      metadata: {
        ...current.metadata,
        annotations: { ...current.metadata.annotations, 'istiops/last-change': '{"operation":"headers"}' },
      },
    }));
    expect(failureOf(outcome)).toMatch(
      /^timeout: No answer\. .*Still changed: VirtualService shop\/api \(perhaps: /,
    );
    expect(outcome.changed).toBe(true);
  });

  test('all of it replaced: nothing is left to take back', async () => {
    const { made, outcome } = await lost(() => ({ ...API, spec: { ...API.spec, hosts: ['other'] } }));
    expect(failureOf(outcome)).toMatch(/^timeout: No answer\. What had been written before was undone/);
    expect(made.state()[VS]).toEqual({ spec: { ...API.spec, hosts: ['other'] }, annotations: {} });
  });
});
