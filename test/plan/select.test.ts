import { describe, expect, test } from 'vitest';
import { parseLabelSelector } from '../../src/intent/label-selector.ts';
import type { LabelSelector } from '../../src/intent/types.ts';
import type { DestinationRule, Labels, VirtualService } from '../../src/istio/types.ts';
import { selectDestinationRule, selectVirtualServices, someOf } from '../../src/plan/select.ts';
import { valueOf } from '../intent/parsed.ts';
import { destinationRule, snapshotOf, virtualService } from '../support/plane.ts';

const selector = (text: string): LabelSelector | undefined =>
  text === '' ? undefined : valueOf(parseLabelSelector(text));

/** `namespace/name`, labels. */
function named<T extends VirtualService | DestinationRule>(object: T, title: string, labels?: Labels): T {
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

describe('the DestinationRule of a host', () => {
  const HOST = 'api.shop.svc.cluster.local';
  const rule = (title: string, labels?: Labels, host = 'api'): DestinationRule => {
    const object = named(destinationRule({}), title, labels);
    return { ...object, spec: { ...object.spec, host } };
  };
  const select = (rules: readonly DestinationRule[], text = 'app=api', host = HOST) =>
    selectDestinationRule(snapshotOf([], rules), selector(text), host);
  const api = rule('shop/api', { app: 'api' });

  test.for<[string, rules: DestinationRule[], text: string, name: string, codes: string[]]>([
    ['the selected one', [rule('shop/web', { app: 'api' }, 'web'), api], 'app=api', 'api', []],
    ['the selected one of two', [rule('shop/a', { app: 'web' }), api], 'app=api', 'api', []],
    ['in another spelling', [rule('shop/a', { app: 'api' }, HOST)], 'app=api', 'a', []],
    [
      'the only one',
      [rule('shop/a'), rule('other/b', {}, HOST)],
      'app=api',
      'a',
      ['destinationrule-unselected'],
    ],
    ['without a selector', [rule('shop/a')], '', 'a', []],
  ])('%s', ([, rules, text, name, codes]) => {
    const { destinationRule: found, findings } = select(rules, text);
    expect(found.metadata.name).toBe(name);
    expect(findings.map(({ code }) => code)).toEqual(codes);
  });

  test('one of several that nothing tells apart', () => {
    const several = 'Several DestinationRules are for the host api.shop.svc.cluster.local: a, b. Make';
    expect(() => select([rule('shop/a'), rule('shop/b')])).toThrow(several);
    expect(() => select([rule('shop/a'), rule('shop/b')], '')).toThrow(several);
    expect(() => select([api, rule('shop/b', { app: 'api' }), rule('shop/c')])).toThrow(': api, b. Make');
  });

  test('none, with the one to create', () => {
    expect(() => select([rule('other/api')], 'app=api,tier in (a),x!=y,z')).toThrow(
      [
        'Create it and run again:',
        'apiVersion: networking.istio.io/v1',
        'kind: DestinationRule',
        'metadata:',
        '  name: api',
        '  namespace: shop',
        '  labels:',
        '    app: "api"',
        '    tier: "a"',
        'spec:',
        `  host: ${HOST}`,
      ].join('\n'),
    );
    expect(() => select([], '!app')).toThrow('  namespace: shop\nspec:\n');
    expect(() => select([], '')).toThrow('  namespace: shop\nspec:\n');
  });
});

test('ten names are enough', () => {
  const names = (count: number): string[] => Array.from({ length: count }, (_, i) => String(i + 1));
  expect(someOf(names(2))).toBe('1, 2');
  expect(someOf(names(10))).toBe('1, 2, 3, 4, 5, 6, 7, 8, 9, 10');
  expect(someOf(names(12))).toBe('1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 more');
});
