import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { JOB } from '../../support/github.ts';
import { ensure, paths } from '../plane/api.ts';
import { until } from '../plane/processes.ts';
import type { Plane } from './plane.ts';

/** What `istiops keyless` prints for the repository of `JOB`, with these flags besides. */
export async function printedByKeyless(...flags: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    join(inject('doors'), 'dist/istiops.js'),
    ...['keyless', '--repository-id', JOB.repository_id, ...flags],
  ]);
  return stdout;
}

/**
 * Gives jobs of the repository the rights that `istiops keyless` prints, and waits until they have them.
 *
 * @param job its environment, or its ref; default refs/heads/main
 */
export async function allowJobs(
  plane: Plane,
  namespace: string,
  job: { readonly environment?: string; readonly ref?: string } = {},
): Promise<void> {
  const flags = Object.entries(job).flatMap(([name, value]) => [`--${name}`, value]);
  await grant(
    plane,
    namespace,
    await printedByKeyless('--only', 'authorization', '--namespace', namespace, ...flags),
  );
}

/** Lets jobs of refs/heads/main list WorkloadEntries as well, which the printed Role doesn't. */
export async function allowWorkloads(plane: Plane, namespace: string): Promise<void> {
  const text = await printedByKeyless('--only', 'authorization', '--namespace', namespace);
  const [role, binding] = parseAllDocuments(text);
  const right = { group: 'networking.istio.io', resource: 'workloadentries' };
  role?.setIn(['rules'], [{ apiGroups: [right.group], resources: [right.resource], verbs: ['list'] }]);
  for (const document of [role, binding]) document?.setIn(['metadata', 'name'], right.resource);
  binding?.setIn(['roleRef', 'name'], right.resource);
  const documents = [role, binding].map((document) => JSON.stringify(document));
  await grant(plane, namespace, documents.join('\n---\n'), right);
}

/**
 * Applies a Role and its RoleBinding, and waits until the first of its users has the rights.
 *
 * @param right to list, which the Role gives
 */
export async function grant(
  plane: Plane,
  namespace: string,
  text: string,
  right: { readonly group?: string; readonly resource: string } = { resource: 'pods' },
): Promise<void> {
  const [role, binding] = parseAllDocuments(text).map(
    (document) => document.toJS() as Record<string, unknown>,
  );
  await ensure(plane.api, paths.roles(namespace), role ?? {});
  await ensure(plane.api, paths.roleBindings(namespace), binding ?? {});
  const [subject] = (binding as { readonly subjects: readonly { readonly name: string }[] }).subjects;
  // The authorizer learns of both by a watch.
  await until(`${subject?.name ?? ''} has its rights`, async () => {
    const review = await plane.api.post<{ status: { allowed: boolean } }>(
      '/apis/authorization.k8s.io/v1/subjectaccessreviews',
      { spec: { user: subject?.name, resourceAttributes: { namespace, verb: 'list', ...right } } },
    );
    return review.status.allowed;
  });
}
