/** What is done to the processes, and how the server then behaves: a few lines each. */
import type { Words } from '../../../src/intent/types.ts';
import { isObject, type JsonObject } from '../../../src/base/json.ts';
import { shellWords } from '../cases.ts';
import { OBJECTS, PASSWORD, secretKubeconfig, TOKEN, TWO_SERVICES } from './cluster.ts';
import type { Around } from './processes.ts';
import { answers, kubeconfig, type FakeServer, type ServerOptions } from '../api-server/server.ts';

export interface Scenario {
  /** Of the snapshot, too. */
  readonly name: string;
  /** The Action's inputs beside `kubeconfig`, or the command line's words. */
  readonly call: { readonly inputs: Words } | { readonly args: readonly string[] };
  /** Operations done before. */
  readonly earlier?: readonly Words[];
  readonly server?: ServerOptions;
  readonly given?: (server: FakeServer) => unknown;
  /** In place of a kubeconfig given to the process. */
  readonly around?: (server: FakeServer) => Around;
  /** The first refusal ends the other lists, so how many of them the server saw is chance. */
  readonly someLists?: true;
}

type More = Omit<Scenario, 'name' | 'call'>;

const SERVICE = { 'label-selector': 'app=api-domain' };
const BUILD = { ...SERVICE, 'pod-selector': 'app=api-domain,build=PR-10' };
const AT_ONCE = { 'propagation-wait': '0s' };
const SHOW = { operation: 'show', ...SERVICE };
const HEADERS = { operation: 'headers', ...BUILD, ...AT_ONCE, headers: 'x-cid=seu_madruga' };
const WEIGHT = { operation: 'weight', ...BUILD, ...AT_ONCE, weight: '20' };
const PROMOTE = { operation: 'promote', ...BUILD, ...AT_ONCE };
const ROLLBACK = { operation: 'rollback', ...BUILD, ...AT_ONCE };
const CLEAR = { operation: 'clear', ...SERVICE, ...AT_ONCE };
const UNDO = { operation: 'undo', ...SERVICE, ...AT_ONCE };

/** Two services in one change. */
const BOTH = {
  operation: 'headers',
  ...AT_ONCE,
  services: 'app=api-domain -> app=api-domain,build=PR-10\napp=orders -> app=orders,build=PR-10',
  baggage: 'preview=pr-10',
};
const OF_BOTH: ServerOptions = { objects: TWO_SERVICES };

const action = (name: string, inputs: Words, more: More = {}): Scenario => ({
  name: `action-${name}`,
  call: { inputs },
  ...more,
});

const cli = (name: string, line: string, more: More = {}): Scenario => ({
  name: `cli-${name}`,
  call: { args: shellWords(line) },
  ...more,
});

const FOR_BUILD = '--label-selector app=api-domain --pod-selector app=api-domain,build=PR-10';
const DENIED = answers.denied('subset "pr-10" not found in host', 422);
const REDIRECT = {
  status: 307,
  headers: { location: 'https://login.example/sign-in?state=0a1b2c3d' },
  raw: '',
};
const atHome = (server: FakeServer): Around => ({ files: { '.kube/config': secretKubeconfig(server) } });
const other =
  (used: string) =>
  (server: FakeServer): Around => ({ env: { INPUT_KUBECONFIG: secretKubeconfig(server, used) } });

const HAPPY: readonly Scenario[] = [
  action('show', SHOW, { earlier: [HEADERS, WEIGHT] }),
  action('headers', HEADERS),
  action('weight', WEIGHT),
  action('weight-dry-run', { ...WEIGHT, 'dry-run': 'true' }),
  action('weight-again', WEIGHT, { earlier: [WEIGHT] }),
  action('weight-waits', { ...WEIGHT, 'propagation-wait': '300ms' }),
  action('promote', PROMOTE, { earlier: [HEADERS, WEIGHT] }),
  action('rollback', ROLLBACK, { earlier: [HEADERS, WEIGHT] }),
  action('rollback-of-nothing', ROLLBACK),
  action('clear', CLEAR, { earlier: [HEADERS, WEIGHT] }),
  action('services', BOTH, { server: OF_BOTH }),
  cli(
    'services-json',
    "traffic weight --services 'app=api-domain -> app=api-domain,build=PR-10' --services 'app=orders -> app=orders,build=PR-10' --weight 20 --propagation-wait 0s --dry-run --output json",
    { server: OF_BOTH },
  ),
  action('undo', UNDO, { earlier: [HEADERS, PROMOTE] }),
  action('undo-of-nothing', UNDO),
  cli('undo', 'traffic undo -l app=api-domain --propagation-wait 0s', { earlier: [WEIGHT, UNDO] }),
  cli('show', 'traffic show --label-selector app=api-domain', { earlier: [HEADERS, WEIGHT] }),
  cli('show-json', 'traffic show -l app=api-domain --output json', { earlier: [WEIGHT] }),
  cli('show-yaml', 'traffic show -l app=api-domain --output yaml', { earlier: [WEIGHT] }),
  cli(
    'explain',
    'traffic explain -l app=api-domain --request https://api.domain.io/v1 --headers x-cid=seu_madruga',
    {
      earlier: [HEADERS, WEIGHT],
    },
  ),
  cli('headers', `traffic headers ${FOR_BUILD} --headers x-cid=seu_madruga --propagation-wait 0s`),
  cli('weight-dry-run', `traffic weight ${FOR_BUILD} --weight 20 --dry-run`),
  cli('weight-again', `traffic weight ${FOR_BUILD} --weight 20`, { earlier: [WEIGHT] }),
  cli(
    'shift',
    'traffic shift -l app=api-domain -p app=api-domain --destination api.domain.io:5000 --build PR-10 --weight 20 --propagation-wait 0s',
  ),
  cli('promote-json', `traffic promote ${FOR_BUILD} --propagation-wait 0s --output json`, {
    earlier: [HEADERS, WEIGHT],
  }),
  cli('rollback', `traffic rollback ${FOR_BUILD} --propagation-wait 0s`, { earlier: [HEADERS] }),
  cli('clear', 'traffic clear -l app=api-domain --propagation-wait 0s', { earlier: [WEIGHT] }),
];

