import { expect, test } from 'vitest';
import { controllersIn } from '../../../src/stores/manifests/controllers.ts';
import { parse } from '../../../src/yaml/index.ts';

function found(text: string): readonly unknown[] {
  const parsed = parse(text);
  if (!parsed.ok) throw new Error(parsed.fault.message);
  return controllersIn(parsed.tree, 'shop').map(({ title, writes }) => [title, ...writes]);
}

const rollout = (istio: string, metadata = 'name: api'): string =>
  `apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: { ${metadata} }\nspec: { strategy: { canary: { trafficRouting: { istio: ${istio} } } } }\n`;

const canary = (spec: string): string =>
  `apiVersion: flagger.app/v1beta1\nkind: Canary\nmetadata: { name: c, namespace: web }\nspec: ${spec}\n`;

const flagger = (name: string): readonly string[] => [
  'Canary web/c',
  `VirtualService web/${name}`,
  `DestinationRule web/${name}-primary`,
  `DestinationRule web/${name}-canary`,
];

test.for<[what: string, text: string, expected: readonly unknown[]]>([
  [
    'one VirtualService',
    rollout('{ virtualService: { name: a } }'),
    [['Rollout shop/api', 'VirtualService shop/a']],
  ],
  [
    'several, one of another namespace',
    rollout('{ virtualServices: [{ name: a }, { name: b.web }] }'),
    [['Rollout shop/api', 'VirtualService shop/a', 'VirtualService web/b']],
  ],
  [
    'a DestinationRule besides',
    rollout('{ virtualService: { name: a }, destinationRule: { name: r } }', 'name: api, namespace: web'),
    [['Rollout web/api', 'VirtualService web/a', 'DestinationRule web/r']],
  ],
  ['one and several', rollout('{ virtualService: { name: a }, virtualServices: [{ name: b }] }'), []],
  ['a Rollout without Istio', rollout('null'), []],
  [
    'a Rollout of somebody else',
    rollout('{ virtualService: { name: a } }').replace('argoproj.io', 'x.io'),
    [],
  ],
  ['the target of a Canary', canary('{ targetRef: { name: api } }'), [flagger('api')]],
  [
    'the service of a Canary',
    canary('{ provider: istio, targetRef: { name: api }, service: { name: s } }'),
    [flagger('s')],
  ],
  ['a Canary of another mesh', canary('{ provider: linkerd, targetRef: { name: api } }'), []],
  ['a Canary without anything', canary('null'), []],
  [
    'a List',
    `apiVersion: v1\nkind: List\nitems:\n- {}\n- ${canary('{ targetRef: { name: api } }').trim().replaceAll('\n', '\n  ')}\n`,
    [flagger('api')],
  ],
  ['nothing', '# none\n', []],
])('what a controller writes, found among the manifests: %s', ([, text, expected]) => {
  expect(found(text)).toEqual(expected);
});
