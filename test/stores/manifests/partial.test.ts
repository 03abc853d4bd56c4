import { describe, expect, test } from 'vitest';
import { clock } from '../../../src/run/effects.ts';
import { parseWords } from '../../../src/operations/parse-words.ts';
import type { Outcome } from '../../../src/report/types.ts';
import { run } from '../../../src/run/run.ts';
import { manifestsFolder } from '../../support/manifests-folder.ts';

const VS = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: api, namespace: default, labels: { app: api } }
spec:
  hosts: [api]
  http:
    - route: [{ destination: { host: api, subset: v1 } }]
`;
const DR = `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: api, namespace: default, labels: { app: api } }
spec:
  host: api
  subsets:
    - { name: v1, labels: { app: api, version: "1" } }
`;
/** The host is there, so that nothing but the kustomization tells it from a whole rule. */
const PATCH = `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: api, namespace: default }
spec:
  host: api
  trafficPolicy: { connectionPool: { http: { http2MaxRequests: 5000 } } }
`;

const { put, storeOf, text: textOf } = manifestsFolder();

async function shifted(given = '.'): Promise<Outcome> {
  const { request } = parseWords({
    operation: 'weight',
    'label-selector': 'app=api',
    'pod-selector': 'app=api,version=2',
    weight: '20',
    manifests: given,
  });
  return run(request, {
    openStore: () => Promise.resolve(storeOf(given)),
    clock,
    log: { info: () => undefined, group: (_title, body) => body() },
    author: () => Promise.resolve(undefined),
  });
}

function warnings({ findings }: Outcome): readonly string[] {
  return findings.filter(({ code }) => code === 'store').map(({ message }) => message);
}

function isChanged(name: string, text: string): boolean {
  return textOf(name) !== text;
}

describe('beside a kustomization', () => {
  test.for<[how: string, kustomization: string]>([
    ['patches', 'patches:\n  - path: rule.yaml\n'],
    ['a patch with a target', 'patches:\n  - path: ./rule.yaml\n    target: { kind: DestinationRule }\n'],
    ['patchesStrategicMerge', 'patchesStrategicMerge:\n  - rule.yaml\n  - |-\n    kind: x\n'],
    ['patchesJson6902', 'patchesJson6902:\n  - { path: rule.yaml, target: { kind: DestinationRule } }\n'],
  ])('what it lists as %s is left alone, and its base is changed', async ([, kustomization]) => {
    put({
      'base/kustomization.yaml': 'resources: [api.yaml]\n',
      'base/api.yaml': `${VS}---\n${DR}`,
      'prod/kustomization.yaml': `resources: [../base]\n${kustomization}`,
      'prod/rule.yaml': PATCH,
    });
    const outcome = await shifted();
    expect(outcome.failure).toBeNull();
    expect(warnings(outcome)).toEqual([
      'prod/rule.yaml:1:1: DestinationRule api is only a part of an object (a patch of prod/kustomization.yaml); it is left alone.',
    ]);
    expect(isChanged('base/api.yaml', `${VS}---\n${DR}`)).toBe(true);
    expect(isChanged('prod/rule.yaml', PATCH)).toBe(false);
  });

  test('a component is one, too, and the file may be called Kustomization', async () => {
    put({
      'base/api.yaml': `${VS}---\n${DR}`,
      'component/Kustomization': 'kind: Component\npatches: [{ path: rule.yaml }]\n',
      'component/rule.yaml': PATCH,
    });
    expect((await shifted()).failure).toBeNull();
  });

  test('what one uses as a resource is whole, whatever another uses it as', async () => {
    put({
      'api.yaml': VS,
      'rule.yaml': DR,
      'kustomization.yaml': 'resources: [api.yaml, rule.yaml]\n',
      'other/kustomization.yaml': 'patches: [{ path: ../rule.yaml }]\n',
    });
    expect((await shifted()).failure).toBeNull();
    expect(isChanged('rule.yaml', DR)).toBe(true);
  });

  test('one that is no YAML says nothing', async () => {
    put({ 'api.yaml': `${VS}---\n${DR}`, 'kustomization.yaml': 'patches: [' });
    expect((await shifted()).failure).toBeNull();
  });
});

describe('one name twice', () => {
  test('is said with files and lines, and nothing is written', async () => {
    put({ 'a.yaml': `${VS}---\n${DR}`, 'b.yaml': `# Of whom?\n${PATCH}` });
    const { failure } = await shifted();
    expect(failure).toEqual({
      reason: 'ambiguous',
      message:
        'DestinationRule default/api is in a.yaml:9 and b.yaml:2, and it is not clear which of them reaches the cluster. Give `manifests` a path that has only one of them. Nothing was changed.',
    });
    expect(isChanged('a.yaml', `${VS}---\n${DR}`)).toBe(false);
  });

  test('of a VirtualService, too', async () => {
    put({ 'dev/api.yaml': VS, 'prod/api.yaml': VS, 'rule.yaml': DR });
    expect((await shifted()).failure).toMatchObject({
      reason: 'ambiguous',
      message: expect.stringContaining(
        'VirtualService default/api is in dev/api.yaml:1 and prod/api.yaml:1',
      ) as string,
    });
  });

  test('of an object that the change has nothing to do with is a warning', async () => {
    const other = DR.replaceAll(/: api\b/g, ': web');
    put({ 'api.yaml': `${VS}---\n${DR}`, 'a.yaml': other, 'b.yaml': other });
    const outcome = await shifted();
    expect(outcome.failure).toBeNull();
    expect(warnings(outcome)).toEqual([
      'DestinationRule default/web is in a.yaml:1 and b.yaml:1: it is not clear which of them reaches the cluster. The first stands for both in what is shown, and neither can be changed.',
    ]);
  });
});

