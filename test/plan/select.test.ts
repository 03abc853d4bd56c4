import { describe, expect, test } from 'vitest';
import { parseLabelSelector } from '../../src/intent/label-selector.ts';
import { titleOf } from '../../src/base/title.ts';
import { parseObjectNames } from '../../src/intent/object-names.ts';
import type { Selection } from '../../src/istio/selection.ts';
import type { Labels, VirtualService } from '../../src/istio/types.ts';
import { selectVirtualServices, joinFirst } from '../../src/plan/select.ts';
import { valueOf } from '../support/parsed.ts';
import { snapshotOf, virtualService } from '../support/plane.ts';

const selection = (labels: string, names: string): Selection => ({
  ...(labels !== '' && { selector: valueOf(parseLabelSelector(labels)) }),
  ...(names !== '' && { virtualServices: valueOf(parseObjectNames(names)) }),
});

/** `namespace/name`, labels. */
function named(object: VirtualService, title: string, labels?: Labels): VirtualService {
  const [namespace = '', name = ''] = title.split('/');
  return { ...object, metadata: { name, namespace, ...(labels && { labels }) } };
}

describe('VirtualServices', () => {
  const service = (title: string, labels?: Labels): VirtualService =>
    named(virtualService({}), title, labels);
  const all = [
    service('shop/a', { app: 'api' }),
    service('shop/b', { app: 'web' }),
    service('shop/c'),
    service('other/d', { app: 'api' }),
  ];
  const select = (labels: string, objects = all, names = ''): string[] =>
    selectVirtualServices(snapshotOf(objects, []), selection(labels, names)).map(
      ({ metadata }) => metadata.name,
    );

  test.for<[selector: string, selected: string[]]>([
    ['', ['a', 'b', 'c']],
    ['app=api', ['a']],
    ['app in (api,web)', ['a', 'b']],
    ['!app', ['c']],
  ])('%s', ([text, selected]) => {
    expect(select(text)).toEqual(selected);
  });

  test('none, and what there is', () => {
    expect(() => select('app=db')).toThrow(
      'No VirtualService in namespace shop has the labels app=db; did you mean `label-selector: app=web`? There are: a (app=api), b (app=web), c (no labels). Change',
    );
    expect(() => select('tier=db', all.slice(0, 1))).toThrow(
      'has the labels tier=db. There is: a (app=api). Change `label-selector`, or name the VirtualService with `virtual-service`.',
    );
    expect(() => select('app.kubernetes.io/name=c')).toThrow(
      '; did you mean `virtual-service: c`? There are',
    );
    expect(() => select('app=db', all.slice(3))).toThrow('There is none at all');
    expect(select('', all.slice(3))).toEqual([]);
  });

  test.for<[names: string, labels: string, selected: string[]]>([
    ['a', '', ['a']],
    ['c,a', '', ['a', 'c']],
    ['shop/b\na', '', ['a', 'b']],
    ['b', 'app', ['b']],
    ['a,b', 'app in (api,web)', ['a', 'b']],
  ])('%s with labels %s', ([names, labels, selected]) => {
    expect(select(labels, all, names)).toEqual(selected);
  });

  test.for<[names: string, labels: string, words: string]>([
    [
      'web',
      '',
      'There is no VirtualService web in namespace shop. There are: a, b, c. Change `virtual-service`, or give its namespace as `namespace`.',
    ],
    [
      'other/d',
      '',
      'There is no VirtualService other/d in namespace shop. There are: a, b, c. An operation works',
    ],
    [
      'other/a',
      '',
      'There is no VirtualService other/a in namespace shop. There are: a, b, c. An operation works',
    ],
    ['a,x,y', '', 'There is no VirtualService x or y in namespace shop.'],
    [
      'b,c',
      'app=api',
      'Of the VirtualServices that `virtual-service` names, b (app=web), c (no labels) do not have the labels app=api, and `label-selector` with `virtual-service` selects those that have both.',
    ],
    ['a,c', 'app=api', 'c (no labels) does not have the labels app=api'],
  ])('%s with labels %s: not found', ([names, labels, words]) => {
    expect(() => select(labels, all, names)).toThrow(words);
  });

  test('in all namespaces', () => {
    const everywhere = (labels: string, names = ''): string[] =>
      selectVirtualServices(snapshotOf(all, []), selection(labels, names), 'all').map(titleOf);
    expect(everywhere('')).toHaveLength(4);
    expect(everywhere('app=api')).toEqual(['VirtualService shop/a', 'VirtualService other/d']);
    expect(everywhere('', 'other/d')).toEqual(['VirtualService other/d']);
    expect(() => everywhere('', 'shop/d')).toThrow(
      'There is no VirtualService shop/d in any namespace; did you mean shop/a? There are: shop/a, shop/b, shop/c, other/d. Change `virtual-service`.',
    );
    expect(() => everywhere('tier=db')).toThrow('No VirtualService in any namespace has the labels tier=db.');
  });

  test('a name that is mistyped', () => {
    const objects = [service('shop/storefront'), service('shop/api')];
    expect(() => select('', objects, 'storefrnt')).toThrow(
      'There is no VirtualService storefrnt in namespace shop; did you mean storefront? There are: storefront, api.',
    );
    expect(() => select('', [], 'storefront')).toThrow('There is none at all: check `namespace`');
  });
});

test('ten names are enough', () => {
  const names = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i + 1));
  expect(joinFirst(names(2))).toBe('1, 2');
  expect(joinFirst(names(10))).toBe('1, 2, 3, 4, 5, 6, 7, 8, 9, 10');
  expect(joinFirst(names(12))).toBe('1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more');
});
