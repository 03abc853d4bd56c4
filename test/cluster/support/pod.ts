import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensure, paths } from '../plane/api.ts';
import { until } from '../plane/processes.ts';
import type { Plane } from './plane.ts';

/** What a pod with a service account finds: files in a folder, two variables. */
export interface PodSurroundings {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A service account with a token of the API server's and all rights in its namespace, as the kubelet hands it to a pod. */
export async function podOf(plane: Plane, namespace: string, account: string): Promise<PodSurroundings> {
  const token = await plane.serviceAccountToken(namespace, account);
  const user = `system:serviceaccount:${namespace}:${account}`;
  await ensure(plane.api, paths.roleBindings(namespace), {
    metadata: { name: account },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name: account, namespace }],
  });
  await until(`${account} has its rights`, async () => {
    const review = await plane.api.post<{ status: { allowed: boolean } }>(
      '/apis/authorization.k8s.io/v1/subjectaccessreviews',
      { spec: { user, resourceAttributes: { namespace, verb: 'list', resource: 'pods' } } },
    );
    return review.status.allowed;
  });
  const folder = join(plane.dir, `serviceaccount-${namespace}`);
  await mkdir(folder);
  const files = { token, 'ca.crt': plane.ca, namespace };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  const { hostname, port } = new URL(plane.server);
  return { folder, env: { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port } };
}

/** Where a pod has the files. */
const MOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const SCRIPT = `mount -t tmpfs tmpfs /var/run && mkdir -p ${MOUNT} && cp "$0"/* ${MOUNT} && exec "$@"`;
const FLAGS = ['--mount', ...(process.getuid?.() === 0 ? [] : ['--map-root-user'])];

/** A command under which a process sees the folder where a pod would, and nobody else does: mounts of its own. */
export function inPod({ folder }: PodSurroundings): readonly string[] {
  return ['unshare', ...FLAGS, 'sh', '-c', SCRIPT, folder];
}

/** Does this machine let us have mounts of our own? Needs root, or user namespaces. */
export function hasMounts(): boolean {
  return spawnSync('unshare', [...FLAGS, 'sh', '-c', 'mount -t tmpfs tmpfs /var/run']).status === 0;
}
