/** What the store reads from files, and what it says of files that it can't use. */
import { mkdirSync, truncateSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DR, failure, manifestsFolder, named, only, VS, weighted } from '../../support/manifests-folder.ts';
import { dedent } from '../../yaml/editing.ts';

const { at, put, storeOf } = manifestsFolder();

describe('reading', () => {
  test('every object of every file, documents and lists alike', async () => {
    put({
      'a.yaml': `${VS}---\n${DR}---\nkind: ConfigMap\n`,
      'deep/er/b.yml': `apiVersion: v1\nkind: List\nitems:\n- ${named('b').trim().replaceAll('\n', '\n  ')}\n`,
      'c.JSON': JSON.stringify({
        apiVersion: 'networking.istio.io/v1alpha3',
        kind: 'DestinationRule',
        metadata: { name: 'c' },
        spec: { host: 'c' },
      }),
      'd.txt': named('d'),
      'e.yaml': VS.replace('networking.istio.io/v1', 'networking.istio.io/v9'),
      'node_modules/f.yaml': named('f'),
      '.git/g.yaml': named('g'),
      '.hidden/h.yaml': named('h'),
      'package.json': '{"name": "x"}',
    });
    const store = storeOf('.', { namespace: 'team' });
    const snapshot = await store.read();
    expect(snapshot).toMatchObject({
      source: 'manifests',
      namespace: 'team',
      pods: { state: 'none' },
      services: { state: 'none' },
    });
    const names = [...snapshot.virtualServices, ...snapshot.destinationRules].map(
      ({ metadata }) => `${metadata.namespace}/${metadata.name}`,
    );
    expect(names.sort()).toEqual(['shop/api', 'team/api', 'team/b', 'team/c', 'team/h']);
    expect(store.warnings).toEqual([]);
    expect(store.place).toBe('manifests in .');
  });

  test('what anchors and merge keys stand for', async () => {
    put({
      'vs.yaml': dedent`
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: api}
        spec:
          x: &x {timeout: 5s, name: x}
          http:
            - <<: *x
              name: a
            - {<<: [*x, {name: y, z: 0x10}]}
            - *x
      `,
    });
    expect((await only(storeOf('vs.yaml'))).spec.http).toEqual([
      { timeout: '5s', name: 'a' },
      { timeout: '5s', name: 'x', z: 16 },
      { timeout: '5s', name: 'x' },
    ]);
  });

  test.for<[given: string, files: string[]]>([
    ['deploy', ['deploy/a.yaml', 'deploy/x/b.yaml']],
    ['./deploy/', ['deploy/a.yaml', 'deploy/x/b.yaml']],
    ['deploy/a.yaml', ['deploy/a.yaml']],
    ['deploy/**/*.yaml', ['deploy/a.yaml', 'deploy/x/b.yaml']],
    ['deploy/*/b.*', ['deploy/x/b.yaml']],
    ['deploy\\**\\*.yaml', ['deploy/a.yaml', 'deploy/x/b.yaml']],
    ['.\\deploy\\x\\*', ['deploy/x/b.yaml']],
    ['deploy\\x', ['deploy/x/b.yaml']],
    ['deploy\\a.yaml', ['deploy/a.yaml']],
    ['*/{a,b}.yaml', ['deploy/a.yaml']],
    ['odd [1]', ['odd [1]/c.yaml']],
  ])('%s is %j', async ([given, files]) => {
    put({
      'deploy/a.yaml': named('a'),
      'deploy/x/b.yaml': named('b'),
      'odd [1]/c.yaml': named('c'),
      'deploy/x/b.txt': 'x',
    });
    const store = storeOf(given);
    const { virtualServices } = await store.read();
    const writes = virtualServices.map((vs) => weighted(vs, 1));
    expect(store.texts(writes).map(({ label }) => label)).toEqual(files);
  });

  test.for<[given: string, words: string]>([
    ['nowhere', 'There is no file or folder nowhere'],
    ['empty', 'There is no .yaml, .yml or .json file in empty or below it.'],
    ['*.yml', 'No .yaml, .yml or .json file matches *.yml'],
    ['other.yaml', 'There is no VirtualService or DestinationRule in other.yaml.'],
    ['bad.yaml', 'There is no VirtualService or DestinationRule in bad.yaml. Not read: bad.yaml:3:1: '],
  ])('%s is not found: %s', async ([given, words]) => {
    mkdirSync(at('empty'));
    put({ 'other.yaml': 'kind: Pod\n', 'bad.yaml': '# networking.istio.io/v1\nVirtualService: [1\nb: 2\n' });
    const error = await failure(storeOf(given).read());
    expect(error.reason).toBe('not-found');
    expect(error.message).toContain(words);
  });
});

