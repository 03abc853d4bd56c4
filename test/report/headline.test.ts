import fc from 'fast-check';
import type { HeaderMatch } from '../../src/intent/types.ts';
import { conditionsOf } from '../../src/istio/conditions.ts';
import { describeMatch } from '../../src/intent/describe-match.ts';
import { describe, expect, it } from 'vitest';
import type { CanaryEnd, CanaryReport } from '../../src/report/canary/types.ts';
import { headlineOf } from '../../src/report/headline.ts';
import type { Failure, Outcome } from '../../src/report/types.ts';
import { anyOutcome, hugeOutcome } from '../support/arbitrary-outcome.ts';
import { outcome, OUTCOMES, route, to } from '../support/outcomes.ts';

const HEADLINES: Readonly<Record<string, string>> = {
  show: 'VirtualService default/api-domain: 6 routes',
  headers:
    'Requests with x-cid: seu_madruga now go to api-domain-pr-10 (2 routes of VirtualService default/api-domain)',
  weight: 'api-domain-pr-10 now gets 20 % of api.domain.io (was 0 %) on 2 routes',
  'weight-dry-run': 'Would give api-domain-pr-10 20 % of api.domain.io (now 0 %) on 2 routes',
  'weight-nothing': 'Nothing to do: api-domain-pr-10 already gets 20 % of api.domain.io',
  promote: 'api-domain-pr-10 now gets all requests of api.domain.io (was 20 %) on 2 routes',
  rollback: 'api-domain-pr-10 is rolled back: 2 preview routes removed, shares taken back on 1 route',
  'rollback-nothing': 'Nothing to do: nothing sends to api-domain-pr-10',
  clear: 'Would clear: 2 preview routes removed',
  'not-found': 'Failed (not-found): no VirtualService in namespace default has the labels app=api-domain.',
  forbidden: 'Failed (forbidden): may not update VirtualServices in namespace default.',
  'invalid-input':
    'Failed (invalid-input): weight is "120": a whole number from 0 to 100 is accepted, as in 20.',
  'two-services': 'api-domain-pr-10 now gets 20 to 33.33 % of api.domain.io (was 0 %) on 4 routes',
  'many-routes': 'api-domain-pr-10 now gets 50 % of api.domain.io (was 0 %) on 33 routes',
};

