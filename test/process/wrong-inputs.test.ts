/**
 * Inputs that people have given and that can't be used, or not as they were meant: what is typed, and what is said, in
 * `snapshots/wrong-inputs.txt`. The command line reads files here: what needs a cluster is in `test/cases/cluster-*`.
 */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { kubeconfig, startServer } from '../support/api-server/server.ts';
import { OBJECTS, TOKEN } from '../support/process/cluster.ts';
import { runAction, runCli, type Ended } from '../support/process/processes.ts';

const SHOP = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: api
  labels: {app: api}
spec:
  hosts: [api.example.com]
  gateways: [public]
  http:
    - name: reports
      match: [{uri: {prefix: /reports}}]
      route: [{destination: {host: reports}}]
    - name: main
      route: [{destination: {host: api, subset: v1}}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: api
  labels: {app: api}
spec:
  host: api
  subsets:
    - {name: v1, labels: {app: api, build: "9"}}
`;

const PLAIN = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web}
spec:
  hosts: [web]
  http:
    - route: [{destination: {host: web}}]
`;

const FILES = {
  'shop.yaml': SHOP,
  'plain.yaml': PLAIN,
  'chart/templates/vs.yaml':
    'apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata:\n  name: {{ .Release.Name }}\n',
  'twice/a.yaml': SHOP,
  'twice/b.yaml': SHOP,
  'broken.yaml': 'apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: web\nspec: {}\n',
  'key-twice.yaml': PLAIN.replace('  hosts: [web]\n', '  hosts: [web]\n  hosts: [api]\n'),
};

/** By what the issue says; each line is what is typed behind `istiops`. */
const TABLE: Readonly<Record<string, readonly string[]>> = {
  'A plain VirtualService with no DestinationRule, no subsets, no labels': [
    'weight --label-selector app=web --pod-selector app=web,build=10 --weight 20 --manifests plain.yaml',
    'weight --virtual-service web --pod-selector app=web,build=10 --weight 20 --manifests plain.yaml',
  ],
  'Select by name': [
    "show --virtual-service 'api-*' --manifests shop.yaml",
    'show --virtual-service apis --manifests shop.yaml',
    'show --virtual-service app=api --manifests shop.yaml',
    'show --virtual-service shop/api --namespace default --manifests shop.yaml',
    'show --virtual-service Api --manifests shop.yaml',
    'weight --pod-selector app=api,build=10 --weight 20 --manifests shop.yaml',
    "show --namespace '*' --manifests shop.yaml",
    'show --namespace shop --all-namespaces --manifests shop.yaml',
    "show --label-selector 'app=api-*' --manifests shop.yaml",
    'show --label-selector app:api --manifests shop.yaml',
    'show --label-selector app=apu --manifests shop.yaml',
  ],
  Manifests: [
    'show --manifests no-such.yaml',
    "show --manifests ''",
    'show --manifests shop.yaml --manifests plain.yaml',
    'show --manifests shop.yaml,plain.yaml',
    'show --manifests -',
    'show --manifests /dev/null',
    'show --manifests chart',
    'weight --label-selector app=api --pod-selector app=api,build=10 --weight 20 --manifests twice',
    'show --manifests broken.yaml',
    'weight --virtual-service web --pod-selector app=web,build=10 --weight 20 --manifests key-twice.yaml',
    'show --manifests shop.yaml --context staging --kubeconfig k',
    'canary --label-selector app=api --pod-selector app=api,build=10 --steps 10%:5m,50% --manifests shop.yaml',
    'undo --label-selector app=api --manifests shop.yaml',
    'clear --label-selector app=api --mode stale --manifests shop.yaml',
  ],
  'Spellings that are understood, and others': [
    'weight --label-selector app=api --pod-selector app=api,build=10 --weight 20% --dry-run --manifests shop.yaml',
    'Weight --label-selector app=api --pod-selector app=api,build=10 --weight 12.5 --manifests shop.yaml',
    'weight --label-selector app=api --pod-selector app=api,build=10 --weight 120 --manifests shop.yaml',
    'weight --label-selector app=api --pod-selector app=api,build=10 --weight 020 --manifests shop.yaml',
    'weight --label-selector app=api --pod-selector app=api,build=10 --weight twenty --manifests shop.yaml',
    'weight -l=app=api -p=app=api,build=10 -w=20 --dry-run --manifests shop.yaml',
    'weight --label-selector app=api --pod-selector app=api,build=10 --weight 20 --dry-run=server --manifests shop.yaml',
    "headers --label-selector app=api --pod-selector app=api,build=10 --headers 'X-CID: foo' --dry-run --manifests shop.yaml",
    `headers --label-selector app=api --pod-selector app=api,build=10 --headers "x-cid='foo'" --dry-run --manifests shop.yaml`,
    "headers --label-selector app=api --pod-selector app=api,build=10 --headers 'x-cid=*' --dry-run --manifests shop.yaml",
    "headers --label-selector app=api --pod-selector app=api,build=10 --headers 'x-cid~=(' --manifests shop.yaml",
    'headers --label-selector app=api --pod-selector app=api,build=10 --headers method=GET --manifests shop.yaml',
    'weight --label-selector app=api --pod-selector app=api,build= --weight 20 --manifests shop.yaml',
    "weight --label-selector app=api --pod-selector 'build in (10)' --weight 20 --manifests shop.yaml",
    "weight --label-selector app=api --pod-selector 'build=1*' --weight 20 --manifests shop.yaml",
  ],
  'An empty text, as of a variable that is not set': [
    "weight --label-selector app=api --pod-selector app=api,build=10 --weight '' --manifests shop.yaml",
    "headers --label-selector app=api --pod-selector app=api,build=10 --headers '' --manifests shop.yaml",
    "weight --label-selector app=api --pod-selector ' ' --weight 20 --manifests shop.yaml",
    "weight --label-selector '' --pod-selector app=api,build=10 --weight 20 --manifests shop.yaml",
    "explain --request '' --manifests shop.yaml",
    "weight --label-selector app=api --pod-selector app=api,build=10 --weight 20 --hostname '' --dry-run --manifests shop.yaml",
    "weight --label-selector app=api --pod-selector app=api,build=10 --weight 20 --dry-run '' --manifests shop.yaml",
    'headers --label-selector app=api --pod-selector app=api,build=10 --headers --dry-run --manifests shop.yaml',
    'headers -l app=api -p app=api,build=10 --dry-run --manifests shop.yaml --headers -n shop',
    "shift --label-selector app=api --destination api --build '' --weight 20 --manifests shop.yaml",
    "shift --label-selector app=api --destination api --build 10 --weight '' --manifests shop.yaml",
  ],
  'Inputs are named as they were typed': [
    'headers --label-selector app=api --pod-selector app=api,build=10 --link --headers x-cid=a --manifests shop.yaml',
    'headers --label-selector app=api --pod-selector app=api,build=10 --link --baggage a=b --manifests shop.yaml',
    "headers --label-selector app=api --pod-selector app=api,build=10 --link --cookies 'a~=b' --manifests shop.yaml",
    'headers --label-selector app=api --pod-selector app=api,build=10 --link-path /p/ --headers x-cid=a --manifests shop.yaml',
    'headers --label-selector app=api --pod-selector app=api,build=10 --bridge --manifests shop.yaml',
    'headers --label-selector app=api --pod-selector app=api,build=10 --manifests shop.yaml',
    'explain --request api.example.com --manifests shop.yaml',
    'explain --requests api.example.com --manifests shop.yaml',
    'explain --propagate x-a --manifests shop.yaml',
    'rollback --label-selector app=api --pod-selector app=api,build=10 --headers x-cid=a --manifests shop.yaml',
    'shift --label-selector app=api --destination https://api:80 --build 10 --weight 20 --manifests shop.yaml',
    'show --server https://k8s.example --context staging',
    'show --audience kube',
  ],
  'Services, routes and hosts': [
    'weight --label-selector app=api --pod-selector app=api,build=10 --weight 20 --hostname reprots --manifests shop.yaml',
    'weight --label-selector app=api --pod-selector app=api,build=10 --weight 20 --routes mian --manifests shop.yaml',
    "weight --label-selector app=api --pod-selector app=api,build=10 --weight 20 --routes 'http[x]' --manifests shop.yaml",
    'weight --label-selector app=api --pod-selector app=api,build=10 --weight 20 --port 99999 --manifests shop.yaml',
    "headers --services 'app=api - app=api,build=10' --headers x-cid=a --manifests shop.yaml",
    "headers --services 'app=api ->' --headers x-cid=a --manifests shop.yaml",
  ],
  'Commands and flags': [
    'wieght --weight 20',
    'weight 20',
    'weight --wieght 20',
    'traffic',
    'show --host api',
    'show --output xml --manifests shop.yaml',
    'show -o=xml --manifests shop.yaml',
    'doctor --manifests shop.yaml',
  ],
};

/** A line as a shell cuts it. */
function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? '',
  );
}

