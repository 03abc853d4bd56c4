import { describe, expect, test } from 'vitest';
import type { Route, VirtualService } from '../../src/istio/types.ts';
import { plan } from '../../src/run/plan.ts';
import { applyUndo } from '../../src/undo/apply.ts';
import { readBaselines } from '../../src/plan/baseline.ts';
import { undoOf } from '../../src/undo/diff.ts';
import { applied, intentOf, play, virtualService } from '../support/plane.ts';
import {
  HEADERS,
  http,
  httpAfter,
  MAIN,
  named,
  of,
  PROMOTE,
  REPORTS,
  revertLast,
  ROLLBACK,
  START,
  to,
  WEIGHT,
} from '../support/reverting.ts';

describe('what is still there is reverted', () => {
  test('a route that was renamed meanwhile is found by the baseline of its list', () => {
    const renamed = named('main', (route) => ({ ...route, name: 'default' }));
    const { result, before } = revertLast([WEIGHT], renamed);
    expect(result.conflicts).toEqual([]);
    expect(httpAfter(result)).toEqual(renamed(before).virtualServices[0]?.spec.http);
    expect(result.virtualServices[0]?.after.metadata).toEqual(before.virtualServices[0]?.metadata);
  });

  test('a route of somebody else between preview and base route: the preview goes all the same', () => {
    const inserted = http((routes) =>
      routes.flatMap((route): readonly Route[] =>
        route.name === 'main' ? [{ name: 'extra', route: [to('v2')] }, route] : [route],
      ),
    );
    const { result, before } = revertLast([HEADERS], inserted);
    expect(result.conflicts).toEqual([]);
    expect(httpAfter(result)).toEqual(inserted(before).virtualServices[0]?.spec.http);
  });

  test('a share of one route changed by hand: the other route is reverted, and so is its baseline', () => {
    const { result, now } = revertLast(
      [WEIGHT],
      named('main', (route) => ({ ...route, route: [to('v1', 1), to('api-7', 1)] })),
    );
    expect(httpAfter(result)?.[0]).toEqual(REPORTS);
    expect(httpAfter(result)?.[1]).toEqual(now.virtualServices[0]?.spec.http?.[1]);
    const after = { ...now, virtualServices: result.virtualServices.map((change) => change.after) };
    const left = plan(after, intentOf(ROLLBACK));
    // Only the route that is left has something to go back to.
    expect(left.findings.map(({ code }) => code)).toEqual(['baseline-changed']);
    expect(
      left.after.map(({ name, destinations }) => [name, ...destinations.map(({ share }) => share)]),
    ).toEqual([
      ['reports', 100],
      ['main', 100],
    ]);
  });

  test('what is done is reported, piece by piece', () => {
    expect(revertLast([HEADERS, WEIGHT, PROMOTE], (now) => now).result.done).toEqual([
      'the destinations of http[0] (reports) of VirtualService shop/api are what they were',
      'the destinations of http[1] (main) of VirtualService shop/api are what they were',
      'the route istiops-api-7 of VirtualService shop/api is there again',
      'the route istiops-api-7-2 of VirtualService shop/api is there again',
    ]);
    expect(revertLast([WEIGHT], (now) => now).result.done.at(-1)).toBe(
      'subset api-7 of DestinationRule shop/api is gone',
    );
    expect(revertLast([WEIGHT, ROLLBACK], (now) => now).result.done.at(-1)).toBe(
      'subset api-7 of DestinationRule shop/api is there again',
    );
  });

  test('nothing, where somebody has reverted everything already', () => {
    const { result } = revertLast([WEIGHT], (now) => play(now, ROLLBACK));
    expect(result).toEqual({
      virtualServices: [],
      destinationRules: [],
      done: [],
      conflicts: [],
      findings: [],
    });
  });

  test('a route of the Go istiops comes back below a preview, and above a new one', () => {
    const go: Route = {
      match: [{ headers: { 'x-go': { exact: '1' } } }],
      route: [to('api-12-shop')],
    };
    const preview = (name: string): Route => ({
      name: `istiops-${name}`,
      match: [{ headers: { 'x-cid': { exact: name } } }],
      route: [to(name)],
    });
    const [before, after, now, wanted] = [
      [preview('a'), go, MAIN],
      [preview('a'), MAIN],
      [preview('a'), preview('b'), MAIN],
      [preview('a'), go, preview('b'), MAIN],
    ].map((routes) => virtualService({ http: routes }));
    if (before === undefined || after === undefined || now === undefined) throw new Error('no routes');
    const undo = undoOf([{ kind: 'VirtualService', before, after }]);
    const back = (object: VirtualService): VirtualService | undefined =>
      applyUndo({ virtualServices: [object], destinationRules: [] }, [undo]).virtualServices[0]?.after;
    expect(back(after)).toEqual(before);
    expect(back(now)).toEqual(wanted);
  });

  test('the baseline of a route whose list stayed is remembered again, whatever was requested since', () => {
    const byHand = named('main', (route) => ({ ...route, route: [to('v2')] }))(play(START, WEIGHT));
    const planned = plan(byHand, intentOf(ROLLBACK));
    const undo = undoOf(planned.phases.flatMap(({ writes }) => writes));
    const now = play(applied(byHand, planned), { ...WEIGHT, ...of('8'), routes: 'reports' });
    const [change] = applyUndo(now, [undo]).virtualServices;
    if (change === undefined) throw new Error('nothing taken back');
    expect([...readBaselines(change.before).byRoute.keys()]).toEqual(['http[0]']);
    expect([...readBaselines(change.after).byRoute.keys()]).toEqual(['http[0]', 'http[1]']);
  });

  test('an empty list of subsets is an empty list again', () => {
    const [rule] = START.destinationRules;
    if (rule === undefined) throw new Error('no rule');
    const empty = { ...START, destinationRules: [{ ...rule, spec: { ...rule.spec, subsets: [] } }] };
    const planned = plan(empty, intentOf(WEIGHT));
    const undo = undoOf(planned.phases.flatMap(({ writes }) => writes));
    const result = applyUndo(applied(empty, planned), [undo]);
    expect(result.destinationRules[0]?.after).toEqual(empty.destinationRules[0]);
  });
});
