/** The comments of a pull request on GitHub. */
import { TrafficError } from '../../base/errors.ts';
import type { JsonObject } from '../../base/json.ts';
import { isObject } from '../../base/json.ts';
import type { GitHubClient } from '../client.ts';
import type { PullRequest } from '../event.ts';
import { markerOf } from './body.ts';
import type { Comment, Comments } from './publish.ts';

/**
 * Whoever may comment can write the marker, too, so the author counts: ourselves, or where the token does not say who
 * we are (an installation's may not ask), any bot. A comment of another bot can't be edited with our token: GitHub
 * refuses it.
 */
export function commentsOf({ ask, list }: GitHubClient, pull: PullRequest, key: string): Comments {
  const at = `/repos/${pull.repository}/issues`;
  let login: Promise<string | null> | undefined;
  const own = async (): Promise<readonly Comment[]> => {
    login ??= whoAmI(ask);
    const me = await login;
    return (await list(`${at}/${pull.number}/comments`))
      .filter((comment) => isFrom(comment, me))
      .flatMap(({ id, body }) =>
        typeof id === 'number' && typeof body === 'string' && body.startsWith(markerOf(key))
          ? [{ id, body }]
          : [],
      )
      .sort((a, b) => a.id - b.id);
  };
  return {
    own,
    create: async (body) => {
      await ask('POST', `${at}/${pull.number}/comments`, { body });
    },
    update: async (id, body) => {
      await ask('PATCH', `${at}/comments/${id}`, { body });
    },
    remove: async (id) => {
      await ask('DELETE', `${at}/comments/${id}`);
    },
  };
}

async function whoAmI(ask: GitHubClient['ask']): Promise<string | null> {
  try {
    const user = await ask('GET', '/user');
    return isObject(user) && typeof user['login'] === 'string' ? user['login'] : null;
  } catch (thrown) {
    if (thrown instanceof TrafficError && (thrown.reason === 'forbidden' || thrown.reason === 'not-found'))
      return null;
    throw thrown;
  }
}

function isFrom({ user }: JsonObject, me: string | null): boolean {
  if (!isObject(user)) return false;
  return me === null ? user['type'] === 'Bot' : user['login'] === me;
}
