/** The comments of a pull request on GitHub. */
import { TrafficError } from '../../base/errors.ts';
import { isObject, type JsonObject } from '../../base/json.ts';
import type { GitHubClient } from '../client.ts';
import type { PullRequest } from '../event.ts';
import { markerOf } from './body.ts';
import type { Comment, Comments } from './publish.ts';

/** As whom the job's own token writes: who it is where GitHub does not say it. */
const JOB = 'github-actions[bot]';

/**
 * Whoever may comment can write the marker, too, and a bot may repeat the words of anybody, so the author counts:
 * whoever has this token.
 */
export function commentsOf({ ask, list, login }: GitHubClient, pull: PullRequest, key: string): Comments {
  const at = `/repos/${pull.repository}/issues`;
  let me: Promise<string | undefined> | undefined;
  return {
    own: async () => {
      me ??= login();
      const author = (await me) ?? JOB;
      return (await list(`${at}/${pull.number}/comments`))
        .filter((comment) => isFrom(comment, author))
        .flatMap((comment) => commentOf(comment) ?? [])
        .filter(({ body }) => body.startsWith(markerOf(key)))
        .sort((a, b) => a.id - b.id);
    },
    read: async (id) => {
      const answer = await ask('GET', `${at}/comments/${id}`);
      const comment = isObject(answer) ? commentOf(answer) : undefined;
      if (comment?.id !== id) throw new TrafficError('rejected', `GitHub has no text of comment ${id}`);
      return comment;
    },
    create: async (body) => {
      await ask('POST', `${at}/${pull.number}/comments`, { body });
    },
    update: async (id, body) => {
      await ask('PATCH', `${at}/comments/${id}`, async () => ({ body: await body() }));
    },
    remove: async (id) => {
      try {
        await ask('DELETE', `${at}/comments/${id}`);
      } catch (thrown) {
        // Another job that saw it twice was faster.
        if (!(thrown instanceof TrafficError) || thrown.reason !== 'not-found') throw thrown;
      }
    },
  };
}

function commentOf({ id, body }: JsonObject): Comment | undefined {
  return typeof id === 'number' && typeof body === 'string' ? { id, body } : undefined;
}

function isFrom({ user }: JsonObject, author: string): boolean {
  return isObject(user) && user['login'] === author;
}
