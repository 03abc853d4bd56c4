import { expect, test } from 'vitest';
import { parseObjectNames } from '../../src/intent/object-names.ts';
import type { ObjectName } from '../../src/istio/selection.ts';
import { problemsOf, valueOf } from '../support/parsed.ts';

test.for<[text: string, names: readonly ObjectName[]]>([
  ['web', [{ name: 'web' }]],
  [' web , api\nshop/cart,\nweb', [{ name: 'web' }, { name: 'api' }, { namespace: 'shop', name: 'cart' }]],
  ['api.shop.io', [{ name: 'api.shop.io' }]],
])('%j is understood', ([text, names]) => {
  expect(valueOf(parseObjectNames(text))).toEqual(names);
});

test.for<[text: string, problem: string]>([
  ['web,', 'there is a comma with nothing before or after it (a variable that is not set?)'],
  ['Web', '"Web" is not a name: lower-case letters, digits, `-` and `.`'],
  ['a/b/c', '"a/b/c" is not a name: lower-case letters, digits, `-` and `.`'],
  ['shop/', '"shop/" is not a name: lower-case letters, digits, `-` and `.`'],
  ['/web', '"/web" has no name of a namespace before the /'],
  ['my.ns/web', '"my.ns/web" has no name of a namespace before the /'],
  ['app=web', '"app=web" looks like labels: they go in `label-selector`'],
  [
    'api-*',
    '"api-*" has a wildcard, and names are compared as they are: list them, or select by `label-selector`',
  ],
  [
    'shop/*',
    '"shop/*" has a wildcard, and names are compared as they are: list them, or select by `label-selector`',
  ],
  ['a'.repeat(254), `"${'a'.repeat(99)}…" is not a name: lower-case letters, digits, \`-\` and \`.\``],
])('%j is refused', ([text, problem]) => {
  expect(problemsOf(parseObjectNames(text))).toEqual([problem]);
});
