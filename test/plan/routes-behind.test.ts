import { describe, expect, it } from 'vitest';
import type { Match, Route, VirtualService } from '../../src/istio/types.ts';
import { routesBehind } from '../../src/plan/routes-behind.ts';

function routed(...http: readonly Route[]): VirtualService {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name: 'api', namespace: 'shop' },
    spec: { hosts: ['api'], http },
  };
}

const on = (...match: readonly Match[]): Route => ({ match, route: [{ destination: { host: 'api' } }] });

describe('routesBehind', () => {
  it.each<[string, readonly Route[], readonly { index: number; by: number }[]]>([
    ['nothing', [on({ uri: { prefix: '/a' } }), on({ uri: { prefix: '/b' } })], []],
    [
      'a longer path',
      [on({ uri: { prefix: '/a' } }), on({ uri: { prefix: '/a/b' } })],
      [{ index: 1, by: 0 }],
    ],
    ['what comes after the default route', [{}, on({ uri: { prefix: '/b' } })], [{ index: 1, by: 0 }]],
    [
      'a route whose blocks stand behind several others',
      [
        on({ uri: { prefix: '/a' } }),
        on({ uri: { prefix: '/b' } }),
        on({ uri: { prefix: '/a/x' } }, { uri: { exact: '/b' } }),
      ],
      [{ index: 2, by: 1 }],
    ],
    [
      'no route of which one block gets requests',
      [on({ uri: { prefix: '/a' } }), on({ uri: { prefix: '/a/x' } }, { uri: { exact: '/b' } })],
      [],
    ],
    [
      'nothing behind a delegate, whose own routes decide',
      [{ match: [{ uri: { prefix: '/a' } }], delegate: { name: 'leaf' } }, on({ uri: { prefix: '/a/b' } })],
      [],
    ],
  ])('finds %s', (_, routes, behind) => {
    expect(routesBehind(routed(...routes))).toEqual(behind);
  });
});
