/** Patches of kustomize that change what istiops writes, when the manifests are built. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { clock } from '../../../src/run/effects.ts';
import { parseWords } from '../../../src/operations/parse-words.ts';
import { run } from '../../../src/run/run.ts';
import { manifestsStore } from '../../../src/stores/manifests/store.ts';

const VS = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: api, labels: { app: api } }
spec: { hosts: [api], http: [{ route: [{ destination: { host: api, subset: v1 } }] }] }
`;
const DR = `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: api, labels: { app: api } }
spec: { host: api, subsets: [{ name: v1, labels: { app: api, version: "1" } }] }
`;
const ROUTES = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: api }
spec: { http: [{ route: [{ destination: { host: api, subset: v1 } }] }] }
`;
const OTHER_FIELD = ROUTES.replace(/spec:.*/, 'spec: { gateways: [mesh] }');
const TIMEOUT = '- { op: add, path: /spec/http/0/timeout, value: 2s }\n';
const TARGET = 'target: { kind: VirtualService, name: api }';

let root = '';
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'istiops-patched-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

/** The warnings of a change of the base, by what each is about. */
async function warnings(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const all = {
    'base/kustomization.yaml': 'resources: [api.yaml]\n',
    'base/api.yaml': `${VS}---\n${DR}`,
    ...files,
  };
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text);
  }
  const { request } = parseWords({
    operation: 'weight',
    'label-selector': 'app=api',
    'pod-selector': 'app=api,version=2',
    weight: '20',
    manifests: '.',
  });
  const outcome = await run(request, {
    openStore: () => Promise.resolve(manifestsStore({ path: '.', cwd: root })),
    clock,
    log: { info: () => undefined, group: (_title, body) => body() },
    author: () => Promise.resolve(undefined),
  });
  expect(outcome.failure).toBeNull();
  return outcome.findings
    .filter(({ code }) => code === 'patched-when-built')
    .map(({ message }) => message.replace(/ when the manifests are built.*/, ''));
}

const block = (text: string): string => `|-\n${text.replaceAll(/^(?=.)/gm, '      ')}`;
const patchOf = (text: string, more = ''): string =>
  `resources: [../base]\npatches:\n  - patch: ${block(text)}\n${more === '' ? '' : `    ${more}\n`}`;

const HTTP = 'patches[0] of prod/kustomization.yaml changes spec.http of VirtualService default/api';

