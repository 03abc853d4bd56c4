import { describe, expect, test } from 'vitest';
import { checkReachable } from '../../src/checks/reachable.ts';
import type { Match, Route, VirtualService } from '../../src/istio/types.ts';
import type { Finding } from '../../src/plan/types.ts';
import { contextOf } from '../support/check-context.ts';
import { destinationRule, virtualService } from '../support/plane.ts';

const HEADERS = { operation: 'headers', 'pod-selector': 'app=api,build=2', headers: 'x-a=1' };
const UNDO = { operation: 'undo' };

const asked = (...names: string[]): Match[] => names.map((name) => ({ headers: { [name]: { exact: '1' } } }));
const to = (subset: string, match?: Match[], name?: string): Route => ({
  ...(name !== undefined && { name }),
  ...(match && { match }),
  route: [{ destination: { host: 'api', subset } }],
});
const preview = (subset: string, ...names: string[]): Route =>
  to(subset, asked(...names), `istiops-${subset}`);

const MAIN = to('v1');

/** Where the headers lead to v2. */
function afterHeaders(http: readonly Route[] | undefined, before = http): Finding[] {
  const service = { host: 'api.shop.svc.cluster.local' };
  const labels = { app: 'api', build: '2' };
  const target = {
    service,
    name: 'v2',
    labels,
    destinationRule: destinationRule({ v2: labels }),
    exists: true,
  };
  const change = { before: of(before), after: of(http) };
  return checkReachable(
    contextOf(HEADERS, { draft: { virtualServices: [change], shift: { service, target, led: [] } } }),
  );
}

function afterUndo(before: readonly Route[] | undefined, after: readonly Route[] | undefined): Finding[] {
  const change = { before: of(before), after: of(after) };
  return checkReachable(contextOf(UNDO, { draft: { virtualServices: [change] } }));
}

function of(http: readonly Route[] | undefined): VirtualService {
  return virtualService(http === undefined ? {} : { http });
}

describe('what is said of a preview that no request would reach', () => {
  test('names the route above, and what to do', () => {
    const found = afterHeaders([
      to('qa', asked('x-b')),
      to('qa', asked('x-a'), 'qa'),
      preview('v2', 'x-a'),
      MAIN,
    ]);
    expect(found).toEqual([
      {
        code: 'preview-unreachable',
        severity: 'error',
        message:
          'No request would reach the preview route istiops-v2: http[1] (qa) of VirtualService shop/api, above it, takes them all. ' +
          'Move that route down, narrow its match, or pick other base routes with `routes`.',
        object: 'VirtualService shop/api',
        forceable: true,
      },
    ]);
  });

  test('has no name where the route above has none', () => {
    const [found] = afterHeaders([to('qa', asked('x-a')), preview('v2', 'x-a'), MAIN]);
    expect(found?.message).toMatch(/istiops-v2: http\[0\] of VirtualService shop\/api, above it/);
  });

  test('names the first where each alternative is taken by another', () => {
    const [found, ...more] = afterHeaders([
      to('qa', asked('x-b'), 'for-b'),
      to('qa', asked('x-a'), 'for-a'),
      preview('v2', 'x-a', 'x-b'),
    ]);
    expect(found?.message).toMatch(/http\[1\] \(for-a\)/);
    expect(more).toEqual([]);
  });
});

