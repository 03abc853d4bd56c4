import { expect, test } from 'vitest';
import type { VirtualService } from '../../src/istio/types.ts';
import {
  cluster,
  codes,
  findings,
  HEADERS,
  PROMOTE,
  to,
  WEIGHT,
  type Words,
} from '../support/checked-cluster.ts';
import { virtualService } from '../support/plane.ts';

function other(name: string, spec: Partial<VirtualService['spec']>): VirtualService {
  const made = virtualService({ hosts: [`${name}.example.com`], ...spec });
  return { ...made, metadata: { name, namespace: 'shop' } };
}

function beside(...others: readonly VirtualService[]): ReturnType<typeof cluster> {
  const snapshot = cluster();
  return { ...snapshot, virtualServices: [...snapshot.virtualServices, ...others] };
}

test.for<[string, VirtualService, words: Words, expected: string[]]>([
  ['sends to the service', other('edge', { http: [{ route: [to('')] }] }), WEIGHT, ['notice other-routes']],
  ['sends to a subset', other('edge', { http: [{ route: [to('v1')] }] }), HEADERS, ['notice other-routes']],
  [
    'is left alone by a promote',
    other('edge', { http: [{ route: [to('v1')] }] }),
    PROMOTE,
    ['notice other-routes'],
  ],
  ['sends there by tcp', other('edge', { tcp: [{ route: [to('v1')] }] }), WEIGHT, ['notice other-routes']],
  ['has the build', other('edge', { http: [{ route: [to('v2')] }, { route: [to('v1')] }] }), WEIGHT, []],
  ['sends elsewhere', other('edge', { http: [{ route: [{ destination: { host: 'web' } }] }] }), WEIGHT, []],
  [
    'sends nothing there',
    other('edge', {
      http: [
        {
          route: [
            { ...to('v1'), weight: 0 },
            { destination: { host: 'web' }, weight: 1 },
          ],
        },
      ],
    }),
    WEIGHT,
    [],
  ],
  ['is a delegate', other('edge', { hosts: [], http: [{ route: [to('v1')] }] }), WEIGHT, []],
])('another VirtualService that %s', ([, one, words, expected]) => {
  expect(codes(beside(one), words)).toEqual(expected);
});

test('a few are named, and how many more there are', () => {
  const others = Array.from({ length: 7 }, (_, i) => other(`edge-${i}`, { http: [{ route: [to('v1')] }] }));
  const messages = findings(beside(...others)).map(({ message }) => message);
  expect(messages).toHaveLength(5);
  expect(messages[4]).toContain('The same holds for 2 more.');
});
