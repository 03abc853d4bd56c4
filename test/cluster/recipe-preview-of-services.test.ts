import { beforeAll, describe, expect, test } from 'vitest';
import { failedOf, startLoad } from './plane/load.ts';
import type { SampleApp } from './plane/sample-app.ts';
import { ask } from './plane/traffic.ts';
import { DEFAULT_RATE } from './support/cycles.ts';
import { read, traces, type Both } from './support/objects.ts';
import { sharedPlane, type Plane } from './support/plane.ts';
import { pullRequest, REPOSITORY, runRecipe } from './support/recipes.ts';
import { standIns, type StandIns } from './support/stand-ins.ts';

let plane: Plane;

beforeAll(async () => {
  plane = await sharedPlane();
});

describe('preview-of-entry.yml and preview-of-services.yml', () => {
  test('one preview of three services of two repositories: a link, then baggage; closed, no trace is left', async () => {
    const namespace = await plane.namespace('recipe');
    const apps = await Promise.all(
      ['web', 'orders', 'stock'].map((app) => plane.deployBuilds({ namespace, app, builds: ['v1'] })),
    );
    const [web, orders, stock] = apps;
    if (web === undefined || orders === undefined || stock === undefined) throw new Error('No services.');
    const traffic = async (): Promise<readonly Both[]> =>
      Promise.all(apps.map(({ name }) => read(plane, namespace, name)));
    const start = await traffic();
    const scriptsOf = (services: readonly SampleApp[]): Promise<StandIns> =>
      standIns({
        'deploy.sh': async (words) => {
          const [build = '', preview = ''] = words.split(' ');
          await Promise.all(services.map((app) => app.add(build, { labels: { preview } })));
          return 'done';
        },
        'scale-down.sh': async () => {
          await Promise.all(services.map((app) => app.remove(BUILD)));
          return 'done';
        },
      });
    const BUILD = 'a'.repeat(40);
    const opened = pullRequest('opened', BUILD, REPOSITORY, 'topic');
    const closing = pullRequest('closed', BUILD, REPOSITORY, 'topic');
    await using front = await scriptsOf([web]);
    await using back = await scriptsOf([orders, stock]);
    const load = await startLoad(
      plane,
      apps.map(({ name, host }) => ({ name, host, rate: DEFAULT_RATE / 3 })),
    );

    const entry = await runRecipe(plane, 'preview-of-entry.yml', web, front, opened);
    expect(entry.jobs, entry.log).toEqual({ preview: 'success', 'clean-up': 'skipped' });
    const behind = await runRecipe(plane, 'preview-of-services.yml', orders, back, opened);
    expect(behind.jobs, behind.log).toEqual({ preview: 'success', 'clean-up': 'skipped' });

    const clicked = await ask(plane, { host: web.host, path: '/.preview/topic' });
    expect(clicked.headers['set-cookie']).toEqual([expect.stringMatching(/^preview=topic;/)]);
    const entered = await ask(plane, { host: web.host, headers: { cookie: 'preview=topic' } });
    expect([entered.build, entered.seen?.headers['baggage']]).toEqual([BUILD, 'preview=topic']);
    const headers = { baggage: 'preview=topic' };
    for (const { host } of [orders, stock]) {
      expect((await ask(plane, { host, headers })).build).toBe(BUILD);
      expect((await ask(plane, { host })).build).toBe('v1');
    }

    // Each repository takes back what is its own.
    const closedBehind = await runRecipe(plane, 'preview-of-services.yml', orders, back, closing);
    expect(closedBehind.jobs, closedBehind.log).toEqual({ preview: 'skipped', 'clean-up': 'success' });
    expect((await ask(plane, { host: web.host, headers: { cookie: 'preview=topic' } })).build).toBe(BUILD);
    const closed = await runRecipe(plane, 'preview-of-entry.yml', web, front, closing);
    expect(closed.jobs, closed.log).toEqual({ preview: 'skipped', 'clean-up': 'success' });

    const report = await load.stop();
    expect(failedOf(report)).toBe(0);
    expect(back.calls).toEqual([
      `deploy.sh ${BUILD} topic`,
      'scale-down.sh app in (orders,stock),preview=topic',
    ]);
    expect((await traffic()).map(traces)).toEqual(start.map(traces));
  });
});
