import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RouteView } from '../../src/plan/view-types.ts';
import { fieldsNote } from '../../src/plan/route-differences.ts';
import { pairRoutes } from '../../src/report/pairs.ts';
import { routeView } from '../support/arbitrary-outcome.ts';
import { OUTCOMES, route, to } from '../support/outcomes.ts';

function story(before: readonly RouteView[], after: readonly RouteView[]): string[] {
  return pairRoutes(before, after).map(
    ({ before, after, change }) => `${before?.index ?? '-'}>${after?.index ?? '-'} ${change}`,
  );
}

const path = (index: number, name: string, subset = 'stable'): RouteView =>
  route(index, { match: `uri prefix "/${name}"`, destinations: [to(subset, 100)] });

describe('pairRoutes', () => {
  it('tells new previews from the routes that they push down', () => {
    const { before, after } = OUTCOMES['headers'] ?? expect.fail();
    expect(story(before, after)).toEqual(['->0 new', '0>1 same', '1>2 same', '->3 new', '2>4 same']);
  });

  it('leaves what is gone where it stood', () => {
    const { before, after } = OUTCOMES['rollback'] ?? expect.fail();
    expect(story(before, after)).toEqual(['0>- gone', '1>0 same', '2>1 same', '3>- gone', '4>2 changed']);
  });

  it('pairs a preview with one of other headers', () => {
    const preview = (match: string): RouteView =>
      route(0, { name: 'istiops-b', madeBy: 'istiops', match, destinations: [to('b', 100)] });
    expect(story([preview('header x is "1"')], [preview('header x is "2"')])).toEqual(['0>0 changed']);
  });

  it('pairs a preview with the one that was repointed', () => {
    const preview = (subset: string): RouteView =>
      route(0, {
        name: `istiops-${subset}`,
        madeBy: 'istiops',
        match: 'header x is "1"',
        destinations: [to(subset, 100)],
      });
    expect(story([preview('a')], [preview('b')])).toEqual(['0>0 changed']);
  });

  it('never pairs a preview with a route of somebody else', () => {
    const old = route(0, { match: 'header x is "1"', destinations: [to('qa', 100)], name: 'qa' });
    const preview = route(0, { ...old, name: 'istiops-b', madeBy: 'istiops', destinations: [to('b', 100)] });
    expect(story([old], [preview])).toEqual(['0>- gone', '->0 new']);
  });

  it('tells routes that look alike by what they send to, when one of them goes', () => {
    const twins = [path(0, 'a', 'x'), path(1, 'a', 'y'), path(2, 'a', 'z')];
    const [, ...rest] = twins;
    expect(
      story(
        twins,
        rest.map((view, index) => ({ ...view, index })),
      ),
    ).toEqual(['0>- gone', '1>0 same', '2>1 same']);
  });

  it('tells routes that look alike by their order, when all of them stay', () => {
    const before = [path(0, 'a', 'x'), path(1, 'a', 'y')];
    const after = [path(0, 'a', 'y'), path(1, 'a', 'y')];
    expect(story(before, after)).toEqual(['0>0 changed', '1>1 same']);
  });

  it('keeps VirtualServices and lists apart', () => {
    const http = path(0, 'a');
    expect(story([http], [{ ...http, virtualService: 'other' }])).toEqual(['->0 new', '0>- gone']);
    expect(story([http], [{ ...http, kind: 'tcp' }])).toEqual(['->0 new', '0>- gone']);
  });

  it('does not call ready pods a change', () => {
    const now = route(0, { destinations: [to('a', 100, { readyPods: 2, labels: null })] });
    expect(story([route(0, { destinations: [to('a', 100)] })], [now])).toEqual(['0>0 same']);
  });

  it.each<[string, Partial<RouteView>, differs: readonly string[]]>([
    ['a mirror', { settings: { mirror: { host: 'shadow' } } }, ['mirror']],
    ['two fields', { settings: { timeout: '2s', retries: { attempts: 3 } } }, ['timeout', 'retries']],
    ['headers of one destination', { settings: { route: [{ headers: {} }] } }, ['destinations']],
    ['a share', { destinations: [to('a', 90), to('b', 10)] }, ['destinations']],
    ['a name', { name: 'other', match: 'every request' }, ['name']],
  ])('calls a route changed whatever it does otherwise: %s', (_, more, differs) => {
    const before = route(0, { name: 'a', destinations: [to('a', 100)] });
    const [pair] = pairRoutes([before], [{ ...before, ...more }]);
    expect(pair).toMatchObject({ change: 'changed', differs });
  });

  it('names the fields that were added, changed and removed', () => {
    const before = route(0, { settings: { mirror: { host: 'a' }, timeout: '1s', retries: { attempts: 1 } } });
    const after = route(0, { settings: { timeout: '2s', retries: { attempts: 2 }, fault: {} } });
    expect(pairRoutes([before], [after]).map(fieldsNote)).toEqual([
      'mirror removed, timeout and retries changed, fault added',
    ]);
  });

  it('has every route exactly once, whatever comes', () => {
    const views = fc.array(routeView, { maxLength: 8 });
    fc.assert(
      fc.property(views, views, (before, after) => {
        const pairs = pairRoutes(before, after);
        const olds = pairs.flatMap((pair) => pair.before ?? []);
        const news = pairs.flatMap((pair) => pair.after ?? []);
        expect(news).toEqual(after);
        expect(olds).toHaveLength(before.length);
        expect(new Set(olds)).toEqual(new Set(before));
      }),
    );
  });

  it('finds nothing changed between a list and itself', () => {
    fc.assert(
      fc.property(fc.array(routeView, { maxLength: 8 }), (views) => {
        expect(pairRoutes(views, structuredClone(views)).every(({ change }) => change === 'same')).toBe(true);
      }),
    );
  });
});
