import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { rowsIn, type NoteRow } from '../../src/github/note/row.ts';
import { startGitHub, type GitHubApi } from '../support/github-api.ts';
import { paths } from './plane/api.ts';
import { failedOf, startLoad } from './plane/load.ts';
import type { SampleApp } from './plane/sample-app.ts';
import { ask } from './plane/traffic.ts';
import { action, istiops, type Inputs, type Ran } from './support/doors.ts';
import { read, traces, type Both } from './support/objects.ts';
import { sharedPlane, WAIT, type Plane } from './support/plane.ts';

const COUNT = 50;
const BUILDS = Array.from({ length: COUNT }, (_, index) => `pr-${index + 1}`);

let plane: Plane;
let app: SampleApp;
let start: Both;

beforeAll(async () => {
  plane = await sharedPlane();
  const namespace = await plane.namespace('many');
  app = await plane.deployBuilds({ namespace, app: 'api', builds: ['v1', ...BUILDS] });
  start = await read(plane, namespace);
});

/** All of them at the same time, each for its own build. */
async function atOnce(run: (build: string, inputs: Inputs) => Promise<Ran>): Promise<readonly Ran[]> {
  return await Promise.all(
    BUILDS.map((build) =>
      run(build, {
        namespace: app.namespace,
        'label-selector': 'app=api',
        'pod-selector': `app=api,build=${build}`,
        'propagation-wait': WAIT,
      }),
    ),
  );
}

/** The job of a pull request, which keeps its comment and makes its deployment. */
async function jobOf(
  number: number,
  github: GitHubApi,
): Promise<{ readonly inputs: Inputs; readonly env: Readonly<Record<string, string>> }> {
  const event = join(plane.dir, `pull-request-${number}.json`);
  const head = { sha: String(number).padStart(40, '0'), repo: { full_name: 'octo/api' } };
  await writeFile(event, JSON.stringify({ pull_request: { number, head } }));
  return {
    inputs: { comment: 'true', deployment: `preview/pr-${number}`, 'github-token': 'ghs_none' },
    env: { GITHUB_API_URL: github.url, GITHUB_EVENT_PATH: event },
  };
}

/** Each comment's rows, by its pull request. */
function notesOf({ comments }: GitHubApi): readonly (readonly [string | undefined, readonly NoteRow[]])[] {
  return comments.map(({ issue, body }) => [issue, rowsIn(body)] as const);
}

/** For the comparison of one way of trying again with another. */
function measures(runs: readonly Ran[]): string {
  const times = runs.map(({ took }) => Math.round(took)).toSorted((a, b) => a - b);
  const conflicts = runs.map(
    ({ stdout, stderr }) => `${stdout}${stderr}`.split('Trying again on what is there now').length - 1,
  );
  const sum = conflicts.reduce((all, one) => all + one, 0);
  return `the slowest took ${times.at(-1)} ms, the middle one ${times[COUNT / 2]} ms; ${sum} conflicts, ${Math.max(...conflicts)} of one run`;
}

const failures = (runs: readonly Ran[]): readonly string[] =>
  runs.flatMap(({ code, stdout }) => (code === 0 ? [] : [stdout]));

test(
  `${COUNT} pull requests at once, while somebody else edits the same objects and requests go on`,
  { timeout: 240_000 },
  async () => {
    const { namespace, host } = app;
    await using github = await startGitHub();
    const load = await startLoad(plane, [{ name: 'all', host, rate: 50 }]);
    const before = await read(plane, namespace);
    let edits = 0;
    const over = new AbortController();
    const editor = (async () => {
      while (!over.signal.aborted) {
        edits += 1;
        const annotations = { 'team/edits': `${edits}` };
        await plane.api.patch(`${paths.virtualServices(namespace)}/api`, { metadata: { annotations } });
        await plane.api.patch(`${paths.destinationRules(namespace)}/api`, {
          metadata: { annotations },
          spec: { trafficPolicy: { connectionPool: { http: { maxRetries: edits } } } },
        });
        await sleep(300);
      }
    })();
    let runs: readonly Ran[];
    try {
      runs = await atOnce(async (build, inputs) => {
        const job = await jobOf(BUILDS.indexOf(build) + 1, github);
        const asked = { operation: 'headers', headers: `x-pr=${build}`, ...job.inputs };
        return action(plane, { ...inputs, ...asked }, { env: job.env });
      });
    } finally {
      over.abort();
      await editor;
    }
    const report = await load.stop();

    expect(failures(runs)).toEqual([]);
    expect(failedOf(report)).toBe(0);
    const { virtualService, destinationRule } = await read(plane, namespace);
    const previews = virtualService.spec.http?.slice(0, -1).map(({ name }) => name);
    expect(previews?.toSorted()).toEqual(BUILDS.map((build) => `istiops-api-${build}`).toSorted());
    expect(virtualService.spec.http?.at(-1)).toEqual(before.virtualService.spec.http?.at(-1));
    expect(destinationRule.spec.subsets).toHaveLength(COUNT + 1);
    // The editor's last word stands.
    expect(edits).toBeGreaterThan(5);
    for (const { metadata } of [virtualService, destinationRule])
      expect(metadata.annotations?.['team/edits']).toBe(`${edits}`);
    expect(destinationRule.spec).toMatchObject({
      trafficPolicy: { connectionPool: { http: { maxRetries: edits } } },
    });

    // Each has its own comment, with its own row, and its own deployment.
    expect(runs.filter(({ stdout }) => stdout.includes('on GitHub'))).toEqual([]);
    expect(new Map(notesOf(github).map(([issue, rows]) => [issue, rows.map(({ build }) => build)]))).toEqual(
      new Map(BUILDS.map((build, index) => [`${index + 1}`, [`api-${build}`]])),
    );
    expect(github.comments).toHaveLength(COUNT);
    expect(
      new Map(
        github.deployments.map(({ asked, statuses }) => [asked['environment'], statuses[0]?.['state']]),
      ),
    ).toEqual(new Map(BUILDS.map((build) => [`preview/${build}`, 'success'])));

    const reached = await Promise.all(
      BUILDS.map(async (build) => (await ask(plane, { host, headers: { 'x-pr': build } })).build),
    );
    expect(reached).toEqual(BUILDS);
    expect((await ask(plane, { host })).build).toBe('v1');
    console.log(`${COUNT} headers at once: ${measures(runs)}`);
  },
);

test(`${COUNT} rollbacks at once leave no trace`, { timeout: 240_000 }, async () => {
  const { namespace, host } = app;
  // What the editor of the test before has left, is not ours to take back.
  await plane.api.patch(`${paths.virtualServices(namespace)}/api`, {
    metadata: { annotations: { 'team/edits': null } },
  });
  await plane.api.patch(`${paths.destinationRules(namespace)}/api`, {
    metadata: { annotations: { 'team/edits': null } },
    spec: { trafficPolicy: null },
  });
  const runs = await atOnce((_, inputs) => istiops(plane, 'rollback', inputs));
  expect(failures(runs)).toEqual([]);
  expect(traces(await read(plane, namespace))).toEqual(traces(start));
  expect((await ask(plane, { host, headers: { 'x-pr': 'pr-1' } })).build).toBe('v1');
  console.log(`${COUNT} rollbacks at once: ${measures(runs)}`);
});
