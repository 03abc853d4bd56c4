/** Ten jobs of one pull request, each with a service of its own, write one comment at once. */
import { expect, test } from 'vitest';
import { isList, isObject, type Json, type JsonObject } from '../../src/base/json.ts';
import { rowsIn } from '../../src/github/note/row.ts';
import { startServer } from '../support/api-server/server.ts';
import { startGitHub } from '../support/github-api.ts';
import { secretKubeconfig, OBJECTS } from '../support/process/cluster.ts';
import { runAction } from '../support/process/processes.ts';
import { serverOptions } from '../support/process/scenarios.ts';

const SERVICES = Array.from({ length: 10 }, (_, index) => `service-${index}`);

/** The objects of the scenarios under another name. */
function objectsOf(service: string): readonly JsonObject[] {
  const renamed = (value: Json | undefined): Json | undefined => {
    if (typeof value === 'string') return value.replace(/^api(?:[.-]domain)?(?=$|[.-])/, service);
    if (isList(value)) return value.map((one) => renamed(one) ?? null);
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, renamed(one)]));
  };
  return OBJECTS.map((object) => renamed(object) as JsonObject);
}

test('there is one comment, and no row is missing', async () => {
  await using github = await startGitHub();
  await using server = await startServer(serverOptions({ objects: SERVICES.flatMap(objectsOf) }));
  const head = { sha: 'c'.repeat(40), repo: { full_name: 'shop/api' } };
  const around = {
    env: { GITHUB_API_URL: github.url, GITHUB_EVENT_PATH: '~/event.json' },
    files: { 'event.json': JSON.stringify({ pull_request: { number: 7, head } }) },
  };
  const all = async (inputs: Readonly<Record<string, string>>): Promise<void> => {
    const ended = await Promise.all(
      SERVICES.map((service) =>
        runAction(
          {
            kubeconfig: secretKubeconfig(server),
            'label-selector': `app=${service}`,
            'pod-selector': `app=${service},build=PR-10`,
            'propagation-wait': '0s',
            comment: 'true',
            'github-token': 'ghs_0123456789abcdef',
            ...inputs,
          },
          around,
        ),
      ),
    );
    expect(
      ended.flatMap(({ code, stdout }) => (code === 0 && !stdout.includes('on GitHub') ? [] : [stdout])),
    ).toEqual([]);
  };
  const rows = (): unknown =>
    github.comments.map(({ body }) => rowsIn(body).map(({ host, requests }) => [host, requests]));

  await all({ operation: 'headers', headers: 'x-pr=7' });
  expect(rows()).toEqual([SERVICES.map((service) => [`${service}.io`, 'x-pr: 7'])]);
  await all({ operation: 'rollback' });
  expect(rows()).toEqual([SERVICES.map((service) => [`${service}.io`, null])]);
});
