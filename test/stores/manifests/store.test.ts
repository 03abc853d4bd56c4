import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TrafficError } from '../../../src/base/errors.ts';
import type { DestinationRule, VirtualService } from '../../../src/istio/types.ts';
import type { Write } from '../../../src/plan/types.ts';
import { manifestsStore, type ManifestsOptions } from '../../../src/stores/manifests/store.ts';
import type { Store } from '../../../src/ports/store.ts';
import { dedent } from '../../yaml/editing.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'manifests-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function put(files: Readonly<Record<string, string | Buffer>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text);
  }
}

function text(name: string): string {
  return readFileSync(path.join(root, name), 'utf8');
}

function storeOf(given: string, options: Partial<ManifestsOptions> = {}): Store {
  return manifestsStore({ path: given, cwd: root, ...options });
}

async function failure(work: Promise<unknown>): Promise<TrafficError> {
  const thrown: unknown = await work.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(thrown instanceof TrafficError)) throw new Error(`no TrafficError: ${String(thrown)}`);
  return thrown;
}

const VS = dedent`
  apiVersion: networking.istio.io/v1
  kind: VirtualService
  metadata:
    name: api
  spec:
    hosts: [api]
    http:
      - route:
          - destination: {host: api, subset: v1}
            weight: 80
          - destination: {host: api, subset: v2}
            weight: 20
`;

const DR = dedent`
  apiVersion: networking.istio.io/v1beta1
  kind: DestinationRule
  metadata: {name: api, namespace: shop}
  spec:
    host: api
    subsets:
      - name: v1
        labels: {version: "1"}
`;

const named = (name: string): string => VS.replace('name: api', `name: ${name}`);

async function only(store: Store): Promise<VirtualService> {
  const [vs] = (await store.read()).virtualServices;
  if (vs === undefined) throw new Error('no VirtualService');
  return vs;
}

function weighted(before: VirtualService, first: number): Write & { readonly kind: 'VirtualService' } {
  const routes = (before.spec.http ?? []).map((route) => ({
    ...route,
    route: (route.route ?? []).map((each, index) => ({ ...each, weight: index === 0 ? first : 100 - first })),
  }));
  return { kind: 'VirtualService', before, after: { ...before, spec: { ...before.spec, http: routes } } };
}

function withSubset(before: DestinationRule, name: string): Write & { readonly kind: 'DestinationRule' } {
  const subsets = [...(before.spec.subsets ?? []), { name, labels: { version: name } }];
  return { kind: 'DestinationRule', before, after: { ...before, spec: { ...before.spec, subsets } } };
}

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
    mkdirSync(path.join(root, 'empty'));
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
    truncateSync(path.join(root, 'large.yaml'), 17 * 1024 * 1024);
    const store = storeOf('.');
    expect((await store.read()).virtualServices).toHaveLength(1);
    expect(store.warnings).toEqual([
      'large.yaml is not used: with 17.0 MiB it is larger than a file of manifests can be (16 MiB).',
      'latin.yaml is not used: it is not UTF-8 text.',
    ]);
    expect((await failure(storeOf('latin.yaml').read())).reason).toBe('invalid-input');
  });
});