describe('headlineOf', () => {
  it.each(Object.entries(HEADLINES))('%s', (name, headline) => {
    expect(headlineOf(OUTCOMES[name] ?? expect.fail())).toBe(headline);
  });

  const canaryThat = (end: CanaryEnd): CanaryReport => ({
    stages: [],
    end,
    verdict: 'bad',
    stage: 1,
    resumedAt: null,
    why: null,
    id: null,
  });
  const FAILURE: Failure = { reason: 'rejected', message: 'The server said no. Nothing was changed.' };

  it.each([
    ['nothing was written, or all is undone', {}, 'Failed (rejected)'],
    ['routes are left', { changed: true, left: 'routes' }, 'Failed (rejected), not all undone'],
    ['rules are left', { changed: true, left: 'rules' }, 'Failed (rejected), routes as before'],
    [
      'only subsets were to go',
      { changed: true, left: 'change' },
      'Failed (rejected), routes changed as asked',
    ],
    ['a canary that went back', { canary: canaryThat('taken-back') }, 'Failed (rejected), taken back'],
    [
      'a canary whose build may still get requests',
      { changed: true, canary: canaryThat('left') },
      'Failed (rejected), not taken back',
    ],
    [
      'a canary after its promotion',
      { changed: true, canary: canaryThat('promoted') },
      'Failed (rejected), but promoted',
    ],
    ['a canary that wrote nothing', { canary: canaryThat('nothing') }, 'Failed (rejected)'],
  ] satisfies readonly (readonly [string, Partial<Outcome>, string])[])(
    'a failure says first whether what was written is back: %s',
    (_, state, label) => {
      expect(headlineOf(outcome({ operation: 'weight', failure: FAILURE, ...state }))).toBe(
        `${label}: The server said no. Nothing was changed.`,
      );
    },
  );

  const stable = route(0, { destinations: [to('stable', 100)] });
  const preview = (headers: HeaderMatch, subset = 'b'): typeof stable =>
    route(0, {
      name: `istiops-${subset}`,
      madeBy: 'istiops',
      conditions: conditionsOf({ match: [{ headers }] }),
      match: describeMatch({ match: [{ headers }] }),
      destinations: [to(subset, 100)],
    });

  it.each([
    ['', outcome({}), 'No operation was given'],
    [
      'headers to come',
      outcome({
        operation: 'headers',
        subset: 'b',
        changed: true,
        dryRun: true,
        before: [stable],
        after: [preview({ x: { exact: '1' }, y: {} }), stable],
      }),
      'Would send requests with x: 1, y to b (1 route of VirtualService default/api-domain)',
    ],
    [
      'headers that differ by route',
      outcome({
        operation: 'headers',
        subset: 'b',
        changed: true,
        after: [preview({ x: { exact: '1' } }), preview({ x: { exact: '2' } })],
      }),
      'Requests with the given headers now go to b (2 routes of VirtualService default/api-domain)',
    ],
    [
      'a preview taken over from another subset',
      outcome({
        operation: 'headers',
        subset: 'b',
        changed: true,
        before: [preview({ x: { exact: '1' } }, 'a')],
        after: [preview({ x: { exact: '1' } }, 'b')],
      }),
      'Requests with x: 1 now go to b (1 route of VirtualService default/api-domain)',
    ],
    [
      'headers that are there',
      outcome({ operation: 'headers', subset: 'b', after: [preview({ x: { exact: '1' } }), stable] }),
      'Nothing to do: requests with x: 1 already go to b',
    ],
    [
      'a preview is no share',
      outcome({ operation: 'weight', subset: 'b', after: [preview({ x: { exact: '1' } }), stable] }),
      'Nothing to do: b gets no share of the requests',
    ],
    [
      'a promotion of what has everything',
      outcome({
        operation: 'promote',
        subset: 'b',
        changed: true,
        before: [route(0, { destinations: [to('stable', 0), to('b', 100)] })],
        after: [route(0, { destinations: [to('b', 100)] })],
      }),
      'b is now the only destination on 1 route of api.domain.io',
    ],
    [
      'a promotion to come',
      outcome({
        operation: 'promote',
        subset: 'b',
        changed: true,
        dryRun: true,
        before: [stable],
        after: [route(0, { destinations: [to('b', 100)] })],
      }),
      'Would give b all requests of api.domain.io (now 0 %) on 1 route',
    ],
    [
      'a share given up',
      outcome({
        operation: 'weight',
        subset: 'b',
        changed: true,
        before: [route(0, { destinations: [to('stable', 80), to('b', 20)] })],
        after: [route(0, { destinations: [to('stable', 100), to('b', 0)] })],
      }),
      'b now gets 0 % of api.domain.io (was 20 %) on 1 route',
    ],
    [
      'a change that the target has no part in',
      outcome({
        operation: 'weight',
        subset: 'b',
        changed: true,
        before: [route(0, { destinations: [to('stable', 100)] })],
        after: [route(0, { destinations: [to('next', 100)] })],
      }),
      'Changed 1 route of VirtualService default/api-domain',
    ],
    [
      'a change that no route shows',
      outcome({
        operation: 'rollback',
        subset: 'b',
        changed: true,
        dryRun: true,
        before: [stable],
        after: [stable],
      }),
      'Would roll b back: what was left of it removed',
    ],
    [
      'nothing to clear',
      outcome({ operation: 'clear', after: [stable] }),
      'Nothing to do: there is nothing to clear',
    ],
    ['nothing to show', outcome({ operation: 'show' }), 'No VirtualService in namespace default has a route'],
  ])('%s', (_, given, headline) => {
    expect(headlineOf(given)).toBe(headline);
  });

  it('is one line that hides nothing, whatever comes', () => {
    const oneLine = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]{1,300}$/u;
    fc.assert(fc.property(anyOutcome, (any) => oneLine.test(headlineOf(any))));
    expect(headlineOf(hugeOutcome('|'))).toMatch(oneLine);
  });
});
