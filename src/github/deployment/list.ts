/** The deployments of an environment that istiops has made, and their statuses. */
import { isList, isObject, parseJson, type JsonObject } from '../../base/json.ts';
import type { GitHubClient } from '../client.ts';

export interface DeploymentFacts {
  /** `octo-org/api` */
  readonly repository: string;
  /** `preview/pr-10` */
  readonly environment: string;
  /** The address of the run. */
  readonly run: string | null;
}

/** By which a deployment of istiops is told from another one of the same environment, such as that of a job. */
export const DESCRIPTION = 'Traffic shifted by istiops';

export interface OwnDeployment extends JsonObject {
  readonly id: number;
  /** Which one it is; null: an earlier version made it. */
  readonly key: string | null;
}

/**
 * The newest first.
 *
 * @throws TrafficError as GitHubClient
 */
export async function ownDeployments(
  { list }: GitHubClient,
  { repository, environment }: DeploymentFacts,
): Promise<readonly OwnDeployment[]> {
  const all = await list(`/repos/${repository}/deployments?environment=${encodeURIComponent(environment)}`);
  return all.flatMap(({ id, description = DESCRIPTION, payload }) =>
    typeof id === 'number' && description === DESCRIPTION ? [{ id, key: keyIn(payload) }] : [],
  );
}

/** GitHub hands a payload back as it was given, or as its JSON. */
function keyIn(payload: JsonObject[string] | undefined): string | null {
  const given = typeof payload === 'string' ? parseJson(payload) : payload;
  const key = isObject(given) ? given['istiops'] : undefined;
  return typeof key === 'string' ? key : null;
}

/**
 * The statuses of a deployment, the newest first.
 *
 * @throws TrafficError as GitHubClient
 */
export async function listStatuses(
  { ask }: GitHubClient,
  { repository }: DeploymentFacts,
  id: number,
): Promise<readonly JsonObject[]> {
  const statuses = await ask('GET', `/repos/${repository}/deployments/${id}/statuses?per_page=30`);
  return isList(statuses) ? statuses.filter(isObject) : [];
}

/** The state of the newest status; undefined: it has none yet. */
export function stateOf([newest]: readonly JsonObject[]): string | undefined {
  const state = newest?.['state'];
  return typeof state === 'string' ? state : undefined;
}

/**
 * Adds a status, from which on the deployment has its state. No other deployment changes by it.
 *
 * @throws TrafficError as GitHubClient
 * @see https://docs.github.com/en/rest/deployments/statuses#create-a-deployment-status
 */
export async function addStatus(
  { ask }: GitHubClient,
  { repository, run }: DeploymentFacts,
  id: number,
  status: JsonObject,
): Promise<void> {
  await ask('POST', `/repos/${repository}/deployments/${id}/statuses`, {
    auto_inactive: false,
    ...(run !== null && { log_url: run }),
    ...status,
  });
}
