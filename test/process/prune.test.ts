/** Five hundred previews of ten repositories, of which it is known what becomes of each. */
import { expect, test } from 'vitest';
import { isObject, type JsonObject } from '../../src/base/json.ts';
import { startServer, type FakeServer } from '../support/api-server/server.ts';
import { startGitHub, type GitHubApi } from '../support/github-api.ts';
import { secretKubeconfig } from '../support/process/cluster.ts';
import { runAction, type Ended } from '../support/process/processes.ts';
import { serverOptions } from '../support/process/scenarios.ts';

const REPOSITORIES = Array.from({ length: 10 }, (_, index) => `octo-org/service-${index}`);
/** The token does not see it. */
const HIDDEN = 'octo-org/service-9';
/** It has more open pull requests than a page, most of which have no preview. */
const BUSY = 'octo-org/service-0';
const IN_EACH = 50;
const SERVICES = ['api', 'orders', 'stock', 'mail', 'search'];

const PAST = '2020-01-01T00:00:00.000Z';
const FUTURE = '2999-01-01T00:00:00.000Z';

/** What becomes of a preview; null: it stays. */
type Reason = 'pull-request-closed' | 'expired' | 'no-ready-pod' | null;

interface Planted {
  readonly service: string;
  readonly subset: string;
  readonly owner: JsonObject | null;
  readonly isReady: boolean;
  readonly isOpen: boolean;
  readonly reason: Reason;
}

const KINDS: readonly ((
  isSeen: boolean,
) => Pick<Planted, 'isOpen' | 'isReady' | 'reason'> & { expires?: string })[] = [
  () => ({ isOpen: true, isReady: true, reason: null }),
  (isSeen) => ({ isOpen: false, isReady: true, reason: isSeen ? 'pull-request-closed' : null }),
  () => ({ isOpen: true, isReady: true, reason: 'expired', expires: PAST }),
  () => ({ isOpen: true, isReady: false, reason: 'no-ready-pod' }),
  (isSeen) => ({
    isOpen: false,
    isReady: true,
    reason: isSeen ? 'pull-request-closed' : null,
    expires: FUTURE,
  }),
];

const PLANTED: readonly Planted[] = REPOSITORIES.flatMap((repository, place) =>
  Array.from({ length: IN_EACH }, (_, index): Planted => {
    const number = index + 1;
    const { expires, ...rest } = KINDS[index % KINDS.length]?.(repository !== HIDDEN) ?? {
      isOpen: true,
      isReady: true,
      reason: null,
    };
    const named = {
      service: SERVICES[(place + index) % SERVICES.length] ?? '',
      subset: `pr-${place}-${number}`,
    };
    // Somebody made the last one by hand.
    if (number === IN_EACH) return { ...named, ...rest, owner: null, reason: null };
    const owner = { repository, pullRequest: number, made: PAST, ...(expires !== undefined && { expires }) };
    return { ...named, ...rest, owner };
  }),
);

function objectsOf(service: string): readonly JsonObject[] {
  const own = PLANTED.filter((one) => one.service === service);
  const labels = { app: service };
  const podLabels = (build: string): JsonObject => ({ app: service, build });
  const [metadata, host] = [{ name: service, labels }, `${service}.shop.example.com`];
  const to = (subset: string): JsonObject => ({ destination: { host, subset } });
  const pod = (build: string, isReady: boolean): JsonObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `${service}-${build}`, labels: podLabels(build) },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }] },
  });
  return [
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'VirtualService',
      metadata: {
        ...metadata,
        annotations: {
          'istiops/previews': JSON.stringify(
            Object.fromEntries(own.flatMap(({ subset, owner }) => (owner === null ? [] : [[subset, owner]]))),
          ),
        },
      },
      spec: {
        hosts: [host],
        http: [
          ...own.map(({ subset }) => ({
            name: `istiops-${subset}`,
            match: [{ headers: { 'x-pr': { exact: subset } } }],
            route: [to(subset)],
          })),
          { route: [to('stable')] },
        ],
      },
    },
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'DestinationRule',
      metadata: {
        ...metadata,
        annotations: { 'istiops/subsets': JSON.stringify(own.map(({ subset }) => subset)) },
      },
      spec: {
        host,
        subsets: ['stable', ...own.map(({ subset }) => subset)].map((name) => ({
          name,
          labels: podLabels(name),
        })),
      },
    },
    {
      apiVersion: 'networking.istio.io/v1',
      kind: 'ServiceEntry',
      metadata,
      spec: { hosts: [host], ports: [{ number: 80, name: 'http', protocol: 'HTTP' }], resolution: 'STATIC' },
    },
    pod('stable', true),
    ...own.map(({ subset, isReady }) => pod(subset, isReady)),
  ];
}