describe('bad input', () => {
  test.for<[what: string, text: string, message: string]>([
    [
      'a key twice',
      VS.replace('  name: api\n', '  name: api\n  name: b\n'),
      'vs.yaml:5:3: the key "name" is there twice in one object',
    ],
    [
      'a key twice, deep',
      VS.replace('weight: 20', 'weight: 20\n          "weight": 1'),
      'vs.yaml:13:11: the key "weight" is there twice',
    ],
    [
      'a key twice in JSON',
      '{"apiVersion":"networking.istio.io/v1","kind":"VirtualService","metadata":{"name":"a","name":"b"},"spec":{}}',
      'vs.yaml:1:',
    ],
    ['not a number', VS.replace('80', '.nan'), "vs.yaml:10:19: .nan is a number that Kubernetes can't take"],
    ['an unknown anchor', VS.replace('80', '*x'), "vs.yaml:10:19: *x refers to an anchor that isn't there"],
    [
      'an anchor in itself',
      VS.replace('  http:', '  x: &x [*x]\n  http:'),
      'vs.yaml:7:10: *x refers to what it is a part of',
    ],
    ['a list for a key', VS.replace('  http:', '  ? [a]\n  : b\n  http:'), 'vs.yaml:7:5: a key must be text'],
    [
      'a merge key below what it changes',
      VS.replace('  http:', '  x: &x {a: 1}\n  y:\n    a: 2\n    <<: *x\n  http:'),
      'vs.yaml:10:5: "<<" brings "a", which is above it too',
    ],
  ])('%s', async ([, bad, message]) => {
    put({ 'vs.yaml': bad, 'fine.yaml': named('fine') });
    const { virtualServices, refused = [] } = await storeOf('.').read();
    expect(virtualServices.map(({ metadata }) => metadata.name)).toEqual(['fine']);
    expect(refused[0]?.startsWith(message)).toBe(true);
    put({ 'fine.yaml': '' });
    const error = await failure(storeOf('.').read());
    expect(error.reason).toBe('invalid-input');
    expect(error.message).toContain(`\n${message}`);
  });

  test.for<[what: string, text: string, why: string]>([
    [
      'no name',
      VS.replace('name: api', 'labels: {}'),
      'vs.yaml:3:1: VirtualService: metadata.name is missing',
    ],
    [
      'a number for a label',
      VS.replace('name: api', 'name: api\n  labels: {build: on}'),
      'vs.yaml:5:12: VirtualService: metadata.labels.build must be text, not true: write it in quotes',
    ],
    [
      'text for a weight',
      VS.replace('80', '"80"'),
      'vs.yaml:10:11: VirtualService: spec.http[0].route[0].weight must be a whole number',
    ],
    [
      'nothing for a label',
      VS.replace('name: api', 'name: api\n  labels: {build: }'),
      'vs.yaml:5:12: VirtualService: metadata.labels.build must be text, not nothing (null)',
    ],
    ['a half weight', VS.replace('80', '80.5'), 'vs.yaml:10:11: '],
    [
      'no host',
      VS.replace('{host: api, subset: v2}', '{subset: v2}'),
      'vs.yaml:11:11: VirtualService: spec.http[0].route[1].destination.host is missing',
    ],
    [
      'no list',
      VS.replace('- route', '  route'),
      'vs.yaml:7:3: VirtualService: spec.http must be a list, not an object',
    ],
    [
      'in a List',
      `apiVersion: v1\nkind: List\nitems:\n- ${VS.replace('80', '-1').trim().replaceAll('\n', '\n  ')}\n`,
      'vs.yaml:13:13: VirtualService: spec.http[0].route[0].weight',
    ],
  ])('an object is set aside: %s', async ([, bad, why]) => {
    put({ 'vs.yaml': bad, 'fine.yaml': named('fine') });
    const { virtualServices, notUnderstood = [] } = await storeOf('.').read();
    expect(virtualServices.map(({ metadata }) => metadata.name)).toEqual(['fine']);
    expect(notUnderstood).toHaveLength(1);
    expect(notUnderstood[0]?.why.startsWith(why)).toBe(true);
  });

  test('where all objects are odd, all their faults come at once, up to fifty', async () => {
    put({
      'a.yaml': `---\n${VS.replace('80', '"80"').replace('20', '"20"')}`,
      'b.yaml': DR.replace('host: api', 'host: 5'),
      ...Object.fromEntries(
        Array.from({ length: 60 }, (_, index) => [`c${index}.yaml`, VS.replace('80', '-1')]),
      ),
    });
    const { reason, message } = await failure(storeOf('.').read());
    expect(reason).toBe('invalid-input');
    const lines = message.split('\n');
    expect(lines.slice(1, 4).map((line) => line.replace(/: .*/, ''))).toEqual([
      'a.yaml:11:11',
      'b.yaml:5:3',
      'c0.yaml:10:11',
    ]);
    expect(lines[1]).toContain('a.yaml:13:11');
    expect(lines).toHaveLength(52);
    expect(lines.at(-1)).toBe('… and 12 more.');
  });

  test.for<[what: string, text: string, warning: string]>([
    ['a chart', '{{- if .Values.on }}\nkind: VirtualService\n{{- end }}\n', 'bad.yaml:1:3: it is a template'],
    [
      'a chart that reads as YAML',
      VS.replace('name: api', 'name: {{ .Values.name }}'),
      'bad.yaml:4:9: it is a template',
    ],
    [
      'a chart with quotes',
      VS.replace('name: api', 'name: "{{ .Values.name }}"'),
      'bad.yaml:4:10: it is a template',
    ],
    ['a chart with a key twice', VS.replace('name: api', 'name: api\n  name: "{{ x }}"'), 'it is a template'],
    ['no YAML', `${VS}\nfoo\nbar: [`, 'bad.yaml:14:1: no YAML'],
    [
      'a chart in one of its documents',
      `${VS}---\n{{ if .Values.on }}\nkind: Pod\n`,
      'bad.yaml:15:1: it is a template',
    ],
    [
      'a chart that quotes its values',
      VS.replace('host: api', 'host: "{{ .Values.host }}"'),
      'it is a template',
    ],
  ])('%s is left alone, with a warning', async ([, bad, warning]) => {
    put({ 'bad.yaml': bad, 'fine.yaml': named('fine') });
    const store = storeOf('.');
    expect((await store.read()).virtualServices.map(({ metadata }) => metadata.name)).toEqual(['fine']);
    expect(store.warnings).toHaveLength(1);
    expect(store.warnings[0]).toContain(warning);
  });

  test('braces in a text make no template', async () => {
    put({ 'vs.yaml': VS.replace('name: api', 'name: api\n  annotations: {note: "{{ x }}"}') });
    const store = storeOf('vs.yaml');
    expect((await only(store)).metadata.annotations).toEqual({ note: '{{ x }}' });
    expect(store.warnings).toEqual([]);
  });

  test.for(['# Of a VirtualService of networking.istio.io/v1.\n', VS])(
    'a bomb of aliases is refused, fast: %j',
    async (head) => {
      const levels = Array.from(
        { length: 20 },
        (_, index) => `x${index + 1}: &x${index + 1} [${Array(10).fill(`*x${index}`).join(', ')}]`,
      );
      put({ 'bomb.yaml': `${head}x0: &x0 lol\n${levels.join('\n')}\n`, 'vs.yaml': named('fine') });
      const { virtualServices, refused } = await storeOf('.').read();
      expect(virtualServices.map(({ metadata }) => metadata.name)).toEqual(['fine']);
      expect(refused).toEqual([
        expect.stringMatching(
          /^bomb\.yaml:\d+:\d+: its aliases stand for more than 1,000,000,000,000,000 values/,
        ),
      ]);
    },
  );

  test('an anchor that two thousand routes use is no bomb', async () => {
    const routes = Array.from({ length: 2000 }, (_, index) => `    - {name: r${index}, retries: *r}`);
    put({ 'vs.yaml': VS.replace('  http:', `  x: &r {attempts: 3}\n  http:\n${routes.join('\n')}`) });
    expect((await only(storeOf('vs.yaml'))).spec.http).toHaveLength(2001);
  });

  test('deep nesting is refused', async () => {
    put({ 'deep.yaml': `networking.istio.io/VirtualService: ${'['.repeat(50_000)}` });
    expect((await failure(storeOf('deep.yaml').read())).message).toMatch(
      /\ndeep\.yaml:1:\d+: it is nested too deeply/,
    );
  });

  test('what is too large or no text is not used', async () => {
    put({
      'large.yaml': named('large'),
      'latin.yaml': Buffer.from(named('latin').replace('[api]', '[é]'), 'latin1'),
      'vs.yaml': VS,
    });
    truncateSync(at('large.yaml'), 17 * 1024 * 1024);
    const store = storeOf('.');
    expect((await store.read()).virtualServices).toHaveLength(1);
    expect(store.warnings).toEqual([
      'large.yaml is not used: with 17.0 MiB it is larger than a file of manifests can be (16 MiB).',
      'latin.yaml is not used: it is not UTF-8 text.',
    ]);
    expect((await failure(storeOf('latin.yaml').read())).reason).toBe('invalid-input');
  });
});