describe('after headers', () => {
  test.for<[string, http: Route[] | undefined]>([
    ['nothing is wrong without routes of HTTP', undefined],
    ['the preview is reached', [preview('v2', 'x-a'), to('qa', asked('x-a')), MAIN]],
    ['one of two alternatives is reached', [to('qa', asked('x-b')), preview('v2', 'x-a', 'x-b'), MAIN]],
    ['a preview that asks nothing stands first', [to('v2', undefined, 'istiops-v2'), MAIN]],
    [
      'another build has a preview that is hidden: it is not what was asked about',
      [to('qa', asked('x-a')), preview('v3', 'x-a'), MAIN],
    ],
    ['a route of ours that is hidden is no preview', [to('qa', asked('x-a')), to('v2', asked('x-a')), MAIN]],
    [
      'a route to the build above takes the requests before the one that hides the preview',
      [to('v2', asked('x-a')), to('qa', asked('x-a')), preview('v2', 'x-a'), MAIN],
    ],
    [
      'it does further up, too',
      [to('v2', asked('x-a')), to('qa', asked('x-b')), to('qa', asked('x-a')), preview('v2', 'x-a'), MAIN],
    ],
    [
      'it does so by one of its alternatives',
      [to('v2', asked('x-b', 'x-a')), to('qa', asked('x-a')), preview('v2', 'x-a'), MAIN],
    ],
    ['it takes every request', [to('v2'), to('qa', asked('x-a')), preview('v2', 'x-a')]],
    [
      'an alternative that is hidden leads to the build, further up',
      [to('v2', asked('x-b')), to('qa', asked('x-a', 'x-b')), preview('v2', 'x-b', 'x-a')],
    ],
  ])('%s', ([, http]) => {
    expect(afterHeaders(http)).toEqual([]);
  });

  test.for<[string, http: Route[]]>([
    [
      'the route to the build above takes other requests',
      [to('v2', asked('x-b')), to('qa', asked('x-a')), preview('v2', 'x-a'), MAIN],
    ],
    [
      'the route to the build takes them too late',
      [to('qa', asked('x-a')), to('v2', asked('x-a')), preview('v2', 'x-a'), MAIN],
    ],
    ['a route above takes every request', [MAIN, preview('v2', 'x-a')]],
    [
      'the subset of this name is of another host',
      [
        { match: asked('x-a'), route: [{ destination: { host: 'web', subset: 'v2' } }] },
        preview('v2', 'x-a'),
        MAIN,
      ],
    ],
  ])('the preview is hidden where %s', ([, http]) => {
    expect(afterHeaders(http)).toHaveLength(1);
  });

  test('a preview that was hidden before is hidden still', () => {
    const http = [to('qa', asked('x-a')), preview('v2', 'x-a'), MAIN];
    expect(afterHeaders(http, http)).toHaveLength(1);
  });
});

describe('after undo', () => {
  const thief = to('qa', asked('x-a'), 'qa');
  const hidden = preview('v2', 'x-a');

  test.for<[string, before: Route[] | undefined, after: Route[] | undefined, said: RegExp[]]>([
    ['a preview that comes back is hidden', [thief, MAIN], [thief, hidden, MAIN], [/istiops-v2/]],
    ['it is where no route was left', undefined, [thief, hidden], [/istiops-v2/]],
    ['a preview that comes back is reached', [thief, MAIN], [hidden, thief, MAIN], []],
    ['a preview was hidden before', [thief, hidden, MAIN], [thief, hidden, to('v1', asked('x-c')), MAIN], []],
    [
      'a preview was hidden before, and a route to its build comes back',
      [thief, hidden, MAIN],
      [thief, hidden, to('v2')],
      [],
    ],
    [
      'of two that come back one is hidden',
      [thief, MAIN],
      [preview('v3', 'x-b'), thief, hidden, MAIN],
      [/istiops-v2/],
    ],
    [
      'those of two builds come back',
      [thief, MAIN],
      [thief, hidden, preview('v3', 'x-a'), MAIN],
      [/istiops-v2/, /istiops-v3/],
    ],
    [
      'the two of one build come back below a route that takes the requests of both',
      [thief, MAIN],
      [to('qa', asked('x-a', 'x-b'), 'qa'), hidden, { ...preview('v2', 'x-b'), name: 'istiops-v2-2' }, MAIN],
      [/route istiops-v2:/, /route istiops-v2-2:/],
    ],
    ['no route of HTTP is there', [MAIN], undefined, []],
  ])('%s', ([, before, after, said]) => {
    expect(afterUndo(before, after).map(({ message }) => message)).toEqual(
      said.map((words): unknown => expect.stringMatching(words)),
    );
  });
});

test('only headers and undo bring previews', () => {
  const http = [to('qa', asked('x-a')), preview('v2', 'x-a'), MAIN];
  const virtualServices = [{ before: of([MAIN]), after: of(http) }];
  for (const operation of ['rollback', 'clear'])
    expect(
      checkReachable(
        contextOf(
          { operation, ...(operation === 'rollback' && { 'pod-selector': 'app=api,build=2' }) },
          { draft: { virtualServices } },
        ),
      ),
    ).toEqual([]);
});