function shown({ code, stdout, stderr }: Pick<Ended, 'code' | 'stdout' | 'stderr'>): string {
  // What changes is in the golden cases: here it is the first line, and what else is said about the inputs.
  const [first = '', ...more] = stdout.split('\n');
  const told = more.filter((line) => /^(?:warning|notice) /.test(line));
  const short =
    more.length > 12 ? [first, ...told, `… ${more.length - told.length} more lines`] : [first, ...more];
  return [`exit code ${code}`, short.join('\n').trimEnd(), stderr.trimEnd()]
    .filter((part) => part !== '')
    .join('\n');
}

test('the table has at least sixty command lines', () => {
  expect(Object.values(TABLE).flat().length).toBeGreaterThanOrEqual(60);
});

test('each of them is told what is wrong, and what to write instead', async () => {
  const parts: string[] = [];
  for (const [title, lines] of Object.entries(TABLE)) {
    parts.push(`━━ ${title}`);
    for (const line of lines) {
      const ended = await runCli(wordsOf(line), { files: FILES });
      parts.push(`$ istiops ${line}\n${shown(ended)}`);
    }
  }
  await expect(`${parts.join('\n\n')}\n`).toMatchFileSnapshot(
    join(import.meta.dirname, 'snapshots', 'wrong-inputs.txt'),
  );
});