const REFUSALS: readonly Scenario[] = [
  action('401', WEIGHT, { given: (server) => server.always('* *', answers.unauthorized), someLists: true }),
  cli('unknown-flag-json', 'traffic show -l app=api-domain --pods 3 --output json'),
  cli('401-json', 'traffic show -l app=api-domain -o json', {
    given: (server) => server.always('* *', answers.unauthorized),
    someLists: true,
  }),
  action('403-list-virtualservices', WEIGHT, { given: (server) => server.deny('list', 'virtualservices') }),
  action('403-update-virtualservices', WEIGHT, {
    given: (server) => server.deny('update', 'virtualservices'),
  }),
  cli('403-list-pods', `traffic weight ${FOR_BUILD} --weight 20 --propagation-wait 0s`, {
    given: (server) => server.deny('list', 'pods').deny('list', 'services'),
  }),
  action('404-no-virtualservice', { ...WEIGHT, 'label-selector': 'app=nobody' }),
  action('404-no-istio', WEIGHT, { server: { istio: [], serviceEntries: false }, someLists: true }),
  cli('404-deleted-meanwhile', `traffic weight ${FOR_BUILD} --weight 20 --propagation-wait 0s`, {
    given: (server) =>
      server.on('PUT virtualservices', {
        meanwhile: (objects) => {
          objects.remove('VirtualService', 'api-domain');
        },
      }),
  }),
  action('v1beta1-alone', WEIGHT, { server: { istio: ['v1beta1'] } }),
  action('409-three-times', WEIGHT, {
    given: (server) =>
      server.on('PUT virtualservices', answers.conflict, answers.conflict, {
        meanwhile: (objects) => {
          objects.edit('VirtualService', 'api-domain', (object) => ({
            ...object,
            spec: { ...(isObject(object['spec']) && object['spec']), gateways: ['mesh', 'public'] },
          }));
        },
      }),
  }),
  action('undo-409', UNDO, {
    earlier: [WEIGHT],
    given: (server) =>
      server.on('PUT virtualservices', {
        meanwhile: (objects) => {
          objects.edit('VirtualService', 'api-domain', (object) => ({
            ...object,
            spec: { ...(isObject(object['spec']) && object['spec']), gateways: ['mesh', 'public'] },
          }));
        },
      }),
  }),
  action('undo-changed-since', UNDO, {
    earlier: [WEIGHT],
    given: (server) => {
      const { objects } = server;
      objects.edit('VirtualService', 'api-domain', (object) => {
        const text = JSON.stringify(object).replace('"weight":80', '"weight":70');
        return JSON.parse(text.replace('"weight":20', '"weight":30')) as JsonObject;
      });
    },
  }),
  action('422-in-rehearsal', WEIGHT, {
    server: { webhook: (object) => (object['kind'] === 'VirtualService' ? 'weights too brave' : undefined) },
  }),
  action('422-after-the-destinationrule', WEIGHT, {
    given: (server) => server.on('PUT virtualservices', DENIED),
  }),
  cli('422-and-no-way-back', `traffic weight ${FOR_BUILD} --weight 20 --propagation-wait 0s`, {
    given: (server) => server.on('PUT virtualservices', DENIED).on('PUT destinationrules', 'ok', DENIED),
  }),
  action('422-of-the-second-service', BOTH, {
    server: OF_BOTH,
    given: (server) => server.on('PUT virtualservices', 'ok', DENIED),
  }),
  action('422-clearing-up', ROLLBACK, {
    earlier: [WEIGHT],
    given: (server) => server.on('PUT destinationrules', answers.denied('not this late', 422)),
  }),
  action('webhook-that-quotes-the-token', WEIGHT, {
    given: (server) => server.on('DRYRUN virtualservices', answers.denied(`seen Bearer ${TOKEN}`)),
  }),
  action('server-that-warns', WEIGHT, { server: { warnings: ['spec.http[0]: "timeout" is short'] } }),
];

