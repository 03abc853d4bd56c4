/**
 * What the post step does with the deployment of its main step: closes one that the main step left in progress, and
 * ends one whose change was taken back.
 */
import type { JsonObject } from '../../base/json.ts';
import type { GitHubClient } from '../client.ts';
import { addStatus, listStatuses, ownDeployments, stateOf, type DeploymentFacts } from './list.ts';
import type { DeploymentMark } from './mark.ts';

/**
 * What is known of the change. `back`: all that the main step did is taken back, or it did nothing. `kept`: it stays as
 * the main step has left it, whatever that is.
 */
export type ChangeState = 'back' | 'kept';

/** What was done with the deployment. */
export type Closed =
  /** There was nothing to do: none was made, or it ended and its change stays. */
  | 'nothing'
  /** It was still in progress. */
  | 'closed'
  /** It had succeeded, and is inactive. Those that were active before it are active again. */
  | 'inactive';

/** @throws TrafficError as GitHubClient */
export async function closeDeployment(
  client: GitHubClient,
  { key, earlier, isEnded, ...place }: DeploymentMark,
  run: string | null,
  change: ChangeState,
): Promise<Closed> {
  const facts = { ...place, run };
  if (isEnded && change === 'kept') return 'nothing';
  const own = (await ownDeployments(client, facts)).find((one) => one.key === key);
  if (own === undefined) return 'nothing';
  const state = stateOf(await listStatuses(client, facts, own.id));
  if (state !== undefined && ENDED.has(state)) {
    if (change === 'kept' || state !== 'success') return 'nothing';
    await addStatus(client, facts, own.id, { state: 'inactive', description: 'The change was taken back' });
    for (const id of [...earlier].reverse()) await reactivate(client, facts, id);
    return 'inactive';
  }
  await addStatus(client, facts, own.id, CLOSING[change]);
  return 'closed';
}

const ENDED: ReadonlySet<string> = new Set(['success', 'failure', 'error', 'inactive']);

const CLOSING = {
  back: { state: 'failure', description: 'The job ended before the change was done; it was taken back' },
  kept: { state: 'error', description: 'The job ended before the change was done; see its log' },
} as const satisfies Record<ChangeState, JsonObject>;

/** It says again what it said before the main step made it inactive, its address included. */
async function reactivate(client: GitHubClient, facts: DeploymentFacts, id: number): Promise<void> {
  const [newest, ...before] = await listStatuses(client, facts, id);
  const last = before.find((status) => stateOf([status]) !== 'inactive');
  if (last === undefined || stateOf(newest === undefined ? [] : [newest]) !== 'inactive') return;
  const { state = 'success', environment_url: link, log_url: log } = last;
  await addStatus(client, facts, id, {
    state,
    ...(typeof link === 'string' && link !== '' && { environment_url: link }),
    ...(typeof log === 'string' && log !== '' && { log_url: log }),
  });
}