describe('links', () => {
  test('are not followed, and worth a word where they point to something else', async () => {
    put({ 'in/vs.yaml': VS, 'out/secret.yaml': named('secret'), 'out/deep/x.yaml': named('x') });
    symlinkSync('vs.yaml', path.join(root, 'in/same.yaml'));
    symlinkSync('../out/secret.yaml', path.join(root, 'in/link.yaml'));
    symlinkSync('../out/deep', path.join(root, 'in/folder'));
    symlinkSync('nowhere', path.join(root, 'in/dead.yaml'));
    symlinkSync('..', path.join(root, 'in/loop'));
    for (const given of ['in', 'in/**/*.yaml']) {
      const store = storeOf(given);
      expect((await store.read()).virtualServices.map(({ metadata }) => metadata.name)).toEqual(['api']);
      expect(store.warnings.join('\n')).toMatch(
        /folder is a link to .*deep: links are not followed[^]*link\.yaml is a link to/,
      );
      expect(store.warnings.join('\n')).not.toMatch(/same|dead/);
    }
  });

  test('a file that is one, out of its folder, is refused', async () => {
    put({ 'in/x.yaml': VS, 'out/vs.yaml': VS });
    symlinkSync('../out/vs.yaml', path.join(root, 'in/vs.yaml'));
    const error = await failure(storeOf('in/vs.yaml').read());
    expect([error.reason, error.message]).toEqual([
      'invalid-input',
      expect.stringContaining('in/vs.yaml is a link to'),
    ]);
  });

  test('a file that is one, in its folder, is written where it leads', async () => {
    put({ 'real.yaml': VS });
    symlinkSync('real.yaml', path.join(root, 'vs.yaml'));
    const store = storeOf('vs.yaml');
    await store.write(weighted(await only(store), 50));
    expect(text('real.yaml')).toBe(VS.replace('80', '50').replace('20', '50'));
    expect(readdirSync(root).sort()).toEqual(['real.yaml', 'vs.yaml']);
  });

  test('a file that has become one since it was read is not written', async () => {
    put({ 'in/vs.yaml': VS, 'out.yaml': VS });
    const store = storeOf('in');
    const vs = await only(store);
    rmSync(path.join(root, 'in/vs.yaml'));
    symlinkSync('../out.yaml', path.join(root, 'in/vs.yaml'));
    expect((await failure(store.write(weighted(vs, 50)))).reason).toBe('conflict');
    expect(text('out.yaml')).toBe(VS);
  });
});

