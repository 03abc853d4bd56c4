import { describe, expect, test } from 'vitest';
import { answer } from '../../../src/istio/requests/answer.ts';
import { virtualHost } from '../../../src/istio/requests/route-list.ts';
import type { Route } from '../../../src/istio/types.ts';
import { REQUEST, vs } from '../../support/requests.ts';

const SEEN = { namespaces: [], except: [] };
const TO_LEAF: Route = { delegate: { name: 'leaf', namespace: 'team' } };
const HERE: Route = { match: [{ uri: { prefix: '/v2' } }], directResponse: { status: 200 } };

/** `route`, `none`, or what it hangs on and what comes else. */
function told(...http: readonly Route[]): string {
  const { routes = [] } = virtualHost([vs('a', { http })], REQUEST, SEEN) ?? {};
  const { result } = answer(routes, REQUEST);
  if (result.kind !== 'undecided') return result.kind;
  return result.candidates.map(({ taker }) => taker?.action.kind ?? 'none').join(', else ');
}

describe('a delegate that is not in sight', () => {
  test.for<[title: string, http: readonly Route[], expected: string]>([
    ['may take what its root lets through', [TO_LEAF, HERE], 'unseen, else direct-response'],
    ['does not cut the list as a route that takes everything would', [TO_LEAF], 'unseen, else none'],
    ['takes nothing that its root does not', [{ ...TO_LEAF, match: [{ port: 80 }] }, HERE], 'route'],
    ['takes nothing for another path', [{ ...TO_LEAF, match: [{ uri: { prefix: '/v3' } }] }, HERE], 'route'],
    ['takes nothing that a route above takes', [HERE, TO_LEAF], 'route'],
    [
      'stays at its place, though its root asks nothing',
      [{ ...TO_LEAF, match: [{ uri: { prefix: '/' } }] }, HERE],
      'unseen, else direct-response',
    ],
  ])('%s', ([, http, expected]) => {
    expect(told(...http)).toBe(expected);
  });

  test('is none where everything is in sight', () => {
    const { routes } = virtualHost([vs('a', { http: [TO_LEAF, HERE] })], REQUEST) ?? {};
    expect(routes).toHaveLength(1);
  });
});
