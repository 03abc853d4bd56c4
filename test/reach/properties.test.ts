import { isReadOnly } from '../../src/operations/index.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answer } from '../../src/istio/requests/answer.ts';
import type { HttpRequest } from '../../src/istio/requests/request.ts';
import type { ListedRoute } from '../../src/istio/requests/kept-routes.ts';
import { virtualHost } from '../../src/istio/requests/route-list.ts';
import type { Route, VirtualService } from '../../src/istio/types.ts';
import { canonicalJson } from '../../src/base/json.ts';
import { alignRoutes } from '../../src/reach/align.ts';
import { askable } from '../../src/reach/asking.ts';
import { classesOf } from '../../src/reach/classes.ts';
import { viewsOf } from '../../src/reach/lists.ts';
import { reachOf } from '../../src/operations/reach.ts';
import { sampleFor, takenBy, constraintFor } from '../../src/reach/samples.ts';
import { distinguishingRequests } from '../support/distinguishing-requests.ts';
import { destinationRule, intentOf, snapshotOf, virtualService } from '../support/plane.ts';
import { changedRoutes, request, routes } from './arbitrary.ts';

const RUNS = { numRuns: 1000 };

/** The route that gets a request by what explain says; one that nobody can decide about counts as passed. */
function takerOf(one: VirtualService, asked: HttpRequest): ListedRoute | undefined {
  return takenBy(answer(virtualHost([one], asked)?.routes ?? [], asked).result);
}

function answerOf(one: VirtualService, asked: HttpRequest): string {
  const { match: _, name: _name, ...treatment } = takerOf(one, asked)?.route ?? {};
  return canonicalJson(treatment);
}

/** In the mesh and at a gateway; no selector of the tests chooses it. */
function inBothWays(http: readonly Route[], name = 'other'): VirtualService {
  const made = virtualService({ http }, name);
  return {
    ...made,
    metadata: { ...made.metadata, labels: {} },
    spec: { ...made.spec, gateways: ['mesh', 'in'] },
  };
}

describe('the classes of a change', () => {
  it('leave out no request that is answered otherwise', () => {
    const plain = virtualService({ http: [{ route: [{ destination: { host: 'api', subset: 'v1' } }] }] });
    const selected = { ...plain, spec: { ...plain.spec, hosts: ['selected.example.com'] } };
    const intent = intentOf({ operation: 'weight', 'pod-selector': 'app=api,build=10', weight: '0' });
    if (isReadOnly(intent)) throw new Error('show changes nothing');
    const reached = { missed: 0, all: 0 };
    fc.assert(
      fc.property(
        changedRoutes,
        fc.array(request, { minLength: 20, maxLength: 20 }),
        ([was, is], requests) => {
          const before = inBothWays(was);
          const after = { ...before, spec: { ...before.spec, http: is } };
          const snapshot = snapshotOf(
            [selected, before],
            [destinationRule({ v1: { app: 'api', version: '1' } })],
          );
          const reach = reachOf(snapshot, intent, [
            { before: selected, after: selected },
            { before, after },
          ]);
          const differing = requests.find((one) => answerOf(before, one) !== answerOf(after, one));
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
    let reported = 0;
    fc.assert(
      fc.property(changedRoutes, ([was, is]) => {
        const before = inBothWays(was);
        const after = { ...before, spec: { ...before.spec, http: is } };
        const intent = intentOf({ operation: 'clear' });
        if (isReadOnly(intent)) return;
        const { unexpected } = reachOf(snapshotOf([before], []), intent, [{ before, after }]);
        for (const { example } of unexpected) {
          if (example === null) continue;
          // Where it comes from is said only where it isn't the usual place.
          const asked = { sourceNamespace: 'shop', ...example };
          expect(answerOf(before, asked)).not.toBe(answerOf(after, asked));
          reported += 1;
        }
      }),
      RUNS,
    );
    expect(reported).toBeGreaterThan(RUNS.numRuns / 10);
  });

  it('have examples that are in them', () => {
    let examples = 0;
    fc.assert(
      fc.property(changedRoutes, ([was, is]) => {
        const before = inBothWays(was);
        const after = { ...before, spec: { ...before.spec, http: is } };
        const { world } = viewsOf({ before, after }, { before: [before], after: [after] });
        for (const { lists } of world) {
          const [old, now] = [lists.before.list, lists.after.list];
          const { changed } = classesOf({ before: old, after: now, alignment: alignRoutes(old, now) });
          for (const { blocks, before: from, after: to } of changed) {
            const found = sampleFor(constraintFor(blocks), { before: from, after: to }, lists);
            if (found === 'empty' || found === 'unknown') continue;
            expect(takerOf(before, found)?.index).toBe(from === null ? undefined : old[from]?.index);
            expect(takerOf(after, found)?.index).toBe(to === null ? undefined : now[to]?.index);
            examples += 1;
          }
        }
      }),
      RUNS,
    );
    expect(examples).toBeGreaterThan(RUNS.numRuns / 10);
  });
});

describe('the answer of a list', () => {
  it('is the same whether each route is asked or those that may match', () => {
    fc.assert(
      fc.property(routes, request, (list, asked) => {
        const listed = virtualHost([inBothWays(list)], asked)?.routes ?? [];
        expect(takenBy(askable(listed).ask(asked))).toBe(takenBy(answer(listed, asked).result));
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
        const api = inBothWays(list, 'api');
        const found = new Set(distinguishingRequests([api]).map((one) => takerOf(api, one)?.index));
        for (const one of requests) {
          if (one.authority !== 'api.example.com') continue;
          reached += 1;
          if (!found.has(takerOf(api, one)?.index)) missed += 1;
        }
      }),
      { numRuns: 1000 },
    );
    expect(missed / reached).toBeLessThan(0.02);
  });

  it('are the same every time', () => {
    fc.assert(
      fc.property(routes, (list) => {
        const [one, other] = [inBothWays(list, 'api'), structuredClone(inBothWays(list, 'api'))];
        expect(distinguishingRequests([one])).toEqual(distinguishingRequests([other]));
      }),
      { numRuns: 1000 },
    );
  });
});
