/** What a person sees who clicks the link of a preview: in a browser with nothing installed. */
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBrowser, type LocalBrowser } from './support/browser.ts';
import { action, type Inputs } from './support/doors.ts';
import { startLoadBalancer, type LoadBalancer } from './support/load-balancer.ts';
import { read, traces } from './support/objects.ts';
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

  test('leads to the usual page once the preview is taken back, whoever still has its cookie', async () => {
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