const TROUBLE: readonly Scenario[] = [
  action('429-with-retry-after', WEIGHT, {
    given: (server) => server.on('PUT virtualservices', answers.busy(1)),
  }),
  action('500-then-fine', WEIGHT, {
    given: (server) =>
      server
        .on('LIST virtualservices', answers.status(500, 'etcd leader changed'))
        .on('PUT destinationrules', answers.status(503, 'etcdserver: request timed out')),
  }),
  cli('500-json', `traffic weight ${FOR_BUILD} --weight 20 --propagation-wait 0s --output json`, {
    given: (server) => server.on('PUT virtualservices', answers.status(500, 'etcd leader changed')),
  }),
  action('dropped-before-the-write', WEIGHT, {
    given: (server) => server.on('PUT virtualservices', { drop: 'before' }),
  }),
  action('dropped-after-the-write', WEIGHT, {
    given: (server) => server.on('PUT virtualservices', { drop: 'after' }),
  }),
  action('login-page', SHOW, {
    given: (server) => server.always('* *', answers.loginPage),
    someLists: true,
  }),
  action('redirect-to-a-login', SHOW, {
    given: (server) => server.always('* *', REDIRECT),
    someLists: true,
  }),
  action('redirect-of-a-write', WEIGHT, {
    given: (server) => server.always('PUT virtualservices', { instead: REDIRECT }),
  }),
  cli('nothing-listens', 'traffic show -l app=api-domain', { given: (server) => server.close() }),
];

/** A plugin that gives `tok3n-1`, then `tok3n-2`, and never says until when. */
const withCountingPlugin = (server: FakeServer): Around => ({
  env: {
    INPUT_KUBECONFIG: kubeconfig(server, {
      user: {
        exec: {
          apiVersion: 'client.authentication.k8s.io/v1',
          command: 'sh',
          args: [
            '-c',
            'echo x >> "$HOME/asked"; printf \'{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"tok3n-%d"}}\' "$(wc -l < "$HOME/asked")"',
          ],
          interactiveMode: 'Never',
        },
      },
    }),
  },
});

const RUNS_OUT = (requests: number): ServerOptions => ({
  users: { 'tok3n-1': 'ci', 'tok3n-2': 'ci' },
  requestsOf: { 'tok3n-1': requests },
});

const STRANGE: readonly Scenario[] = [
  action('token-runs-out', WEIGHT, { server: RUNS_OUT(11), around: withCountingPlugin }),
  action('token-runs-out-before-undoing', WEIGHT, {
    server: RUNS_OUT(12),
    around: withCountingPlugin,
    given: (server) => server.on('PUT virtualservices', DENIED),
  }),
  action('token-runs-out-for-good', WEIGHT, {
    server: { users: { 'tok3n-1': 'ci' }, requestsOf: { 'tok3n-1': 11 } },
    around: withCountingPlugin,
  }),
  action('write-answered-by-a-login-page', WEIGHT, {
    given: (server) => server.on('PUT virtualservices', { instead: answers.loginPage }),
  }),
  action('write-answered-about-another-object', WEIGHT, {
    given: (server) =>
      server
        .on('PUT virtualservices', {
          instead: ({ body }) => ({
            status: 200,
            body: { ...body, metadata: { name: 'api-domain', namespace: 'kube-system' } },
          }),
        })
        .on('GET virtualservices', { drop: 'before' }),
  }),
  action('rehearsal-answered-about-another-object', WEIGHT, {
    given: (server) =>
      server.on('DRYRUN destinationrules', {
        instead: ({ body }) => ({ status: 200, body: { ...body, kind: 'Gateway' } }),
      }),
  }),
  action('list-of-another-namespace', SHOW, {
    given: (server) =>
      server.always('LIST virtualservices', {
        instead: {
          status: 200,
          body: {
            apiVersion: 'networking.istio.io/v1',
            kind: 'VirtualServiceList',
            metadata: {},
            items: [{ metadata: { name: 'api-domain', namespace: 'kube-system' }, spec: {} }],
          },
        },
      }),
    someLists: true,
  }),
  action('list-without-end', SHOW, {
    given: (server) => server.always('LIST virtualservices', { status: 200, endless: ' ' }),
    someLists: true,
  }),
  action('identity-provider-without-end', SHOW, {
    around: (server) => ({
      env: {
        INPUT_KUBECONFIG: kubeconfig(server, {
          user: {
            'auth-provider': {
              name: 'oidc',
              config: { 'refresh-token': 'r3fresh-t0ken', 'client-id': 'ci', 'idp-issuer-url': server.url },
            },
          },
        }),
      },
    }),
    given: (server) => server.always('* *', { status: 200, endless: ' ' }),
  }),
  action('kubeconfig-empty', SHOW, { around: atHome }),
  action('kubeconfig-empty-and-pinned', { ...SHOW, 'kubeconfig-from': 'input' }, { around: atHome }),
  action('kubeconfig-of-home-on-purpose', { ...SHOW, 'kubeconfig-from': 'home' }, { around: atHome }),
  action('kubeconfig-from-nowhere', { ...SHOW, 'kubeconfig-from': 'input, env, pod' }, { around: atHome }),
  cli('kubeconfig-from-env', 'traffic show -l app=api-domain --kubeconfig-from env', { around: atHome }),
  cli('kubeconfig-from-input', 'traffic show -l app=api-domain --kubeconfig-from input', { around: atHome }),
  cli('kubeconfig-and-from-home', 'traffic show -l app=api-domain --kubeconfig-from home'),
];

