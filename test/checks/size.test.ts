import { expect, test } from 'vitest';
import { checkSize } from '../../src/checks/size.ts';
import type { Labels } from '../../src/istio/types.ts';
import type { Write } from '../../src/plan/types.ts';
import type { Finding } from '../../src/base/findings.ts';
import { contextOf } from '../support/check-context.ts';
import { virtualService } from '../support/plane.ts';

const LIMIT = 256 * 1024;

function written(annotations: Labels | undefined, name = 'api'): Write {
  const before = virtualService({}, name);
  const metadata = { ...before.metadata, ...(annotations && { annotations }) };
  return { kind: 'VirtualService', before, after: { ...before, metadata } };
}

function found(...writes: readonly Write[]): readonly Finding[] {
  return checkSize(contextOf({ operation: 'clear' }, { phases: { routes: writes } }));
}

test.for<[string, annotations: Labels | undefined, expected: number]>([
  ['no annotations have room', undefined, 0],
  ['256 KiB with the key have room', { a: 'x'.repeat(LIMIT - 1) }, 0],
  ['a byte more has none', { a: 'x'.repeat(LIMIT) }, 1],
  ['two of 256 KiB together have room', { a: 'x'.repeat(LIMIT - 3), b: 'x' }, 0],
  ['two of a byte more have none', { a: 'x'.repeat(LIMIT - 2), b: 'x' }, 1],
  ['bytes count, not letters', { a: 'é'.repeat(LIMIT / 2) }, 1],
])('%s', ([, annotations, expected]) => {
  expect(found(written(annotations))).toHaveLength(expected);
});

test('annotations without room are an error that nothing overrules, for the object alone that has too many', () => {
  expect(found(written({ a: 'b' }, 'web'), written({ a: 'x'.repeat(LIMIT) }))).toEqual([
    {
      code: 'annotations-too-large',
      severity: 'error',
      message:
        'The annotations of VirtualService shop/api would have 262145 bytes, and Kubernetes allows 262144: there is no room to remember what its routes were. ' +
        'Split the VirtualService, or shift fewer routes with `routes`.',
      object: 'VirtualService shop/api',
      forceable: false,
    },
  ]);
});
