import { expect, test } from 'vitest';
import { exportsOf, isVisible } from '../../../src/istio/requests/visible.ts';
import type { Json } from '../../../src/base/json.ts';
import type { VirtualService } from '../../../src/istio/types.ts';
import { vs } from '../../support/requests.ts';

/** In namespace shop. */
function exported(exportTo: Json): VirtualService {
  const plain = vs('a', {});
  return { ...plain, spec: { ...plain.spec, exportTo } };
}

/** initVirtualServices in pilot/pkg/model/push_context.go. */
test.for<[exportTo: string[], shop: boolean, web: boolean, unknown: boolean]>([
  [[], true, true, true],
  [['*'], true, true, true],
  [['.'], true, false, true],
  [['shop'], true, false, true],
  [['web'], false, true, true],
  [['.', 'web'], true, true, true],
  [['~'], false, false, false],
  [['~', 'shop'], false, false, false],
  [['~', '*'], true, true, true],
])(
  'exported to %j it is seen in its own namespace: %j, in another: %j, somewhere: %j',
  ([exportTo, ...seen]) => {
    expect(['shop', 'web', undefined].map((namespace) => isVisible(exported(exportTo), namespace))).toEqual(
      seen,
    );
  },
);

test.for<[exportTo: Json, namespaces: string[]]>([
  [null, ['*']],
  ['web', ['*']],
  [[1, null], ['*']],
  [[1, 'web'], ['web']],
  [
    ['.', 'web'],
    ['shop', 'web'],
  ],
  [['.', 'shop'], ['shop']],
])('exportTo %j means %j', ([exportTo, namespaces]) => {
  expect([...exportsOf(exported(exportTo))]).toEqual(namespaces);
});

test('saying nothing of it is for all', () => {
  expect([...exportsOf(vs('a', {}))]).toEqual(['*']);
});