describe('writing', () => {
  test('changes two lines, keeps the mode, leaves no other file, answers what is there', async () => {
    put({ 'vs.yaml': VS });
    chmodSync(path.join(root, 'vs.yaml'), 0o640);
    const store = storeOf('.');
    const write = weighted(await only(store), 50);
    await store.rehearse(write);
    expect(text('vs.yaml')).toBe(VS);
    expect(await store.write(write)).toEqual(write.after);
    expect(text('vs.yaml')).toBe(VS.replace('80', '50').replace('20', '50'));
    expect(statSync(path.join(root, 'vs.yaml')).mode & 0o777).toBe(0o640);
    expect(readdirSync(root)).toEqual(['vs.yaml']);
  });

  test('several into one file, at the same time', async () => {
    const names = Array.from({ length: 8 }, (_, index) => `api-${index}`);
    put({ 'all.yaml': names.map(named).join('---\n') });
    const store = storeOf('all.yaml');
    const writes = (await store.read()).virtualServices.map((vs) => weighted(vs, 50));
    await Promise.all(writes.map((write) => store.write(write)));
    expect(text('all.yaml')).toBe(
      names.map(named).join('---\n').replaceAll('80', '50').replaceAll('20', '50'),
    );
  });

  test('phases: what a later one starts from is what an earlier one leaves', async () => {
    put({ 'all.yaml': `${VS}---\n${DR}` });
    const store = storeOf('all.yaml');
    const { virtualServices, destinationRules } = await store.read();
    const [vs, dr] = [virtualServices[0], destinationRules[0]];
    if (vs === undefined || dr === undefined) throw new Error('both are there');
    const added = withSubset(dr, 'v2');
    const again = withSubset(added.after, 'v3');
    const writes = [added, weighted(vs, 50), again];
    await Promise.all(writes.map((write) => store.rehearse(write)));
    expect(text('all.yaml')).toBe(`${VS}---\n${DR}`);
    const planned = store.texts(writes);
    for (const write of writes) await store.write(write);
    expect(planned).toEqual([{ label: 'all.yaml', before: `${VS}---\n${DR}`, after: text('all.yaml') }]);
    expect(text('all.yaml')).toContain('    - name: v3\n      labels: {version: "v3"}\n');
    expect(store.texts(writes)).toEqual(planned);
  });

  test('undone, a file is as it was, moved anchors too', async () => {
    const shared = VS.replace('- route:', '- route: &r').replace(/$/, '    - route: *r\n      name: b\n');
    put({ 'vs.yaml': shared });
    const store = storeOf('vs.yaml');
    const before = await only(store);
    const [first, ...others] = before.spec.http ?? [];
    const http = [{ ...first, route: [{ destination: { host: 'api' } }] }, ...others];
    const after = { ...before, spec: { ...before.spec, http } };
    await store.write({ kind: 'VirtualService', before, after });
    expect(text('vs.yaml')).not.toBe(shared);
    await store.write({ kind: 'VirtualService', before: after, after: before });
    expect(text('vs.yaml')).toBe(shared);
    expect(store.texts([{ kind: 'VirtualService', before: after, after: before }])).toEqual([]);
  });

  test('a dry run does everything but write', async () => {
    put({ 'vs.yaml': VS });
    const store = storeOf('vs.yaml', { dryRun: true });
    const write = weighted(await only(store), 50);
    expect(await store.write(write)).toEqual(write.after);
    expect(text('vs.yaml')).toBe(VS);
  });

  test('a file that somebody else has changed is a conflict, and read again it is none', async () => {
    put({ 'a.yaml': named('a'), 'b.yaml': named('b') });
    const store = storeOf('.');
    const [a, b] = (await store.read()).virtualServices;
    if (a === undefined || b === undefined) throw new Error('both are there');
    await store.write(weighted(a, 50));
    put({ 'b.yaml': `# mine\n${named('b')}` });
    const error = await failure(store.write(weighted(b, 50)));
    expect([error.reason, error.message]).toEqual([
      'conflict',
      expect.stringContaining('b.yaml was changed by someone else'),
    ]);
    expect(text('b.yaml')).toBe(`# mine\n${named('b')}`);
    const fresh = (await store.read()).virtualServices.find(({ metadata }) => metadata.name === 'b');
    if (fresh === undefined) throw new Error('b is there');
    await store.write(weighted(fresh, 50));
    expect(text('b.yaml')).toBe(`# mine\n${named('b').replace('80', '50').replace('20', '50')}`);
    // The first write of this run is part of its diff, though the file was read again after it.
    expect(
      store.texts([weighted(a, 50), weighted(fresh, 50)]).map(({ label, before }) => [label, before]),
    ).toEqual([
      ['a.yaml', named('a')],
      ['b.yaml', `# mine\n${named('b')}`],
    ]);
  });

  test('an object that is not what was read is a conflict', async () => {
    put({ 'vs.yaml': VS });
    const store = storeOf('vs.yaml');
    const vs = await only(store);
    const stale = weighted({ ...vs, spec: { ...vs.spec, hosts: ['other'] } }, 50);
    expect((await failure(store.rehearse(stale))).reason).toBe('conflict');
    expect((await failure(store.write(stale))).reason).toBe('conflict');
    expect(text('vs.yaml')).toBe(VS);
  });

  test('a read-only file is refused before anything is written', async () => {
    put({ 'vs.yaml': VS });
    chmodSync(path.join(root, 'vs.yaml'), 0o444);
    const store = storeOf('vs.yaml');
    const { reason, message } = await failure(store.rehearse(weighted(await only(store), 50)));
    expect([reason, message]).toEqual([
      'forbidden',
      expect.stringMatching(/^vs\.yaml could not be written: ./),
    ]);
    expect(text('vs.yaml')).toBe(VS);
  });

  test('a deleted file is a conflict', async () => {
    put({ 'vs.yaml': VS });
    const store = storeOf('vs.yaml');
    const write = weighted(await only(store), 50);
    rmSync(path.join(root, 'vs.yaml'));
    expect((await failure(store.write(write))).reason).toBe('conflict');
    expect(readdirSync(root)).toEqual([]);
  });

  test('two objects of one name are a warning, and an error once one is to be written', async () => {
    put({
      'base/vs.yaml': VS,
      'overlays/prod.yaml': `# prod\n---\n${VS}`,
      'other.yaml': VS.replace('name: api', 'name: api\n  namespace: shop'),
    });
    const store = storeOf('.');
    const vs = await only(store);
    expect(store.warnings).toEqual([
      'VirtualService default/api is in base/vs.yaml:1 and overlays/prod.yaml:3: it is not clear which of them reaches the cluster. The first stands for both in what is shown, and neither can be changed.',
    ]);
    const error = await failure(store.rehearse(weighted(vs, 50)));
    expect([error.reason, error.message]).toEqual([
      'ambiguous',
      expect.stringContaining('base/vs.yaml:1 and overlays/prod.yaml:3'),
    ]);
    expect(store.texts([weighted(vs, 50)])).toEqual([]);
  });

  test('a change that would make it another object is refused', async () => {
    put({ 'vs.yaml': VS });
    const store = storeOf('vs.yaml');
    const before = await only(store);
    const after = { ...before, metadata: { ...before.metadata, namespace: 'shop' } };
    expect((await failure(store.write({ kind: 'VirtualService', before, after }))).reason).toBe('internal');
    expect(text('vs.yaml')).toBe(VS);
  });
});
