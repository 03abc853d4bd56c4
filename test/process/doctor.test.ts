/** `istiops doctor` as a process, against a server that answers as a real one does. */
import { expect, test } from 'vitest';
import { kubeconfig, startServer, type FakeServer } from '../support/api-server/server.ts';
import { OBJECTS, secretKubeconfig, SECRETS, TOKEN } from '../support/process/cluster.ts';
import { runCli } from '../support/process/processes.ts';

const ISTIOD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'istiod-1',
    namespace: 'istio-system',
    labels: { app: 'istiod', 'istio.io/rev': '1-27' },
  },
  spec: { containers: [{ name: 'discovery', image: 'docker.io:5000/istio/pilot:1.27.1@sha256:0123' }] },
};

function doctor(server: FakeServer, ...args: readonly string[]): ReturnType<typeof runCli> {
  return runCli(['doctor', ...args], { files: { '.kube/config': secretKubeconfig(server) } });
}

test('where nothing stands in the way, it says what it would use, and ends with 0', async () => {
  await using server = await startServer({ objects: [...OBJECTS, ISTIOD], users: { [TOKEN]: 'ci' } });
  const { code, stdout, stderr } = await doctor(server);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout.replace(server.url, 'http://server')).toBe(`\
Kubeconfig  the kubeconfig ~/.kube/config
Context     ci
Cluster     http://server
User        ci (system:authenticated)
Rights      all 9 of the Role
istiod      1.27.1 (1 pod, revision 1-27)
Namespace   default
Objects     1 VirtualService, 1 DestinationRule
Proxies     not asked

i Not all proxies can be asked what they have: no ready pod of istiod is in sight. Changes wait (\`--propagation-wait\`) instead of being confirmed.

Nothing stands in the way.
`);
  expect(server.requests.every(({ method }) => method !== 'PUT')).toBe(true);
});

test('rights that are missing, as JSON', async () => {
  await using server = await startServer({ objects: OBJECTS, users: { [TOKEN]: 'ci' } });
  server.deny('update', 'virtualservices').deny('list', 'pods');
  const { code, stdout, stderr } = await doctor(server, '--output', 'json');
  expect([code, stderr]).toEqual([1, '']);
  const { isReady, identity, findings } = JSON.parse(stdout) as {
    readonly isReady: boolean;
    readonly identity: { readonly user: string };
    readonly findings: readonly { readonly code: string; readonly message: string }[];
  };
  expect([isReady, identity.user]).toEqual([false, 'ci']);
  expect(findings.map((one) => one.code)).toEqual([
    'right-missing',
    'right-missing',
    'not-visible',
    'proxies-not-asked',
  ]);
  expect(findings[3]?.message).toContain(
    'may also stop it.\n\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role',
  );
  expect(findings[0]?.message).toContain('You may not update virtualservices: show and explain work');
  expect(findings[0]?.message).toContain('name: ci');
  expect(findings[2]?.message).toBe(
    'The version of istiod is not visible: you may not list the pods of namespace istio-system.',
  );
});

test('credentials that nobody knows: said once, with no secret', async () => {
  await using server = await startServer({ objects: OBJECTS, users: { other: 'ci' } });
  const { code, stdout } = await doctor(server);
  expect(code).toBe(1);
  expect(stdout.match(/doesn't accept the credentials/g)).toHaveLength(1);
  expect(SECRETS.filter((secret) => stdout.includes(secret))).toEqual([]);
});

test('a kubeconfig that is not there, and words that can not be used', async () => {
  const files = { '.kube/config': kubeconfig({ url: 'http://127.0.0.1:1' }) };
  const unreached = await runCli(['doctor', '--kubeconfig', '~/nowhere'], { files });
  expect(unreached.code).toBe(1);
  expect(unreached.stdout).toContain('nowhere');
  const refused = await runCli(['doctor', '--namespace', 'A B'], { files });
  expect([refused.code, refused.stdout]).toEqual([2, '']);
});
