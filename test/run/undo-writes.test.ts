/** What becomes of a run that fails when it has written something. */
import { describe, expect, test } from 'vitest';
import { TrafficError } from '../../src/base/errors.ts';
import type { Route, RouteDestination } from '../../src/istio/types.ts';
import { API, DR, ROLLBACK, RULE, VS, WEIGHT } from '../support/api-service.ts';
import { fails, type Cluster } from '../support/memory-store.ts';
import { after, DENIED, failureOf, PUBLIC, subsetNames, threeBuilds } from '../support/three-builds.ts';

describe('a write fails in the middle', () => {
  test('the subset that was added goes again', async () => {
    const made = threeBuilds().on(`write ${VS}`, fails(DENIED));
    const before = made.state();
    const outcome = await made.run(WEIGHT);

    expect(made.state()).toEqual(before);
    expect(made.journal.slice(-2)).toEqual(['read routes', `write ${DR}`]);
    expect(failureOf(outcome)).toBe(
      'rejected: the webhook says no. What had been written before was undone: everything is as it was.',
    );
    expect(outcome).toMatchObject({ changed: false, texts: [], phases: [] });
  });

  test('routes are undone before the subset that they send to, with a wait between', async () => {
    const made = threeBuilds(API, PUBLIC, RULE).on('write VirtualService shop/public', fails(DENIED));
    const before = made.state();
    const outcome = await made.run(WEIGHT);

    expect(made.journal.slice(-6)).toEqual([
      `write ${VS}`,
      'write VirtualService shop/public',
      `write ${VS}`,
      'sleep 5000',
      'read routes',
      `write ${DR}`,
    ]);
    expect(made.state()).toEqual(before);
    expect(outcome.changed).toBe(false);
  });

  test('what can not be undone is named, and reported as it is', async () => {
    const made = threeBuilds(API, PUBLIC, RULE)
      .on('write VirtualService shop/public', fails(DENIED))
      .on(`write ${VS}`, () => undefined, fails(DENIED));
    const outcome = await made.run(WEIGHT);

    expect(failureOf(outcome)).toContain(
      'could not be undone everywhere. Still changed: VirtualService shop/api (the webhook says no). Run the same again',
    );
    // One VirtualService sends to the subset, so it stays.
    expect(subsetNames(made)).toEqual(['v1', 'api-2']);
    expect(outcome.changed).toBe(true);
    expect(outcome.texts.map(({ label }) => label)).toEqual([VS]);
    const shares = outcome.after.map(({ virtualService, destinations }) => [
      virtualService,
      destinations.map(({ share }) => share),
    ]);
    expect(shares).toEqual([
      ['public', [100]],
      ['api', [80, 20]],
    ]);
  });

  describe('and somebody else writes, too, before it is undone:', () => {
    const [MAIN] = API.spec.http ?? [];
    const edited = (change: (route: Route) => Route): Cluster => {
      const made = threeBuilds(API, PUBLIC, RULE);
      return made.on('write VirtualService shop/public', () => {
        made.edit(API, (current) => ({
          ...current,
          spec: { ...current.spec, http: current.spec.http?.map(change) ?? [] },
        }));
        throw DENIED;
      });
    };

    test('what they changed elsewhere stays', async () => {
      const made = edited((route) => ({ ...route, timeout: '7s' }));
      const before = made.state();
      const outcome = await made.run(WEIGHT);

      expect(failureOf(outcome)).toBe(
        'rejected: the webhook says no. What had been written before was undone: everything is as it was.',
      );
      expect(made.state()).toEqual({
        ...before,
        [VS]: { spec: { ...API.spec, http: [{ ...MAIN, timeout: '7s' }] }, annotations: {} },
      });
      expect(outcome).toMatchObject({ changed: false, texts: [], phases: [] });
    });

    test('once more in between, and it is tried again', async () => {
      const made = edited((route) => ({ ...route, timeout: '7s' }));
      const again = (): void => {
        made.edit(API, (current) => ({ ...current, spec: { ...current.spec, gateways: ['mesh'] } }));
      };
      made.on(`write ${VS}`, () => undefined, again, again);
      await made.run(WEIGHT);

      expect(made.state()[VS]).toEqual({
        spec: { ...API.spec, gateways: ['mesh'], http: [{ ...MAIN, timeout: '7s' }] },
        annotations: {},
      });
    });

    test('what they changed of the very same is named, and stays', async () => {
      const list = [{ destination: { host: 'api', subset: 'api-2' } }];
      const made = edited((route) => ({ ...route, route: list }));
      const outcome = await made.run(WEIGHT);

      expect(failureOf(outcome)).toContain(
        'Still changed: VirtualService shop/api (the destinations of http[0] (main) of VirtualService shop/api: somebody else changed them since).',
      );
      expect(made.state()[VS]).toMatchObject({ spec: { http: [{ route: list }] } });
      expect(subsetNames(made)).toEqual(['v1', 'api-2']);
    });
  });

  test('a write whose answer is lost may have been done: its subset stays', async () => {
    const made = threeBuilds();
    made.on(`write ${VS}`, () => {
      made.edit(API, (current) => ({
        ...current,
        spec: {
          ...current.spec,
          http: [{ name: 'main', route: [{ destination: { host: 'api', subset: 'api-2' } }] }],
        },
      }));
      throw new TrafficError('timeout', 'No answer.');
    });
    const outcome = await made.run(WEIGHT);

    expect(subsetNames(made)).toEqual(['v1', 'api-2']);
    expect(failureOf(outcome)).toBe(
      'timeout: No answer. What had been written before was undone, but for a subset that a VirtualService sends traffic to meanwhile.',
    );
  });

  test('a webhook that would write something else is found out in the rehearsal', async () => {
    const made = threeBuilds();
    made.mutate = (object) =>
      object.kind === 'VirtualService' ? { ...object, spec: { ...object.spec, hosts: ['evil'] } } : object;
    const before = made.state();
    const outcome = await made.run(WEIGHT);

    expect(failureOf(outcome)).toMatch(
      /^rejected: The server would not store VirtualService shop\/api as it is sent: spec\.hosts\[0\] is "api" in what was sent, and "evil" in what is stored\..* Nothing was changed\.$/,
    );
    expect(made.journal.filter((entry) => entry.startsWith('write'))).toEqual([]);
    expect(made.state()).toEqual(before);
  });

  test('a webhook that changes what reverts the change is named, and nothing is reported as undone', async () => {
    const made = threeBuilds();
    made.rehearsed = () => undefined;
    made.mutate = (object) =>
      object.kind === 'VirtualService' ? { ...object, spec: { ...object.spec, hosts: ['evil'] } } : object;
    const outcome = await made.run(WEIGHT);

    expect(failureOf(outcome)).toMatch(
      /^rejected: The server stored something else .* Still changed: VirtualService shop\/api \(/,
    );
    expect(failureOf(outcome)).not.toContain('was undone');
    expect(outcome.changed).toBe(true);
  });

  test('a webhook that drops weight 0 changes nothing: all goes on', async () => {
    const made = threeBuilds();
    made.mutate = (object) => {
      if (object.kind !== 'VirtualService') return object;
      const drop = ({ weight, ...entry }: RouteDestination): RouteDestination =>
        weight === 0 || weight === undefined ? entry : { ...entry, weight };
      const http =
        object.spec.http?.map((route) => ({ ...route, route: (route.route ?? []).map(drop) })) ?? [];
      return { ...object, spec: { ...object.spec, http } };
    };
    const before = made.state();
    expect(await made.run({ ...WEIGHT, weight: '100' })).toMatchObject({ changed: true, failure: null });
    expect(await made.run(ROLLBACK)).toMatchObject({ changed: true, failure: null });
    expect(made.state()).toEqual(before);
  });

  test('a webhook that writes something else than in the rehearsal is found out', async () => {
    const made = threeBuilds();
    made.rehearsed = () => undefined;
    made.mutate = (object) =>
      object.kind === 'VirtualService' && object.metadata.resourceVersion === '1'
        ? { ...object, spec: { ...object.spec, hosts: ['api', 'evil'] } }
        : object;
    const before = made.state();
    const outcome = await made.run(WEIGHT);

    expect(failureOf(outcome)).toMatch(
      /^rejected: The server stored something else than was sent for VirtualService/,
    );
    expect(made.state()).toEqual(before);
  });

  test('subsets that can not be removed are left, and the routes stay new', async () => {
    const made = await after(threeBuilds(), WEIGHT);
    made.on(`write ${DR}`, fails(DENIED));
    const outcome = await made.run(ROLLBACK);

    expect(failureOf(outcome)).toContain('The routes are changed as asked; only subsets that nothing uses');
    expect(outcome).toMatchObject({ changed: true, safeToScaleDown: [] });
    expect(outcome.phases.map(({ name }) => name)).toEqual(['routes']);
    expect(outcome.texts.map(({ label }) => label)).toEqual([VS]);
    expect(outcome.after.map(({ destinations }) => destinations.map(({ share }) => share))).toEqual([[100]]);

    // As the message says.
    expect(await made.run(ROLLBACK)).toMatchObject({ changed: true, failure: null });
    expect(subsetNames(made)).toEqual(['v1']);
  });
});
