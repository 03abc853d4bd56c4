/** What the tests of the recipes have in common: the workflow files that the docs show, run as they are. */
import { join } from 'node:path';
import { expect, inject } from 'vitest';
import type { Job } from '../../support/github.ts';
import { answersOf, failedOf, type LoadReport, type Stream } from '../plane/load.ts';
import type { SampleApp } from '../plane/sample-app.ts';
import {
  prepareAct,
  runWorkflow,
  type Act,
  type Texts,
  type WorkflowOptions,
  type WorkflowRan,
} from './act.ts';
import { DEFAULT_RATE } from './cycles.ts';
import { allowJobs } from './keyless.ts';
import { read, type Both } from './objects.ts';
import { WAIT, type Plane } from './plane.ts';
import type { StandIns } from './stand-ins.ts';

/** The folder of the recipes. */
export const RECIPES = join(import.meta.dirname, '../../../examples/workflows');
export const REPOSITORY = 'octo/api';
/** Of the pull request that `pullRequest` is about. */
export const NUMBER = 7;

/** The Action with a namespace for a default, because the recipes name none. */
export async function actFor(plane: Plane, { namespace }: SampleApp, more: Texts = {}): Promise<Act> {
  const defaults = { 'propagation-wait': WAIT, namespace, ...more };
  return prepareAct(plane, { doors: inject('doors'), defaults });
}

/** A service with two builds, in a namespace of its own. */
export async function deploy(plane: Plane): Promise<SampleApp> {
  const namespace = await plane.namespace('recipe');
  return await plane.deployBuilds({ namespace, app: 'api-domain', builds: ['v1', 'v2'] });
}

export function show(plane: Plane, { namespace }: SampleApp): Promise<Both> {
  return read(plane, namespace, 'api-domain');
}

/**
 * Runs a recipe with GitHub's own token and the rights of the Role that `istiops keyless` prints, and no other.
 *
 * @param environment of all its jobs, because `act` knows none
 */
export async function runRecipe(
  plane: Plane,
  recipe: string,
  app: SampleApp,
  scripts: StandIns | undefined,
  { environment, ...options }: Omit<WorkflowOptions, 'file'> & { readonly environment?: string },
): Promise<WorkflowRan> {
  await allowJobs(plane, app.namespace, environment === undefined ? {} : { environment });
  const job = plane.github.job({ environment });
  const ran = await runWorkflow(await actFor(plane, app), {
    ...options,
    file: join(RECIPES, recipe),
    repository: REPOSITORY,
    variables: { KUBE_SERVER: plane.server, KUBE_CA: Buffer.from(plane.ca).toString('base64') },
    env: { ...job.env, ...options.env },
    files: scripts?.files ?? {},
  });
  scripts?.check();
  expectNoToken(ran, job);
  return ran;
}

/** In what `act` prints, apart from how it was started. */
function expectNoToken(ran: WorkflowRan, { own, tokens }: Job): void {
  const text = JSON.stringify(ran);
  for (const secret of [own, ...tokens]) expect(text).not.toContain(secret);
}

/** No request failed, and the load was what it should be. */
export function expectNothingLost(report: LoadReport): void {
  const failures = report.windows.flatMap(({ streams }) =>
    Object.values(streams).flatMap(({ failures }) => failures.map(({ what, detail }) => `${what} ${detail}`)),
  );
  expect(failures.slice(0, 20)).toEqual([]);
  expect(failedOf(report)).toBe(0);
  const [first, last] = [report.windows[0]?.startedAt ?? 0, report.windows.at(-1)?.endedAt ?? 0];
  const sent = Object.values(answersOf(report, 'all')).reduce((sum, count) => sum + count, 0);
  expect((sent * 1000) / (last - first)).toBeGreaterThan(DEFAULT_RATE * 0.98);
}

/** Requests of people who know of no preview. */
export function everybody({ host }: SampleApp): Stream {
  return { name: 'all', host, rate: DEFAULT_RATE };
}

/** The event of a pull request, in the environment that its jobs use. */
export function pullRequest(
  action: string,
  sha: string,
  from = REPOSITORY,
  ref = '$(touch${IFS}x)"<!--',
): Omit<WorkflowOptions, 'file'> & { readonly environment: string } {
  return {
    environment: 'preview',
    event: 'pull_request',
    payload: {
      action,
      number: NUMBER,
      pull_request: {
        number: NUMBER,
        // The names that a contributor chooses are commands to a shell and to the runner.
        title: '`touch x`\n::error::title',
        head: { sha, ref, repo: { full_name: from } },
        base: { ref: 'main', repo: { full_name: REPOSITORY } },
      },
      repository: { full_name: REPOSITORY },
    },
  };
}
