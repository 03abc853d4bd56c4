import { userInfo } from 'node:os';
import type { Redactor } from '../base/redactor.ts';
import type { Author, Collaborators } from '../ports/collaborators.ts';
import { machineOf, pullRequestReader, storeOpener, untilSignalled } from '../run/effects.ts';
import { terminalLog } from './terminal-log.ts';
import type { Terminal } from './terminal.ts';

/** What a run needs of the world, for a person or a script that calls the command line. */
export function collaboratorsOf({ secrets, streams }: Pick<Terminal, 'secrets' | 'streams'>): Collaborators {
  const log = terminalLog(streams);
  const signal = untilSignalled();
  return {
    openStore: storeOpener({
      env: process.env,
      secrets,
      log: (line) => {
        log.info(line);
      },
      signal,
    }),
    ...machineOf(process.env),
    signal,
    log,
    author: () => Promise.resolve(authorOf(process.env)),
    openPullRequests: pullRequestReader(tokenOfEnvironment(secrets)),
  };
}

/** A container may run as a user whom its machine doesn't know: then nobody is named, and the change goes on. */
function authorOf({ USER: user }: NodeJS.ProcessEnv): Author {
  if (user) return { actor: user };
  try {
    return { actor: userInfo().username };
  } catch {
    return {};
  }
}

/** In an argument, everybody on the machine would see it. */
function tokenOfEnvironment(secrets: Redactor): string | undefined {
  const token = (process.env['GITHUB_TOKEN'] ?? process.env['GH_TOKEN'])?.trim();
  if (token) secrets.learn(token);
  return token;
}
