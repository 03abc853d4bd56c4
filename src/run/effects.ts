/** The real collaborators of `run`, for every door: stores, clock, randomness. */
import { readFile } from 'node:fs/promises';
import type { Redactor } from '../base/redactor.ts';
import type { Clock, Collaborators } from '../ports/collaborators.ts';
import { TrafficError, faultText } from '../base/errors.ts';
import type { Ask } from '../ports/ask.ts';
import type { Store } from '../ports/store.ts';
import { VERSION } from '../base/version.ts';
import { sleep } from '../net/sleep.ts';

export interface StoreEnvironment {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Knows the secrets, and learns every one that turns up while connecting. Default: one that tells `onSecret`. */
  readonly secrets?: Redactor;
  /** Without `secrets`: told of every secret that turns up while connecting, before it could be logged. */
  readonly onSecret?: (secret: string) => void;
  readonly log: (line: string) => void;
  /** Ends reading and rehearsing that go on when it is aborted. */
  readonly signal?: AbortSignal | undefined;
}

export const clock: Clock = {
  now: () => new Date(),
  elapsed: () => performance.now(),
  sleep,
  random: () => Math.random(),
};

/**
 * Aborted at the first SIGINT or SIGTERM of this process, which then ends by itself. Every further one is without
 * effect: the runner sends SIGTERM while what was written is being undone.
 */
export function untilSignalled(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      controller.abort(new TrafficError('cancelled', `The run was cancelled (${name}).`));
    });
  }
  return controller.signal;
}

/** Asks GitHub with a token; undefined where there is none. */
export function pullRequestReader(token: string | undefined): Collaborators['openPullRequests'] {
  if (token === undefined || token === '') return undefined;
  return async (repository) => {
    const [{ githubClient }, { openPullRequestsOf }] = await Promise.all([
      import('../github/client.ts'),
      import('../github/pull-requests.ts'),
    ]);
    return openPullRequestsOf(await githubClient(token, clock), repository);
  };
}

/** Asks over HTTP, through the proxy that the environment names. */
export function asker(env: StoreEnvironment['env']): Ask {
  return async (asked) => {
    const { askByHttp } = await import('../probe/http.ts');
    return askByHttp(asked, env);
  };
}

/** Prometheus behind a Service of the cluster, or at an address of its own. */
export function metricsOpener(env: StoreEnvironment['env']): NonNullable<Collaborators['openMetrics']> {
  return async (place, headers, store) => {
    const { openMetrics } = await import('./measure.ts');
    return openMetrics(place, headers, store, asker(env));
  };
}

/** A job on a runner of GitHub's ends after six hours; half an hour is left for the way back and what comes after. */
const HOSTED_LIMIT = 19_800_000;

/**
 * How long a run may take here; undefined: as long as it needs.
 *
 * @see https://docs.github.com/actions/reference/limits
 */
function timeLimitIn({ RUNNER_ENVIRONMENT: runner }: StoreEnvironment['env']): number | undefined {
  return runner === 'github-hosted' ? HOSTED_LIMIT : undefined;
}

/** What every process has, whoever started it. */
export function machineOf(
  env: StoreEnvironment['env'],
): Pick<Collaborators, 'clock' | 'ask' | 'openMetrics' | 'timeLimit' | 'readText'> {
  return {
    clock,
    ask: asker(env),
    openMetrics: metricsOpener(env),
    timeLimit: timeLimitIn(env),
    readText,
  };
}

/** @throws TrafficError not-found: there is no such file, or it can't be read */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    const why = faultText(thrown);
    throw new TrafficError('not-found', `The file ${path} can't be read (${why}): check its path.`, {
      cause: thrown,
    });
  }
}

/** Opens what the place means. A store is loaded when it is needed: a client nobody calls costs start-up time. */
export function storeOpener({
  env,
  secrets,
  onSecret,
  log,
  signal,
}: StoreEnvironment): Collaborators['openStore'] {
  return async (place, namespace): Promise<Store> => {
    const chosen = namespace === undefined ? {} : { namespace };
    if (place.kind === 'manifests') {
      const { manifestsStore } = await import('../stores/manifests/store.ts');
      return manifestsStore({ path: place.path, ...chosen, signal });
    }
    const { kubernetesStore } = await import('../stores/kubernetes/store.ts');
    const { kind: _, ...access } = place;
    return kubernetesStore({
      ...access,
      ...chosen,
      env,
      secrets,
      onSecret,
      onRetry: sparsely(log),
      signal,
      userAgent: `istiops/${VERSION}`,
    });
  };
}

/** Five lists at once meet the same fault at once: it is said once a second. */
function sparsely(log: (line: string) => void): (line: string) => void {
  const said = new Map<string, number>();
  return (line) => {
    const fault = line.replace(/Trying again in [\d.]+ s\.$/, '').replace(/ list \w+ /, ' list ');
    const now = performance.now();
    if (now - (said.get(fault) ?? -Infinity) < 1000) return;
    said.set(fault, now);
    log(line);
  };
}
