import { describe, expect, test } from 'vitest';
import { conflictsText } from '../../src/undo/apply.ts';
import type { Snapshot } from '../../src/plan/types.ts';
import { play } from '../support/plane.ts';
import { HEADERS, named, of, revertLast, ROLLBACK, to, WEIGHT, type Words } from '../support/reverting.ts';

describe('what somebody else changed since is left, and reported', () => {
  test.for<readonly [string, readonly Words[], (now: Snapshot) => Snapshot, string]>([
    [
      'other weights',
      [WEIGHT],
      named('main', (route) => ({ ...route, route: [to('v1', 50), to('api-7', 50)] })),
      'the destinations of http[1] (main) of VirtualService shop/api: somebody else changed them since; ' +
        'subset api-7 of DestinationRule shop/api: a VirtualService sends traffic to it meanwhile',
    ],
    [
      'a share for another build by istiops',
      [WEIGHT],
      (now) => play(now, { operation: 'weight', ...of('8'), weight: '10', routes: 'main' }),
      'the destinations of http[1] (main) of VirtualService shop/api: somebody else changed them since; ' +
        'subset api-7 of DestinationRule shop/api: a VirtualService sends traffic to it meanwhile',
    ],
    [
      'a route removed',
      [WEIGHT],
      named('reports', () => undefined),
      'the destinations of a route of VirtualService shop/api: somebody else removed it, or changed name or match',
    ],
    [
      'a preview with another timeout',
      [HEADERS],
      named('istiops-api-7-2', (route) => ({ ...route, timeout: '9s' })),
      'the route istiops-api-7-2 of VirtualService shop/api: somebody else changed it since; ' +
        'subset api-7 of DestinationRule shop/api: a VirtualService sends traffic to it meanwhile',
    ],
    [
      'another preview of the build',
      [HEADERS, ROLLBACK],
      (now) => play(now, { ...HEADERS, headers: 'x-cid=b', routes: 'reports' }),
      'the route istiops-api-7 of VirtualService shop/api: somebody else made another one of this name since',
    ],
    [
      'the requests of a preview given to another build',
      [HEADERS, ROLLBACK],
      (now) => play(now, { ...HEADERS, ...of('8'), routes: 'main' }),
      'the route istiops-api-7-2 of VirtualService shop/api: somebody else gave these requests to the route istiops-api-8 since',
    ],
    [
      'the base route of a preview removed',
      [HEADERS, ROLLBACK],
      named('reports', () => undefined),
      'the route istiops-api-7 of VirtualService shop/api: somebody else removed the route above which it stood, or changed its name or match',
    ],
    [
      'a preview rolled back that had replaced another',
      [HEADERS, { ...HEADERS, headers: 'x-cid=b' }],
      (now) => play(now, ROLLBACK),
      'the route istiops-api-7 of VirtualService shop/api: somebody else removed the one that had replaced it; ' +
        'the route istiops-api-7-2 of VirtualService shop/api: somebody else removed the one that had replaced it',
    ],
    [
      'a subset of other labels',
      [WEIGHT],
      (now) => ({
        ...now,
        destinationRules: now.destinationRules.map((rule) => ({
          ...rule,
          spec: {
            ...rule.spec,
            subsets: (rule.spec.subsets ?? []).map((one) =>
              one.name === 'api-7' ? { ...one, trafficPolicy: {} } : one,
            ),
          },
        })),
      }),
      'subset api-7 of DestinationRule shop/api: somebody else changed it since',
    ],
    [
      'a subset taken over',
      [WEIGHT],
      (now) => ({
        ...now,
        destinationRules: now.destinationRules.map(({ metadata, ...rule }) => ({
          ...rule,
          metadata: { ...metadata, annotations: {} },
        })),
      }),
      'subset api-7 of DestinationRule shop/api: somebody else took it over',
    ],
    [
      'a subset made by hand under the name of one that would come back',
      [WEIGHT, ROLLBACK],
      (now) => ({
        ...now,
        destinationRules: now.destinationRules.map((rule) => ({
          ...rule,
          spec: {
            ...rule.spec,
            subsets: [...(rule.spec.subsets ?? []), { name: 'api-7', labels: { a: 'b' } }],
          },
        })),
      }),
      'subset api-7 of DestinationRule shop/api: somebody else made another one of this name since',
    ],
    [
      'objects deleted',
      [WEIGHT],
      (now) => ({ ...now, virtualServices: [], destinationRules: [] }),
      'VirtualService shop/api: it is no longer there; DestinationRule shop/api: it is no longer there',
    ],
  ])('%s', ([, steps, meanwhile, words]) => {
    expect(conflictsText(revertLast(steps, meanwhile).result.conflicts)).toBe(words);
  });

  test('at most ten of them are listed', () => {
    const many = Array.from({ length: 12 }, (_, i) => ({ what: `w${i}`, why: 'because' }));
    expect(conflictsText(many)).toMatch(/^w0: because; .*; w9: because; and 2 more$/);
  });
});