describe('a patch that changes the routes is named', () => {
  test.for<[how: string, files: Readonly<Record<string, string>>, words: readonly string[]]>([
    ['an inline patch', { 'prod/kustomization.yaml': patchOf(ROUTES) }, [HTTP]],
    [
      'one with a target',
      { 'prod/kustomization.yaml': patchOf(ROUTES.replace('name: api', 'name: x'), TARGET) },
      [HTTP],
    ],
    ['operations', { 'prod/kustomization.yaml': patchOf(TIMEOUT, TARGET) }, [HTTP]],
    [
      'operations in JSON',
      {
        'prod/kustomization.yaml': patchOf(
          '[{"op":"move","from":"/spec/http/1","path":"/metadata/x"}]',
          TARGET,
        ),
      },
      [HTTP],
    ],
    [
      'a target by regex and labels',
      {
        'prod/kustomization.yaml': patchOf(
          TIMEOUT,
          'target: { group: networking.istio.io, kind: Virtual.*, name: a.i, labelSelector: "app in (api, web)" }',
        ),
      },
      [HTTP],
    ],
    [
      'a file',
      { 'prod/kustomization.yaml': `patches: [{ path: p.yaml, ${TARGET} }]\n`, 'prod/p.yaml': TIMEOUT },
      [HTTP],
    ],
    [
      'a file of another folder, with two documents',
      {
        'prod/kustomization.yaml': 'patches: [{ path: ../p.yaml }]\n',
        'p.yaml': `${OTHER_FIELD}---\n${ROUTES}`,
      },
      [HTTP],
    ],
    [
      'patchesStrategicMerge',
      {
        'prod/kustomization.yml': `patchesStrategicMerge:\n  - p.yaml\n  - ${block(ROUTES)}\n`,
        'prod/p.yaml': ROUTES,
      },
      [0, 1].map((at) => HTTP.replace('patches[0]', `patchesStrategicMerge[${at}]`).replace('yaml', 'yml')),
    ],
    [
      'patchesJson6902',
      { 'prod/kustomization.yaml': `patchesJson6902:\n  - patch: ${block(TIMEOUT)}\n    ${TARGET}\n` },
      [HTTP.replace('patches[', 'patchesJson6902[')],
    ],
    [
      'replacements',
      {
        'prod/kustomization.yaml':
          'replacements:\n  - source: { kind: ConfigMap, name: c }\n    targets:\n      - { select: { kind: VirtualService }, fieldPaths: ["spec.http.[name=x].timeout"] }\n',
      },
      [HTTP.replace('patches[', 'replacements[')],
    ],
    [
      'replacements in a file',
      {
        'prod/kustomization.yaml': 'replacements: [{ path: r.yaml }]\n',
        'prod/r.yaml': '- targets: [{ select: { name: api }, fieldPaths: [spec.http.0.route.0.weight] }]\n',
      },
      [HTTP.replace('patches[', 'replacements[')],
    ],
    [
      'a component',
      {
        'part/kustomization.yaml': `kind: Component\n${patchOf(ROUTES).replace(/.*\n/, '')}`,
        'prod/kustomization.yaml': 'components: [../part]\n',
      },
      [HTTP.replace('prod/', 'part/')],
    ],
    [
      'the whole object',
      { 'prod/kustomization.yaml': patchOf(ROUTES.replace(/spec:.*/, '$patch: delete')) },
      [HTTP.replace('spec.http', 'spec')],
    ],
    [
      'the whole spec',
      { 'prod/kustomization.yaml': patchOf('- { op: replace, path: /spec, value: {} }', TARGET) },
      [HTTP.replace('spec.http', 'spec')],
    ],
    [
      'subsets',
      {
        'prod/kustomization.yaml': patchOf(
          '- { op: remove, path: /spec/subsets/0 }',
          'target: { kind: DestinationRule }',
        ),
      },
      [HTTP.replace('spec.http of VirtualService', 'spec.subsets of DestinationRule')],
    ],
    [
      'a Kustomization of Flux',
      {
        'flux.yaml': `apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: { name: a }\nspec:\n  ${patchOf(TIMEOUT, TARGET).replace(/.*\n/, '').replaceAll('\n', '\n  ')}`,
      },
      [HTTP.replace('prod/kustomization', 'flux')],
    ],
    [
      'an Application of Argo CD',
      {
        'app.yaml': `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: { name: a }\nspec:\n  source:\n    kustomize:\n      ${patchOf(TIMEOUT, TARGET).replace(/.*\n/, '').replaceAll('\n', '\n      ')}`,
      },
      [HTTP.replace('prod/kustomization', 'app')],
    ],
  ])('%s', async ([, files, words]) => {
    expect(await warnings(files)).toEqual(words);
  });
});

describe('nothing is said of', () => {
  test.for<[what: string, kustomization: string]>([
    ['another field', patchOf(OTHER_FIELD)],
    ['another object', patchOf(ROUTES.replace('name: api', 'name: web'))],
    ['another namespace', patchOf(ROUTES.replace('name: api', 'name: api, namespace: web'))],
    ['another kind', patchOf(TIMEOUT, 'target: { kind: Service, name: api }')],
    [
      'another name, of which the target is a part',
      patchOf(TIMEOUT, 'target: { kind: VirtualService, name: ap }'),
    ],
    ['other labels', patchOf(TIMEOUT, 'target: { kind: VirtualService, labelSelector: app=web }')],
    ['a route behind the others', patchOf('- { op: add, path: /spec/http/-, value: {} }', TARGET)],
    ['a test', patchOf('- { op: test, path: /spec/http/0/timeout, value: 2s }', TARGET)],
    ['metadata', patchOf('- { op: add, path: /metadata/labels/a, value: b }', TARGET)],
    ['a patch that is no YAML', patchOf('{ a: [', TARGET)],
    ['a file that is not there', `patches: [{ path: p.yaml, ${TARGET} }]\n`],
    ['a list that is none', 'patches: 1\nreplacements: { a: b }\n'],
    ['entries that are none', 'patches: [null, 1, [], { patch: 1 }]\nreplacements: [1, { targets: [1] }]\n'],
  ])('%s', async ([, kustomization]) => {
    expect(await warnings({ 'prod/kustomization.yaml': kustomization })).toEqual([]);
  });
});
