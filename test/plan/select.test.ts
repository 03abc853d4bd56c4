import { describe, expect, test } from 'vitest';
import { parseLabelSelector } from '../../src/intent/label-selector.ts';
import type { LabelSelector } from '../../src/istio/labels.ts';
import type { Labels, VirtualService } from '../../src/istio/types.ts';
import { selectVirtualServices, joinFirst } from '../../src/plan/select.ts';
import { valueOf } from '../support/parsed.ts';
import { snapshotOf, virtualService } from '../support/plane.ts';

const selector = (text: string): LabelSelector | undefined =>
  text === '' ? undefined : valueOf(parseLabelSelector(text));

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
  const select = (text: string, objects = all): string[] =>
    selectVirtualServices(snapshotOf(objects, []), selector(text)).map(({ metadata }) => metadata.name);

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
      'No VirtualService in namespace shop has the labels app=db. There are: a (app=api), b (app=web), c (no labels). Change',
    );
    expect(() => select('app=db', all.slice(0, 1))).toThrow('There is: a (app=api). Change');
    expect(() => select('app=db', all.slice(3))).toThrow('There is none at all');
    expect(select('', all.slice(3))).toEqual([]);
  });
});

test('ten names are enough', () => {
  const names = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i + 1));
  expect(joinFirst(names(2))).toBe('1, 2');
  expect(joinFirst(names(10))).toBe('1, 2, 3, 4, 5, 6, 7, 8, 9, 10');
  expect(joinFirst(names(12))).toBe('1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more');
});
