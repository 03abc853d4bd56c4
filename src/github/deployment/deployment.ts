/** A deployment on GitHub for a preview: what the pull request's page shows with a link, and lists by environment. */
import { TrafficError, toTrafficError } from '../../base/errors.ts';
import { isObject } from '../../base/json.ts';
import { cut } from '../../base/text.ts';
import type { GitHubClient } from '../client.ts';
import {
  addStatus,
  DESCRIPTION,
  listStatuses,
  ownDeployments,
  stateOf,
  type DeploymentFacts,
} from './list.ts';
import type { DeploymentMark } from './mark.ts';

export type DeploymentState = 'success' | 'failure';

/** A deployment that has begun. */
export interface Deployment {
  /** Says how far it is. @throws TrafficError as GitHubClient */
  readonly progress: (words: string) => Promise<void>;
  /**
   * Says how it ended. Earlier ones of the environment are inactive then: GitHub does that by itself only for those
   * that are not transient.
   *
   * @param link the address that anyone can click
   * @throws TrafficError as GitHubClient
   */
  readonly end: (state: DeploymentState, link: string | null) => Promise<void>;
}

/** What keeps a mark where the post step finds it, even if this process is killed. */
export type KeepMark = (mark: DeploymentMark) => void;

/**
 * Makes a deployment, in progress. It is marked before it is made, so that it is found again whatever happens.
 *
 * @param ref the commit, or the branch
 * @param key of this deployment, which no other has
 * @throws TrafficError as GitHubClient
 * @see https://docs.github.com/en/rest/deployments/deployments#create-a-deployment
 */
export async function beginDeployment(
  client: GitHubClient,
  facts: DeploymentFacts,
  ref: string,
  { key, keep }: { readonly key: string; readonly keep: KeepMark },
): Promise<Deployment> {
  const { repository, environment } = facts;
  const earlier = await activeIn(client, facts);
  const mark = { repository, environment, key, earlier, isEnded: false };
  keep(mark);
  const id = await make(client, facts, ref, key);
  await addStatus(client, facts, id, { state: 'in_progress' });
  return {
    progress: (words) => addStatus(client, facts, id, { state: 'in_progress', description: cut(words, 140) }),
    end: async (state, link) => {
      await addStatus(client, facts, id, { state, ...(link !== null && { environment_url: link }) });
      keep({ ...mark, isEnded: true });
      if (state === 'success')
        for (const before of earlier) await addStatus(client, facts, before, { state: 'inactive' });
    },
  };
}

async function make(client: GitHubClient, facts: DeploymentFacts, ref: string, key: string): Promise<number> {
  const asked = {
    ref,
    environment: facts.environment,
    description: DESCRIPTION,
    payload: { istiops: key },
    transient_environment: true,
    production_environment: false,
    auto_merge: false,
    required_contexts: [],
  };
  let made: unknown;
  try {
    made = await client.ask('POST', `/repos/${facts.repository}/deployments`, asked);
  } catch (thrown) {
    const error = toTrafficError(thrown);
    // No answer came: GitHub may have made it all the same.
    if (error.reason !== 'unreachable' && error.reason !== 'timeout') throw error;
    made = (await ownDeployments(client, facts)).find((one) => one.key === key);
    if (made === undefined) throw error;
  }
  const id = isObject(made) ? made['id'] : undefined;
  if (typeof id !== 'number')
    throw new TrafficError('rejected', 'GitHub made no deployment, and did not say why.');
  return id;
}

/**
 * Says of every deployment of the environment that it is no longer there.
 *
 * @throws TrafficError as GitHubClient
 */
export async function endDeployments(client: GitHubClient, facts: DeploymentFacts): Promise<void> {
  for (const id of await activeIn(client, facts)) await addStatus(client, facts, id, { state: 'inactive' });
}

/**
 * Those that are not inactive, the newest first. Everything before an inactive one is inactive, too, since a deployment
 * that succeeds ends all before it.
 */
async function activeIn(client: GitHubClient, facts: DeploymentFacts): Promise<readonly number[]> {
  const active: number[] = [];
  for (const { id } of await ownDeployments(client, facts)) {
    if (stateOf(await listStatuses(client, facts, id)) === 'inactive') break;
    active.push(id);
  }
  return active;
}
