/** What a person sees who clicks the link of a preview: a browser, on a real control and data plane. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { boot, type Plane } from '../../test/cluster/plane/plane.ts';
import { openBrowser } from '../../test/cluster/support/browser.ts';
import { startLoadBalancer } from '../../test/cluster/support/load-balancer.ts';
import { deployTwoServices } from '../../test/cluster/support/two-services.ts';
import { runAction } from '../runner/run-action.ts';

export const NAME = 'preview-link';
const HOST = 'shop.example.com';
const WIDTH = 640;

/** One step of the visit. */
interface Step {
  readonly caption: string;
  /** What is opened; the browser may end up elsewhere. */
  readonly url: string;
}

const STEPS: readonly Step[] = [
  { caption: 'Everybody', url: `https://${HOST}/` },
  { caption: `A click on https://${HOST}/.preview/pr-10`, url: `https://${HOST}/.preview/pr-10` },
  { caption: `https://${HOST}/.preview/off ends it`, url: `https://${HOST}/.preview/off` },
];

/** @param pngOf the file of a theme's picture */
export async function takeLinkPictures(pngOf: (theme: 'light' | 'dark') => string): Promise<void> {
  const plane = await boot({ log: console.error });
  try {
    const { namespace } = await deployTwoServices(plane, { host: HOST, builds: ['stable', 'pr-10'] });
    await makePreview(plane, namespace);
    const balancer = await startLoadBalancer(plane.gateway.http.port, [HOST]);
    const local = await openBrowser(balancer.port);
    try {
      for (const theme of ['light', 'dark'] as const) await visit(local.browser, theme, pngOf(theme));
    } finally {
      await local.close();
      await balancer.close();
    }
  } finally {
    await plane.stop();
  }
}

async function makePreview(plane: Plane, namespace: string): Promise<void> {
  const shared = { operation: 'headers', namespace, baggage: 'preview=pr-10', 'propagation-wait': '1s' };
  const web = { cookies: 'preview=pr-10', link: 'true', 'link-host': `https://${HOST}`, bridge: 'true' };
  process.env['KUBECONFIG'] = plane.kubeconfig;
  const cwd = mkdtempSync(join(tmpdir(), 'istiops-pictures-'));
  try {
    for (const [app, more] of [
      ['web', web],
      ['orders', {}],
    ] as const) {
      const inputs = {
        ...shared,
        ...more,
        'label-selector': `app=${app}`,
        'pod-selector': `app=${app},build=pr-10`,
      };
      const log: string[] = [];
      const { exitCode } = await runAction(new Map(Object.entries(inputs)), {
        cwd,
        onLine: (line) => log.push(line),
      });
      if (exitCode !== 0) throw new Error(`The preview of ${app} failed:\n${log.join('\n')}`);
    }
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

/** Each step as the browser shows it, below each other. */
async function visit(browser: Browser, theme: 'light' | 'dark', png: string): Promise<void> {
  const context = await browser.newContext({
    ignoreHTTPSErrors: true,
    colorScheme: theme,
    deviceScaleFactor: 2,
    viewport: { width: WIDTH, height: 156 },
  });
  const page = await context.newPage();
  const shown: string[] = [];
  for (const { caption, url } of STEPS) {
    await page.goto(url);
    const image = (await page.screenshot()).toString('base64');
    shown.push(windowOf(caption, page.url(), image));
  }
  await page.setContent(pageOf(theme, shown.join('')));
  await shoot(page, png);
  await context.close();
}

async function shoot(page: Page, png: string): Promise<void> {
  writeFileSync(png, await page.locator('main').screenshot());
}

function windowOf(caption: string, url: string, image: string): string {
  return `<p>${caption}</p><figure><header><i></i><i></i><i></i><b>${url}</b></header><img src="data:image/png;base64,${image}" width="${WIDTH}"></figure>`;
}

function pageOf(theme: 'light' | 'dark', windows: string): string {
  const [ground, text, line, bar] =
    theme === 'light'
      ? ['#ffffff', '#1f2328', '#d1d9e0', '#f6f8fa']
      : ['#0d1117', '#f0f6fc', '#3d444d', '#151b23'];
  return `<!doctype html><style>
body { margin: 0; background: ${ground}; color: ${text}; font: 15px/1.5 sans-serif }
main { display: inline-block; padding: 8px 16px 16px }
p { margin: 14px 0 6px }
figure { margin: 0; border: 1px solid ${line}; border-radius: 8px; overflow: hidden }
header { background: ${bar}; border-bottom: 1px solid ${line}; padding: 8px 12px; display: flex; gap: 6px; align-items: center }
i { width: 10px; height: 10px; border-radius: 50%; background: ${line} }
b { font-weight: normal; border: 1px solid ${line}; border-radius: 12px; padding: 1px 12px; margin-left: 10px; flex: 1; background: ${ground} }
img { display: block }
</style><main>${windows}</main>`;
}