function plantPulls(github: GitHubApi): void {
  for (const [place, repository] of REPOSITORIES.entries()) {
    if (repository === HIDDEN) continue;
    const own = PLANTED.filter(({ subset }) => subset.startsWith(`pr-${place}-`));
    const open = own.flatMap(({ isOpen, owner }) =>
      isOpen && owner !== null ? [Number(owner['pullRequest'])] : [],
    );
    const more = repository === BUSY ? Array.from({ length: 150 }, (_, index) => 1_000 + index) : [];
    // The oldest first, as GitHub is asked for them: those with previews are on the second page.
    github.pulls[repository] = [...more, ...open];
  }
}

const byText = (some: readonly string[]): readonly string[] => some.toSorted();

function prunedIn({ outputs }: Ended): readonly string[] {
  const pruned = JSON.parse(outputs['pruned'] ?? '[]') as readonly Readonly<Record<string, unknown>>[];
  return byText(pruned.map(({ subset, reason }) => `${String(subset)}: ${String(reason)}`));
}

function previewsIn(server: FakeServer): readonly string[] {
  return byText(
    SERVICES.flatMap((service) => {
      const spec = server.objects.find('VirtualService', 'default', service)?.['spec'];
      const routes = isObject(spec) && Array.isArray(spec['http']) ? (spec['http'] as JsonObject[]) : [];
      return routes.flatMap(({ name }) => (typeof name === 'string' ? [name.replace('istiops-', '')] : []));
    }),
  );
}

test(
  'each of 500 previews goes or stays as it was planted, with two calls to GitHub for each repository',
  { timeout: 240_000 },
  async () => {
    await using github = await startGitHub();
    plantPulls(github);
    await using server = await startServer(serverOptions({ objects: SERVICES.flatMap(objectsOf) }));
    const inputs = {
      kubeconfig: secretKubeconfig(server),
      operation: 'prune',
      'github-token': 'ghs_0123456789abcdef',
      'propagation-wait': '0s',
    };
    const around = { env: { GITHUB_API_URL: github.url } };
    const most = 2 * REPOSITORIES.length + 4;
    const gone = byText(
      PLANTED.flatMap(({ subset, reason }) => (reason === null ? [] : [`${subset}: ${reason}`])),
    );
    const all = byText(PLANTED.map(({ subset }) => subset));

    const trial = await runAction({ ...inputs, 'dry-run': 'true' }, around);
    expect(trial.code, trial.stdout.slice(-2_000)).toBe(0);
    expect(prunedIn(trial)).toEqual(gone);
    expect(github.calls.length).toBeLessThanOrEqual(most);
    expect(previewsIn(server)).toEqual(all);

    github.calls.length = 0;
    const done = await runAction(inputs, around);
    expect(done.code, done.stdout.slice(-2_000)).toBe(0);
    expect(prunedIn(done)).toEqual(gone);
    expect(github.calls.length).toBeLessThanOrEqual(most);
    expect(previewsIn(server)).toEqual(
      byText(PLANTED.flatMap(({ subset, reason }) => (reason === null ? [subset] : []))),
    );
    // What stays though nobody knows whose it is, is said.
    expect(done.stdout).toContain(`of pull request ${HIDDEN}#`);
    expect(done.stdout).toContain('has no record of whose it is');

    // Nothing is left to do.
    const again = await runAction(inputs, around);
    expect(again.outputs, again.stdout.slice(-2_000)).toMatchObject({ changed: 'false', pruned: '[]' });
  },
);

test('where GitHub does not say which pull requests are open, every preview stays, and what to grant is said', async () => {
  await using github = await startGitHub();
  plantPulls(github);
  github.faults.push({
    pattern: /pulls/,
    fault: { status: 403, message: 'Resource not accessible by integration' },
  });
  await using server = await startServer(serverOptions({ objects: SERVICES.flatMap(objectsOf) }));
  const inputs = {
    kubeconfig: secretKubeconfig(server),
    operation: 'prune',
    'github-token': 'ghs_0123456789abcdef',
  };
  const ended = await runAction(inputs, { env: { GITHUB_API_URL: github.url } });
  expect(ended.outputs).toMatchObject({ changed: 'false', 'failure-reason': 'forbidden' });
  expect(ended.stdout).toMatch(
    /403: Resource not accessible by integration\. Which pull requests are open is not known, so every preview stays and nothing was changed\. The token needs `permissions: pull-requests: read`/,
  );
  expect(server.requests.some(({ verb }) => verb === 'PUT')).toBe(false);
});
