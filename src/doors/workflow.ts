/** What the runner says of the workflow, in its variables and in the file of the event. Nothing of it may be missed. */
import { readFileSync } from 'node:fs';
import type { Json } from '../base/json.ts';
import type { Workflow } from '../github/telling.ts';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * @returns nothing where a variable is not set; no event where its file can't be read: no change fails for that
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/variables
 */
export function workflowOf(env: Env): Workflow & { readonly actor: string | undefined } {
  const { GITHUB_REPOSITORY: repository, GITHUB_SHA: commit, GITHUB_ACTOR: actor } = env;
  return { repository, commit, actor, event: eventOf(env), run: runAddress(env) };
}

/** The address of this run on GitHub; null where nobody says it. */
function runAddress({
  GITHUB_REPOSITORY: repository,
  GITHUB_RUN_ID: id,
  GITHUB_SERVER_URL: server,
}: Env): string | null {
  const address = `${server || 'https://github.com'}/${repository ?? ''}/actions/runs/${id ?? ''}`;
  const isKnown = Boolean(repository) && /^\d+$/.test(id ?? '');
  return isKnown && /^https?:\/\//.test(address) && URL.canParse(address) ? address : null;
}

function eventOf({ GITHUB_EVENT_PATH: path }: Env): Json | undefined {
  try {
    return path ? (JSON.parse(readFileSync(path, 'utf8')) as Json) : undefined;
  } catch {
    return undefined;
  }
}
