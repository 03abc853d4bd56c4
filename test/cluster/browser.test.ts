/** What a person sees who clicks the link of a preview: in a browser with nothing installed. */
import fc from 'fast-check';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Route } from '../../src/istio/types.ts';
import type { Explanation } from '../../src/plan/explanation.ts';
import { paths } from './plane/api.ts';
import { until } from './plane/processes.ts';
import { SERVICE_PORTS } from './plane/sample-manifests.ts';
import { ask } from './plane/traffic.ts';
import { openBrowser, type LocalBrowser } from './support/browser.ts';
import { action, istiops, type Inputs } from './support/doors.ts';
import { followWorlds, matchingRoutes } from './support/follow-worlds.ts';
import { startLoadBalancer, type LoadBalancer } from './support/load-balancer.ts';
import { edit, read, traces } from './support/objects.ts';
import { sharedPlane, WAIT, type Plane } from './support/plane.ts';
import { deployTwoServices, type TwoServices } from './support/two-services.ts';

const HOST = 'shop.example.com';
/** Another site, which the link is on: browsers are strict about cookies then. */
const PULL_REQUEST = 'https://pull-requests.example.org/10';

let plane: Plane;
let services: TwoServices;
let balancer: LoadBalancer | undefined;
let local: LocalBrowser | undefined;

beforeAll(async () => {
  plane = await sharedPlane();
  services = await deployTwoServices(plane, { host: HOST, builds: ['stable', 'pr-10'] });
  balancer = await startLoadBalancer(plane.gateway.http.port, [HOST, new URL(PULL_REQUEST).host]);
  local = await openBrowser(balancer.port);
});

afterAll(async () => {
  await local?.close();
  await balancer?.close();
});

async function run(inputs: Inputs): Promise<Readonly<Record<string, string>>> {
  const ran = await action(plane, { namespace: services.namespace, 'propagation-wait': WAIT, ...inputs });
  expect(ran.code, ran.stdout).toBe(0);
  return ran.outputs;
}

/** A person with a browser of their own. */
async function person(): Promise<BrowserContext> {
  if (local === undefined) throw new Error('There is no browser.');
  // The certificate is of an authority that no browser knows.
  return await local.browser.newContext({ ignoreHTTPSErrors: true });
}

/** The builds that a page says have answered. */
async function buildsOn(page: Page): Promise<Readonly<Record<string, string>>> {
  const found = await page.locator('[data-app]').all();
  return Object.fromEntries(
    await Promise.all(
      found.map(async (one) => [(await one.getAttribute('data-app')) ?? '', (await one.textContent()) ?? '']),
    ),
  ) as Record<string, string>;
}

/** Opens the page of the pull request, with this link on it, and clicks. */
async function clickIn(page: Page, url: string): Promise<void> {
  await page.route(PULL_REQUEST, async (route) => {
    await route.fulfill({ contentType: 'text/html', body: `<a href="${url}">Preview</a>` });
  });
  await page.goto(PULL_REQUEST);
  await Promise.all([page.waitForURL(`https://${HOST}/**`), page.click('a')]);
}

describe('a link in a pull request', () => {
  const STABLE = { web: 'stable', orders: 'stable' };
  const PREVIEW = { web: 'pr-10', orders: 'pr-10' };
  let link = '';

  test('opens the preview of two services, by one click', async () => {
    const shared = { operation: 'headers', baggage: 'preview=pr-10' };
    const outputs = await run({
      ...shared,
      'label-selector': 'app=web',
      'pod-selector': 'app=web,build=pr-10',
      cookies: 'preview=pr-10',
      link: 'true',
      'link-host': `https://${HOST}`,
      bridge: 'true',
    });
    await run({ ...shared, 'label-selector': 'app=orders', 'pod-selector': 'app=orders,build=pr-10' });
    link = outputs['preview-url'] ?? '';
    expect(link).toBe(`https://${HOST}/.preview/pr-10`);

    const visitor = await person();
    const page = await visitor.newPage();
    await page.goto(`https://${HOST}/`);
    expect(await buildsOn(page)).toEqual(STABLE);
    await clickIn(page, link);
    expect(page.url()).toBe(`https://${HOST}/`);
    expect(await buildsOn(page)).toEqual(PREVIEW);
    // It holds for the rest of the site, and for what scripts of the page ask.
    await page.goto(`https://${HOST}/cart?page=2`);
    expect(await buildsOn(page)).toEqual(PREVIEW);
    const asked = await page.evaluate(async () => (await fetch('/api')).headers.get('x-build'));
    expect(asked).toBe('pr-10');
    const cookies = await visitor.cookies();
    expect(cookies).toEqual([
      expect.objectContaining({
        name: 'preview',
        value: 'pr-10',
        httpOnly: true,
        secure: true,
        sameSite: 'Lax',
      }),
    ]);
    await visitor.close();
  });

  test('is of nobody else, and /.preview/off ends it', async () => {
    const [mia, ben] = [await person(), await person()];
    const page = await mia.newPage();
    await clickIn(page, link);
    expect(await buildsOn(page)).toEqual(PREVIEW);
    const other = await ben.newPage();
    await other.goto(`https://${HOST}/`);
    expect(await buildsOn(other)).toEqual(STABLE);

    await page.goto(`https://${HOST}/.preview/off`);
    expect(page.url()).toBe(`https://${HOST}/`);
    expect(await buildsOn(page)).toEqual(STABLE);
    expect(await mia.cookies()).toEqual([]);
    await Promise.all([mia.close(), ben.close()]);
  });

  test('shows the usual page once the preview is taken back, whoever still has its cookie', async () => {
    const visitor = await person();
    const page = await visitor.newPage();
    await clickIn(page, link);
    expect(await buildsOn(page)).toEqual(PREVIEW);
    // As it was made, and without a selection: both services.
    await run({ operation: 'rollback', cookies: 'preview=pr-10', baggage: 'preview=pr-10', bridge: 'true' });
    await page.reload();
    expect(await buildsOn(page)).toEqual(STABLE);
    await page.goto(link);
    expect(await buildsOn(page)).toEqual(STABLE);
    for (const app of ['web', 'orders'])
      expect(JSON.stringify(traces(await read(plane, services.namespace, app)))).not.toContain('pr-10');
    await visitor.close();
  });
});

