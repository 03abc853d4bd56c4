/** A deployment on GitHub for a preview: what the pull request's page shows with a link, and lists by environment. */
import { TrafficError } from '../base/errors.ts';
import { isList, isObject, type JsonObject } from '../base/json.ts';
import type { GitHubClient } from './client.ts';

export interface DeploymentFacts {
  /** `octo-org/api` */
  readonly repository: string;
  /** `preview/pr-10` */
  readonly environment: string;
  /** The address of the run. */
  readonly run: string | null;
}

export type DeploymentState = 'success' | 'failure';

/** A deployment that has begun. */
export interface Deployment {
  /**
   * Says how it ended. Earlier ones of the environment are inactive then: GitHub does that by itself only for those
   * that are not transient.
   *
   * @param link the address that anyone can click
   * @throws TrafficError as GitHubClient
   */
  readonly end: (state: DeploymentState, link: string | null) => Promise<void>;
}

/**
 * Makes a deployment, in progress.
 *
 * @param ref the commit, or the branch
 * @throws TrafficError as GitHubClient
 * @see https://docs.github.com/en/rest/deployments/deployments#create-a-deployment
 */
export async function beginDeployment(
  client: GitHubClient,
  { repository, environment, run }: DeploymentFacts,
  ref: string,
): Promise<Deployment> {
  const at = `/repos/${repository}/deployments`;
  const { ask } = client;
  const earlier = await idsOf(client, at, environment);
  const made = await ask('POST', at, {
    ref,
    environment,
    description: 'Traffic shifted by istiops',
    transient_environment: true,
    production_environment: false,
    auto_merge: false,
    required_contexts: [],
  });
  const id = isObject(made) ? made['id'] : undefined;
  if (typeof id !== 'number')
    throw new TrafficError('rejected', 'GitHub made no deployment, and did not say why.');
  const log = run === null ? {} : { log_url: run };
  const tell = async (of: number, status: JsonObject): Promise<void> => {
    await ask('POST', `${at}/${of}/statuses`, { ...status, ...log });
  };
  await tell(id, { state: 'in_progress', auto_inactive: false });
  return {
    end: async (state, link) => {
      await tell(id, { state, auto_inactive: false, ...(link !== null && { environment_url: link }) });
      if (state === 'success') for (const before of earlier) await tell(before, { state: 'inactive' });
    },
  };
}

/**
 * Says of every deployment of the environment that it is no longer there.
 *
 * @throws TrafficError as GitHubClient
 */
export async function endDeployments(
  client: GitHubClient,
  { repository, environment, run }: DeploymentFacts,
): Promise<void> {
  const at = `/repos/${repository}/deployments`;
  for (const id of await idsOf(client, at, environment))
    await client.ask('POST', `${at}/${id}/statuses`, {
      state: 'inactive',
      ...(run !== null && { log_url: run }),
    });
}

/**
 * Those that are not inactive, the newest first. Everything before an inactive one is inactive, too, since a deployment
 * that succeeds ends all before it.
 */
async function idsOf(
  { ask, list }: GitHubClient,
  at: string,
  environment: string,
): Promise<readonly number[]> {
  const active: number[] = [];
  for (const { id } of await list(`${at}?environment=${encodeURIComponent(environment)}`)) {
    if (typeof id !== 'number') continue;
    const statuses = await ask('GET', `${at}/${id}/statuses?per_page=1`);
    const [last] = isList(statuses) ? statuses : [];
    if (isObject(last) && last['state'] === 'inactive') break;
    active.push(id);
  }
  return active;
}
