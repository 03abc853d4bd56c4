/** What the Action tells GitHub of a change. Nothing here is loaded where no input asks for it. */
import type { Json } from '../base/json.ts';
import { INPUTS } from '../intent/inputs.ts';
import type { Words } from '../intent/types.ts';
import type { Teller, Workflow } from '../github/tell.ts';
import { changeOperationOf, isReadOnly } from '../operations/index.ts';
import type { Request } from '../operations/request.ts';
import { clock } from '../run/effects.ts';
import { runAddress } from './runner.ts';

/**
 * @param isBack the change is being taken back, whatever the request was
 * @returns undefined where GitHub is not to be called
 */
export async function tellerOf(
  { told, intent }: Request,
  words: Words,
  { isBack = false }: { readonly isBack?: boolean } = {},
): Promise<Teller | undefined> {
  if (told === undefined || isReadOnly(intent)) return undefined;
  const [{ githubTeller }, { githubClient }] = await Promise.all([
    import('../github/tell.ts'),
    import('../github/client.ts'),
  ]);
  const client = await githubClient((words[INPUTS.githubToken.name] ?? '').trim(), clock);
  const takesBack = isBack || changeOperationOf(intent).direction !== 'forward';
  return githubTeller(told, takesBack, await workflow(), client, clock);
}

async function workflow(): Promise<Workflow> {
  const { context } = await import('@actions/github');
  const { GITHUB_REPOSITORY: repository, GITHUB_SHA: commit } = process.env;
  return {
    repository,
    // What GitHub has written into a file of the runner.
    event: context.payload as Json,
    run: repository === undefined ? null : runAddress(context, repository),
    commit,
  };
}
