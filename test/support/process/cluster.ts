/** What the scenarios' cluster holds: the service of the seeds' commands, and a kubeconfig full of secrets. */
import { parseWords } from '../../../src/operations/parse-words.ts';
import type { Words } from '../../../src/intent/types.ts';
import { isObject, type JsonObject } from '../../../src/base/json.ts';
import { run } from '../../../src/run/run.ts';
import { kubernetesStore } from '../../../src/stores/kubernetes/store.ts';
import { stringify } from 'yaml';
import type { FakeServer } from '../api-server/server.ts';

const istio = 'networking.istio.io/v1';
const labels = { app: 'api-domain' };

export const VIRTUAL_SERVICE: JsonObject = {
  apiVersion: istio,
  kind: 'VirtualService',
  metadata: { name: 'api-domain', labels },
  spec: {
    hosts: ['api.domain.io'],
    http: [
      {
        name: 'master-route',
        match: [{ uri: { regex: '.+' } }],
        route: [{ destination: { host: 'api.domain.io', subset: 'stable', port: { number: 5000 } } }],
        timeout: '3s',
      },
    ],
  },
};

export const DESTINATION_RULE: JsonObject = {
  apiVersion: istio,
  kind: 'DestinationRule',
  metadata: { name: 'api-domain', labels },
  spec: { host: 'api.domain.io', subsets: [{ name: 'stable', labels: { ...labels, version: '1.0.0' } }] },
};

function pod(name: string, more: JsonObject): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { ...labels, ...more } },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

export const OBJECTS: readonly JsonObject[] = [
  VIRTUAL_SERVICE,
  DESTINATION_RULE,
  pod('api-1', { version: '1.0.0' }),
  pod('api-2', { version: '1.0.0' }),
  pod('api-pr-10', { build: 'PR-10' }),
  {
    apiVersion: istio,
    kind: 'ServiceEntry',
    metadata: { name: 'api-domain' },
    spec: {
      hosts: ['api.domain.io'],
      ports: [{ number: 5000, name: 'http', protocol: 'HTTP' }],
      resolution: 'STATIC',
    },
  },
];

/** The same and a second service, for changes of several. */
export const TWO_SERVICES: readonly JsonObject[] = [
  ...OBJECTS,
  {
    apiVersion: istio,
    kind: 'VirtualService',
    metadata: { name: 'orders', labels: { app: 'orders' } },
    spec: { hosts: ['orders'], http: [{ route: [{ destination: { host: 'orders', subset: 'stable' } }] }] },
  },
  {
    apiVersion: istio,
    kind: 'DestinationRule',
    metadata: { name: 'orders', labels: { app: 'orders' } },
    spec: { host: 'orders', subsets: [{ name: 'stable', labels: { app: 'orders', version: '1.0.0' } }] },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'orders' },
    spec: { selector: { app: 'orders' }, ports: [{ port: 80 }] },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'orders-pr-10', labels: { app: 'orders', build: 'PR-10' } },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  },
];

export const TOKEN = 'eyJhbGciOiJSUzI1NiJ9.c2VydmljZS1hY2NvdW50.Zm9yLXRoZS1zY2VuYXJpb3M';
export const PASSWORD = 'c0rrect-h0rse-battery';
const PROXY_PASSWORD = 'st4ple-in-the-url';
const PLUGIN_SECRET = 'pl7gin-cl1ent-secret';
const KEY_LINES = [
  'MHcCAQEEIKo1Sj0yMTg3OTNjYjQ4',
  'oUQDQgAE9vQ4TnQxN2E2ZGY3YjRi',
  'ZTJkZjRhOTk2ZDk2N2I2ZQ==',
];
const KEY = `-----BEGIN EC PRIVATE KEY-----\n${KEY_LINES.join('\n')}\n-----END EC PRIVATE KEY-----\n`;
const CERTIFICATE_LINE = 'MIIBszCCAVmgAwIBAgIUJk3yYWRhLXRoZS11c2Vy';
const CERTIFICATE = `-----BEGIN CERTIFICATE-----\n${CERTIFICATE_LINE}\n-----END CERTIFICATE-----\n`;

/** Everything in the scenarios' kubeconfig that nobody is to see. */
export const SECRETS: readonly string[] = [
  TOKEN,
  PASSWORD,
  PROXY_PASSWORD,
  PLUGIN_SECRET,
  CERTIFICATE_LINE,
  ...KEY_LINES,
  Buffer.from(KEY).toString('base64'),
];

/** As teams have them: one user who is used, and others whose secrets are as secret. */
export function secretKubeconfig(server: { readonly url: string }, used = 'ci'): string {
  const data = (text: string): string => Buffer.from(text).toString('base64');
  const users: readonly { readonly name: string; readonly user: JsonObject }[] = [
    { name: 'ci', user: { token: TOKEN } },
    {
      name: 'ada',
      user: { 'client-certificate-data': data(CERTIFICATE), 'client-key-data': data(KEY) },
    },
    { name: 'root', user: { username: 'root', password: PASSWORD } },
    {
      name: 'plugin',
      user: {
        exec: {
          apiVersion: 'client.authentication.k8s.io/v1',
          command: 'sh',
          args: ['-c', 'echo "no luck with $CLIENT_SECRET" >&2; exit 3'],
          env: [{ name: 'CLIENT_SECRET', value: PLUGIN_SECRET }],
          interactiveMode: 'Never',
        },
      },
    },
  ];
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'here', cluster: { server: server.url } },
      {
        name: 'elsewhere',
        cluster: { server: server.url, 'proxy-url': `http://ada:${PROXY_PASSWORD}@127.0.0.1:1` },
      },
    ],
    users,
    contexts: users.map(({ name }) => ({ name, context: { cluster: 'here', user: name } })),
    'current-context': used,
  });
}

/** Brings the cluster into a state, by the same way as the scenarios, but without a process. */
export async function change(server: FakeServer, ...steps: readonly Words[]): Promise<void> {
  for (const words of steps) {
    const { request } = parseWords({ 'propagation-wait': '0s', ...words });
    const outcome = await run(request, {
      openStore: (_place, namespace) =>
        kubernetesStore({ kubeconfig: secretKubeconfig(server), env: {}, namespace }),
      clock: { now: () => new Date(0), sleep: () => Promise.resolve(), random: () => 0 },
      log: { info: () => undefined, group: (_title, body) => body() },
      author: () => Promise.resolve(undefined),
    });
    if (outcome.failure !== null) throw new Error(outcome.failure.message);
  }
}

/** What the routes and subsets of the cluster are, without what the server counts. */
export function routing(server: FakeServer): unknown {
  return ['VirtualService', 'DestinationRule'].map((kind) => {
    const object = server.objects.find(kind, 'default', 'api-domain');
    const metadata = isObject(object?.['metadata']) ? object['metadata'] : {};
    return [object?.['spec'], metadata['labels'], metadata['annotations'] ?? {}];
  });
}

/** Specs, and annotations but for who did it and how to take it back: what must be as it was. */
export function traffic(server: FakeServer): unknown {
  return ['VirtualService', 'DestinationRule'].map((kind) => {
    const { metadata, spec } = server.objects.find(kind, 'default', 'api-domain') ?? {};
    const given = isObject(metadata) && isObject(metadata['annotations']) ? metadata['annotations'] : {};
    const { 'istiops/last-change': _, 'istiops/history': __, ...annotations } = given;
    return { spec, annotations };
  });
}