const INPUTS: readonly Scenario[] = [
  action('bad-inputs', {
    ...WEIGHT,
    'pod-selector': '',
    weight: '120',
    port: '0',
    'propagation-wait': 'soon',
  }),
  action('unknown-operation', { ...SHOW, operation: 'shwo' }),
  action('unused-input', { ...SHOW, weight: '20' }),
  action('kubeconfig-base64', SHOW, {
    around: (server) => ({
      env: { INPUT_KUBECONFIG: Buffer.from(secretKubeconfig(server)).toString('base64') },
    }),
  }),
  action('kubeconfig-in-the-environment', SHOW, {
    around: (server) => ({ files: { kc: secretKubeconfig(server) }, env: { KUBECONFIG: '~/kc' } }),
  }),
  action('kubeconfig-broken', SHOW, {
    around: (server) => ({
      env: { INPUT_KUBECONFIG: secretKubeconfig(server).replace('token:', '\ttoken: {') },
    }),
  }),
  action('kubeconfig-cut-off', SHOW, {
    around: (server) => ({
      env: { INPUT_KUBECONFIG: Buffer.from(secretKubeconfig(server)).toString('base64').slice(0, -40) },
    }),
  }),
  action('no-kubeconfig', SHOW, { around: () => ({}) }),
  action(
    'keyless-without-permission',
    { ...SHOW, server: 'https://cluster.example:6443' },
    { around: () => ({}) },
  ),
  action('keyless-and-a-kubeconfig', { ...SHOW, server: 'cluster.example', context: 'ci' }),
  action(
    'keyless-variable-not-set',
    { ...SHOW, server: '', 'certificate-authority': 'ca.crt', 'kubeconfig-from': 'input' },
    { around: atHome },
  ),
  action('unknown-context', { ...SHOW, context: 'production' }),
  action('password', { ...SHOW, context: 'root' }),
  action('plugin-fails', SHOW, { around: other('plugin') }),
  action('client-key-of-no-use', SHOW, {
    around: (server) => ({
      env: { INPUT_KUBECONFIG: secretKubeconfig({ url: server.url.replace('http:', 'https:') }, 'ada') },
    }),
  }),
  cli('bad-inputs', 'traffic weight -l app=api-domain --weight 120'),
  cli('bad-inputs-json', 'traffic weight -l app=api-domain --weight 120 -o json'),
  cli('unknown-flag', 'traffic weight -l app=api-domain --wieght 20'),
  cli('shift-by-both', `traffic shift ${FOR_BUILD} --weight 20 --headers x-cid=a`),
  cli('no-command', 'traffic'),
  cli('help', 'traffic weight --help'),
  cli('home', 'traffic show -l app=api-domain', { around: atHome }),
  cli('no-terminal-no-colour', 'traffic show -l app=api-domain', {
    around: (server) => ({ ...atHome(server), env: { CI: 'true', FORCE_COLOR: '1' } }),
  }),
  cli('unknown-context', 'traffic show -l app=api-domain --context production'),
];

export const SCENARIOS: readonly Scenario[] = [...HAPPY, ...REFUSALS, ...TROUBLE, ...STRANGE, ...INPUTS];

/** The scenarios' cluster, which knows its users. */
export function serverOptions(more: ServerOptions = {}): ServerOptions {
  const password = Buffer.from(`root:${PASSWORD}`).toString('base64');
  return { objects: OBJECTS, users: { [TOKEN]: 'ci', [password]: 'root' }, ...more };
}