test('a context with a slip, on the command line and in the Action', async () => {
  await using server = await startServer({ objects: OBJECTS, users: { [TOKEN]: 'ci' } });
  const config = kubeconfig(server, { token: TOKEN, context: 'staging' });
  const cli = await runCli(['show', '--context', 'stagin'], { files: { '.kube/config': config } });
  expect([cli.code, cli.stderr]).toEqual([
    1,
    expect.stringMatching(/lacks the context "stagin".*did you mean/i),
  ]);
  expect(cli.stderr).toContain('`--context`');
  const action = await runAction({ operation: 'show', context: 'stagin', kubeconfig: config });
  expect(action.code).toBe(1);
  expect(action.stdout).toMatch(/lacks the context "stagin".*did you mean/i);
  expect(action.stdout).toContain('`context`');
});

test('an input of the Action that is empty may be left out, or a variable may not be set', async () => {
  const build = { operation: 'weight', 'label-selector': 'app=api', 'pod-selector': 'app=api,build=10' };
  const empty = await runAction({ ...build, weight: '' });
  expect(empty.stdout).toContain('weight: not given, or empty (an unset variable?)');
  const missing = await runAction(build);
  expect(missing.stdout).toContain('weight: not given%0A');
});

test('an input of the Action whose name is almost one: a trial that is meant must not be written', async () => {
  const shop = { operation: 'weight', manifests: 'shop.yaml', weight: '20' };
  const build = { 'label-selector': 'app=api', 'pod-selector': 'app=api,build=10' };
  for (const name of ['dry_run', 'dryrun', 'dry-runs']) {
    const ended = await runAction({ ...shop, ...build, [name]: 'true' }, { files: FILES });
    expect(ended.code).toBe(1);
    expect(ended.stdout).toContain(`${name}: (not shown)`);
    expect(ended.stdout).toContain('there is no such input; did you mean dry-run?');
    expect(ended.outputs).toMatchObject({ changed: 'false', 'failure-reason': 'invalid-input' });
  }
  // Of any other one, the runner warns by itself; an empty one is none.
  const others = await runAction({ ...shop, ...build, who: 'x', dryrun: '' }, { files: FILES });
  expect([others.code, others.outputs['changed']]).toEqual([0, 'true']);
});

test('an operation in capitals is named in the outputs of a failure, too', async () => {
  const ended = await runAction({ operation: ' Weight ', weight: '120' });
  expect(ended.outputs).toMatchObject({ operation: 'weight', 'failure-reason': 'invalid-input' });
});