test.for(['00-assert.yaml', 'assert.yaml', '01-errors.yaml', 'assert-api.yaml'])(
  'what a test asserts (%s) is left alone',
  async (name) => {
    put({ 'api.yaml': `${VS}---\n${DR}`, [`tests/${name}`]: DR });
    const outcome = await shifted();
    expect(outcome.failure).toBeNull();
    expect(warnings(outcome)).toEqual([
      `tests/${name}:1:1: DestinationRule api is only a part of an object (a test asserts it); it is left alone.`,
    ]);
  },
);

describe('documents', () => {
  test('one that can not be read does not take the others with it', async () => {
    const bad = 'apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: [\n';
    put({ 'api.yaml': `${VS}---\n${bad}---\n${DR}` });
    const outcome = await shifted();
    expect(outcome.failure).toBeNull();
    expect(warnings(outcome)).toHaveLength(1);
    expect(warnings(outcome)[0]).toMatch(/^api\.yaml:1\d:\d+: no YAML: .*; the document is left alone\.$/);
    expect(textOf('api.yaml')).toContain(`---\n${bad}---\n`);
  });

  test.for([
    `\ufeff${VS}---\n\ufeff${DR}`,
    `${VS}\ufeff---\n${DR}`,
    `---\n\ufeff${VS}---\n# note\n\ufeff${DR}`,
  ])('may have a byte order mark each', async (text) => {
    put({ 'api.yaml': text });
    expect((await shifted()).failure).toBeNull();
    const after = textOf('api.yaml');
    expect(after.replaceAll(/[^\ufeff]/g, '')).toBe(text.replaceAll(/[^\ufeff]/g, ''));
    expect(after).toContain('weight: 80');
  });

  test('templates are one warning in all', async () => {
    const chart = VS.replace('host: api', 'host: "{{ .Values.host }}"');
    put({
      'api.yaml': `${VS}---\n${DR}`,
      'charts/a.yaml': chart,
      'charts/b.yaml': `{{ if .Values.on }}\n${VS}`,
    });
    expect(warnings(await shifted())).toEqual([
      '2 templates ("{{") are left alone: charts/a.yaml:7:39, charts/b.yaml:2:1.',
    ]);
  });

  test('of other kinds, and data files, are not parsed', async () => {
    put({
      'api.yaml': `${VS}---\nkind: Pod\nkind: Pod\n---\n${DR}`,
      '.vscode/settings.json': '// not JSON\n{',
      'data.yaml': 'a: [',
    });
    expect(warnings(await shifted())).toEqual([]);
  });

  test('of other kinds are not parsed though they name kinds that istiops edits, nor is what is no text or too large', async () => {
    put({
      'api.yaml': `${VS}---\n${DR}`,
      'crd.yaml': 'kind: CustomResourceDefinition\nnames: { kind: VirtualService }\nnames: {}\n',
      '.vscode/settings.json': '// words\n{ "words": ["VirtualService", "DestinationRule"], }',
      'data/latin.yaml': Buffer.from('name: é\n', 'latin1'),
      'data/large.json': Buffer.alloc(17 * 1024 * 1024, ' '),
    });
    expect(warnings(await shifted())).toEqual([]);
  });

  test.for<[how: string, text: string]>([
    ['behind 16 MiB', ' '.repeat(17 * 1024 * 1024) + VS],
    ['across what is read at once', ' '.repeat(17 * 1024 * 1024 - 50) + VS],
  ])('that are too large get a word where they hold a routing object: %s', async ([, text]) => {
    put({ 'api.yaml': `${VS}---\n${DR}`, 'large.yaml': text });
    expect(warnings(await shifted())).toEqual([
      'large.yaml is not used: with 17.0 MiB it is larger than a file of manifests can be (16 MiB).',
    ]);
  });

  test('that are UTF-16 get a word where they hold a routing object', async () => {
    put({
      'api.yaml': `${VS}---\n${DR}`,
      'notepad.yaml': Buffer.from(`\ufeff${VS}`, 'utf16le'),
      'other.yaml': Buffer.from('\ufeffkind: Pod', 'utf16le'),
    });
    expect(warnings(await shifted())).toEqual(['notepad.yaml is not used: it is not UTF-8 text.']);
  });

  test('what is no text, given alone, is no manifest', async () => {
    put({ 'latin.yaml': Buffer.from('name: é\n', 'latin1') });
    expect((await shifted('latin.yaml')).failure?.message).toBe(
      'There is no VirtualService or DestinationRule in latin.yaml: it is no text.',
    );
  });

  test.for<[how: string, kind: string]>([
    ['two digits', '"Virtual\\x53ervice"'],
    ['four digits', '"Virtual\\u0053ervice"'],
    ['eight digits', '"Virtual\\U00000053ervice"'],
    ['a line end', '"Virtual\\\n  Service"'],
  ])('a kind that is spelled with escapes is found: %s', async ([, kind]) => {
    put({ 'api.yaml': `${VS.replace('VirtualService', kind)}---\n${DR}` });
    expect((await shifted()).failure).toBeNull();
  });

  test('a group whose slash is escaped, as some writers of JSON do, is found', async () => {
    const text =
      '{"apiVersion":"networking.istio.io\\/v1","kind":"VirtualService","metadata":{"name":"api","labels":{"app":"api"}},"spec":{"hosts":["api"],"http":[{"route":[{"destination":{"host":"api","subset":"v1"}}]}]}}';
    put({ 'vs.json': text, 'dr.yaml': DR });
    expect((await shifted()).failure).toBeNull();
    expect(isChanged('vs.json', text)).toBe(true);
  });

  test('explicit keys, and a tag on the whole document', async () => {
    const text = `--- !!map\n${VS.replace('spec:\n  hosts', '? spec\n:\n  hosts')}---\n${DR}`;
    put({ 'api.yaml': text });
    expect((await shifted()).failure).toBeNull();
    const after = textOf('api.yaml');
    expect(after).toMatch(/^--- !!map\n[^]*\n\? spec\n:\n {2}hosts: \[api\]\n/);
    expect(after).toContain('weight: 80');
  });
});
