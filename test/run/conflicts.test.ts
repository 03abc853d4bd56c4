/** A run while others write the same objects. */
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { VirtualService } from '../../src/istio/types.ts';
import type { Outcome } from '../../src/report/types.ts';
import { API, DR, podOf, ROLLBACK, RULE, VS, WEIGHT } from '../support/api-service.ts';
import { clusterOf, conflict, fails, type Cluster } from '../support/memory-store.ts';
import { after, failureOf, PUBLIC, subsetNames, threeBuilds } from '../support/three-builds.ts';

const elapsed = ({ clock }: Cluster): number => clock.now().getTime();

afterEach(() => {
  vi.useRealTimers();
});

describe('others write the same objects', () => {
  test('what they change meanwhile is kept, and planned upon', async () => {
    const made = threeBuilds();
    made.on(`write ${VS}`, () => {
      made.edit(API, (current) => ({
        ...current,
        spec: {
          ...current.spec,
          http: current.spec.http?.map((route) => ({ ...route, timeout: '7s' })) ?? [],
        },
      }));
    });
    const outcome = await made.run(WEIGHT);

    expect(outcome).toMatchObject({ changed: true, failure: null });
    expect(made.state()[VS]).toMatchObject({
      spec: {
        http: [
          {
            timeout: '7s',
            route: [
              { destination: { subset: 'v1' }, weight: 80 },
              { destination: { subset: 'api-2' }, weight: 20 },
            ],
          },
        ],
      },
    });
    // Written once, rehearsed once: the second time it is the same change.
    expect(made.journal.filter((entry) => /^(write|rehearse)/.test(entry))).toEqual([
      `rehearse ${DR}`,
      `rehearse ${VS}`,
      `write ${DR}`,
      `write ${VS}`,
      `write ${VS}`,
    ]);
  });

  test('one that never lets us in is given up after a minute, with nothing left behind', async () => {
    const made = threeBuilds().always(`write ${VS}`, fails(conflict(API)));
    const before = made.state();
    const outcome = await made.run({ ...WEIGHT, 'propagation-wait': '0s' });

    expect(outcome.failure?.reason).toBe('conflict');
    expect(outcome.failure?.message).toMatch(
      /^VirtualService shop\/api was changed by somebody else meanwhile\. Tried \d+ times in a minute: .* run again\. What had been written before was undone: everything is as it was\.$/,
    );
    expect(outcome).toMatchObject({ changed: false, texts: [] });
    expect(made.state()).toEqual(before);
    expect(elapsed(made)).toBeGreaterThan(55_000);
    expect(elapsed(made)).toBeLessThanOrEqual(60_000);
  });

  test('a machine that needs seconds for each try has as many of them', async () => {
    const made = threeBuilds();
    made.on(`write ${VS}`, ...Array.from({ length: 18 }, () => fails(conflict(API))));
    made.always('read', () => void made.clock.sleep(5_000));
    const outcome = await made.run({ ...WEIGHT, 'propagation-wait': '0s' });
    expect(failureOf(outcome)).toBe('none: ');
    expect(elapsed(made)).toBeGreaterThan(90_000);
  });

  test.each([
    [0, ['200', '400', '800', '800']],
    [250, ['500', '1000', '2000', '2000']],
    [30_000, ['2000', '4000', '8000', '8000']],
  ])('the pauses grow with the tries, and with the %i ms that a try takes', async (took, expected) => {
    const made = threeBuilds().always(`write ${VS}`, fails(conflict(API)));
    made.always('read', () => void made.clock.sleep(took));
    await made.run({ ...WEIGHT, 'propagation-wait': '0s' });

    // Each try sleeps as long as it takes, and then comes the pause.
    const sleeps = made.journal.flatMap((entry) => /^sleep (\d+)$/.exec(entry)?.[1] ?? []);
    expect(sleeps.filter((_, at) => at % 2 === 1).slice(0, expected.length)).toEqual(expected);
  });

  test('conflicts while clearing up share that minute, and the change stays', async () => {
    const made = await after(threeBuilds(), { ...WEIGHT, 'propagation-wait': '0s' });
    const start = elapsed(made);
    made.always(`write ${DR}`, fails(conflict(RULE)));
    const outcome = await made.run({ ...ROLLBACK, 'propagation-wait': '0s' });

    expect(failureOf(outcome)).toMatch(
      /^conflict: .*\. Tried \d+ times .* The routes are changed as asked; only subsets/,
    );
    expect(outcome.failure?.message.match(/Tried/g)).toHaveLength(1);
    expect(elapsed(made) - start).toBeLessThanOrEqual(60_000);
    expect(outcome).toMatchObject({ changed: true, safeToScaleDown: [] });
    expect(outcome.texts.map(({ label }) => label)).toEqual([VS]);
  });

  test('a subset that somebody sends to during the wait stays', async () => {
    const made = await after(threeBuilds(), WEIGHT);
    made.on('read routes', () => {
      made.edit(PUBLIC, (current) => ({
        ...current,
        spec: { hosts: ['api'], http: [{ route: [{ destination: { host: 'api', subset: 'api-2' } }] }] },
      }));
    });
    const outcome = await made.run(ROLLBACK);

    expect(subsetNames(made)).toEqual(['v1', 'api-2']);
    expect(outcome.failure).toBeNull();
    expect(outcome.findings).toMatchObject([{ code: 'subset-in-use', severity: 'notice', object: DR }]);
    expect(outcome.texts.map(({ label }) => label)).toEqual([VS]);
  });

  test('a DestinationRule that others changed during the wait keeps their changes', async () => {
    const made = await after(threeBuilds(), WEIGHT);
    const other = { name: 'qa', labels: { app: 'api', build: 'qa' } };
    made.on('read routes', () => {
      made.edit(RULE, (current) => ({
        ...current,
        spec: { ...current.spec, subsets: [...(current.spec.subsets ?? []), other] },
      }));
    });
    const outcome = await made.run(ROLLBACK);

    expect(outcome.failure).toBeNull();
    expect(subsetNames(made)).toEqual(['v1', 'qa']);
  });

  test('a DestinationRule that somebody deleted during the wait has no subset to lose', async () => {
    const made = await after(threeBuilds(), WEIGHT);
    made.on('read routes', () => {
      made.remove(RULE);
    });
    const outcome = await made.run(ROLLBACK);

    expect(outcome.failure).toBeNull();
    expect(outcome.texts.map(({ label }) => label)).toEqual([VS]);
  });

  test('fifty runs at the same time all make their change', async () => {
    vi.useFakeTimers({ now: 0 });
    const pause = (milliseconds: number): Promise<void> =>
      new Promise((done) => setTimeout(done, milliseconds));
    let seed = 7;
    const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
    const builds = Array.from({ length: 50 }, (_, i) => String(i + 10));
    const made = clusterOf([API, RULE], {
      clock: { now: () => new Date(), sleep: pause, random },
      tick: () => pause(5 + 20 * random()),
    });
    made.pods = builds.map((build) => podOf(build));
    const ended: Outcome[][] = [];
    const all = Promise.all(
      builds.map((build) =>
        made.run({
          operation: 'headers',
          'label-selector': 'app=api',
          'pod-selector': `app=api,build=${build}`,
          headers: `x-build=${build}`,
        }),
      ),
    ).then((outcomes) => ended.push(outcomes));
    while (ended.length === 0) await vi.advanceTimersToNextTimerAsync();

    await all;
    expect(ended.flat().map(failureOf)).toEqual(builds.map(() => 'none: '));
    const { spec } = made.state()[VS] as { spec: VirtualService['spec'] };
    const names = spec.http?.map(({ name }) => name);
    expect(names?.sort()).toEqual([...builds.map((build) => `istiops-api-${build}`), 'main']);
    expect([...subsetNames(made)].sort()).toEqual([...builds.map((build) => `api-${build}`), 'v1']);
  });
});