describe('explain, following a request', () => {
  const BUILDS = ['stable', 'pr-10'] as const;
  /** Several, so that both destinations of a split are seen nearly always; what isn't, isn't compared. */
  const REQUESTS = 6;

  interface Observed {
    readonly web: string;
    readonly orders: string;
    readonly headers: Readonly<Record<string, string>>;
  }

  /** Header lines are joined with a comma by Envoy, and by the application with a blank besides. */
  const plain = (text: string): string => text.replaceAll(/, */g, ',');

  async function observed(headers: Readonly<Record<string, string>>): Promise<Observed> {
    const { seen } = await ask(plane, { host: HOST, headers });
    const got = seen?.next?.headers ?? {};
    const passed = ['baggage', 'tracestate'].flatMap((name) => {
      const value = got[name];
      return typeof value === 'string' ? [[name, plain(value)] as const] : [];
    });
    return {
      web: seen?.build ?? '',
      orders: seen?.next?.build ?? '',
      headers: Object.fromEntries(passed),
    };
  }

  async function explainedWays(headers: Readonly<Record<string, string>>): Promise<readonly Observed[]> {
    const ran = await istiops(plane, 'explain', {
      namespace: services.namespace,
      'label-selector': 'app=web',
      request: `http://${HOST}:${plane.gateway.http.port}/`,
      ...(Object.keys(headers).length > 0 && {
        headers: Object.entries(headers)
          .map(([name, value]) => `${name}="${value}"`)
          .join(','),
      }),
      follow: `${HOST} -> http://${services.orders.host}/`,
    });
    expect(ran.code, ran.stdout + ran.stderr).toBe(0);
    const { explanations } = JSON.parse(ran.stdout) as { readonly explanations: readonly Explanation[] };
    return (explanations[0]?.followed?.hops[0]?.ways ?? []).flatMap(({ from, request, result }) =>
      from.map((web) => ({
        web,
        orders: result.kind === 'route' ? (result.route.name ?? '') : result.kind,
        headers: Object.fromEntries(
          Object.entries(request.headers).map(([name, value]) => [name, plain(value)] as const),
        ),
      })),
    );
  }

  test('and Envoy agree on every build and header of the next service', { timeout: 300_000 }, async () => {
    const { namespace, web, orders } = services;
    const routes = matchingRoutes(orders.host, SERVICE_PORTS.http, BUILDS);
    await edit(plane, `${paths.virtualServices(namespace)}/orders`, (spec) => ({ ...spec, http: routes }));
    for (const app of ['web', 'orders']) {
      await edit(plane, `${paths.destinationRules(namespace)}/${app}`, (spec) => ({
        ...spec,
        subsets: BUILDS.map((name) => ({ name, labels: { build: name } })),
      }));
    }
    const seed = Number(process.env['FOLLOW_SEED'] ?? Date.now() % 2 ** 31);
    const worlds = fc.sample(followWorlds(web.host, SERVICE_PORTS.http, BUILDS), { seed, numRuns: 12 });
    for (const [round, { route, headers }] of worlds.entries()) {
      const path = `${paths.virtualServices(namespace)}/web`;
      const marker = {
        name: 'marker',
        match: [{ uri: { exact: `/round-${round}` } }],
        directResponse: { status: 418 },
      };
      await edit(plane, path, (spec) => ({ ...spec, http: [marker, route] }));
      await until(
        'the gateway has the routes',
        async () => (await ask(plane, { host: HOST, path: `/round-${round}` })).status === 418,
      );
      const ways = await explainedWays(headers);
      const told = ways.map(({ orders: name, ...way }) => ({ ...way, orders: buildOf(routes, name) }));
      for (let i = 0; i < REQUESTS; i += 1) {
        const got = await observed(headers);
        expect(told, JSON.stringify({ seed, route, headers, got })).toContainEqual(got);
      }
    }
  });
});

/** The subset that a route sends to, which is called as its build is. */
function buildOf(routes: readonly Route[], name: string): string {
  return routes.find((route) => route.name === name)?.route?.[0]?.destination.subset ?? name;
}
