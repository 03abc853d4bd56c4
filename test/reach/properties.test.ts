import { isReadOnly } from '../../src/intent/types.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { meets } from '../../src/istio/requests/meets.ts';
import type { HttpRequest } from '../../src/istio/requests/request.ts';
import type { Match, Route, VirtualService } from '../../src/istio/types.ts';
import { canonicalJson } from '../../src/json.ts';
import { align } from '../../src/reach/align.ts';
import { classesOf } from '../../src/reach/classes.ts';
import { homeOf } from '../../src/reach/home.ts';
import { sampleFor, wishFor, type Scene } from '../../src/reach/samples.ts';
import { reachOf } from '../../src/reach/reach.ts';
import { takersIn } from '../../src/reach/takers.ts';
import { witnesses } from '../../src/reach/witnesses.ts';
import { destinationRule, intentOf, snapshotOf, virtualService } from '../support/plane.ts';
import { changedRoutes, request, routes } from './arbitrary.ts';

const RUNS = { numRuns: 1000 };
const SHOP = 'shop';

/** The first route that takes a request: all asked one after the other. */
function takerOf(list: readonly Route[], asked: HttpRequest): Route | undefined {
  return list.find((route) =>
    (route.match === undefined || route.match.length === 0 ? [{}] : route.match).some(
      (block: Match) =>
        meets(
          {
            ...block,
            ...(block.gateways && {
              gateways: block.gateways.map((name) => (name === 'in' ? `${SHOP}/in` : name)),
            }),
          },
          asked,
        ).state === 'met',
    ),
  );
}

function answerOf(list: readonly Route[], asked: HttpRequest): string {
  const { match: _, ...answer } = takerOf(list, asked) ?? {};
  return canonicalJson(answer);
}

function inBothWays(http: readonly Route[], name: string): VirtualService {
  const made = virtualService({ http }, name);
  return {
    ...made,
    metadata: { ...made.metadata, labels: {} },
    spec: { ...made.spec, gateways: ['mesh', 'in'] },
  };
}

function sceneOf(before: readonly Route[], after: readonly Route[]): Scene {
  return {
    before,
    after,
    takersBefore: takersIn(before, SHOP),
    takersAfter: takersIn(after, SHOP),
    namespace: SHOP,
    home: homeOf(inBothWays(before, 'x')),
  };
}

describe('the classes of a change', () => {
  it('leave out no request that is answered otherwise', () => {
    const selected = virtualService({ http: [{ route: [{ destination: { host: 'api', subset: 'v1' } }] }] });
    const intent = intentOf({ operation: 'weight', 'pod-selector': 'app=api,build=10', weight: '0' });
    if (isReadOnly(intent)) throw new Error('show changes nothing');
    const reached = { missed: 0, all: 0 };
    fc.assert(
      fc.property(
        changedRoutes,
        fc.array(request, { minLength: 20, maxLength: 20 }),
        ([was, is], requests) => {
          const before = inBothWays(was, 'other');
          const after = { ...before, spec: { ...before.spec, http: is } };
          const snapshot = snapshotOf(
            [selected, before],
            [destinationRule({ v1: { app: 'api', version: '1' } })],
          );
          const reach = reachOf(snapshot, intent, [
            { before: selected, after: selected },
            { before, after },
          ]);
          const differing = requests.find((one) => answerOf(was, one) !== answerOf(is, one));
          if (differing === undefined) return;
          reached.all += 1;
          if (reach.unexpected.length > 0) return;
          reached.missed += 1;
          expect(reach.sampled || reach.skipped > 0, JSON.stringify(differing)).toBe(true);
        },
      ),
      RUNS,
    );
    // What is skipped is the exception: texts that two regexes would have to fit at once.
    expect(reached.all).toBeGreaterThan(RUNS.numRuns / 10);
    expect(reached.missed / reached.all).toBeLessThan(0.02);
  });

  it('report nothing that is not so', () => {
    fc.assert(
      fc.property(changedRoutes, ([was, is]) => {
        const before = inBothWays(was, 'other');
        const snapshot = snapshotOf([before], []);
        const intent = intentOf({ operation: 'clear' });
        if (isReadOnly(intent)) return;
        const reach = reachOf({ ...snapshot }, intent, [
          { before, after: { ...before, spec: { ...before.spec, http: is } } },
        ]);
        for (const { example } of reach.unexpected) {
          if (example !== null) expect(answerOf(was, example)).not.toBe(answerOf(is, example));
        }
      }),
      RUNS,
    );
  });

  it('have examples that are in them', () => {
    fc.assert(
      fc.property(changedRoutes, ([was, is]) => {
        const scene = sceneOf(was, is);
        const { changed } = classesOf({ before: was, after: is, alignment: align(was, is), namespace: SHOP });
        for (const { blocks, before, after } of changed) {
          const found = sampleFor(wishFor(blocks, SHOP), { before, after }, scene);
          if (found === 'empty' || found === 'unknown') continue;
          expect(takerOf(was, found.request)).toBe(before === null ? undefined : was[before]);
          expect(takerOf(is, found.request)).toBe(after === null ? undefined : is[after]);
        }
      }),
      RUNS,
    );
  });
});

describe('the routes that a request meets', () => {
  it('are found in the index as by asking each', () => {
    fc.assert(
      fc.property(routes, request, (list, asked) => {
        const [first] = takersIn(list, SHOP).of(asked);
        expect(first === undefined ? undefined : list[first]).toBe(takerOf(list, asked));
      }),
      RUNS,
    );
  });
});

describe('witnesses', () => {
  it('reach every route that a random request reaches', () => {
    let [reached, missed] = [0, 0];
    fc.assert(
      fc.property(routes, fc.array(request, { minLength: 10, maxLength: 10 }), (list, requests) => {
        const found = new Set(witnesses([inBothWays(list, 'api')]).map((one) => takerOf(list, one)));
        for (const one of requests) {
          reached += 1;
          if (!found.has(takerOf(list, one))) missed += 1;
        }
      }),
      { numRuns: 500 },
    );
    expect(missed / reached).toBeLessThan(0.02);
  });

  it('are the same every time', () => {
    fc.assert(
      fc.property(routes, (list) => {
        const [one, other] = [inBothWays(list, 'api'), structuredClone(inBothWays(list, 'api'))];
        expect(witnesses([one])).toEqual(witnesses([other]));
      }),
      { numRuns: 200 },
    );
  });
});
