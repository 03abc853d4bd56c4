/** A link, and a preview of several services, through the doors: what a job's next steps and a person get of it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runAction, runCli } from '../support/process/processes.ts';

const SERVICES = join(import.meta.dirname, '..', '..', 'examples', 'three-services');
const LINK = 'https://shop.example.com/.preview/pr-11';

/** The manifests of three services, of which two have a preview of pull request 10. */
const files = Object.fromEntries(
  readdirSync(SERVICES).map((name) => [`istio/${name}`, readFileSync(join(SERVICES, name), 'utf8')]),
);

const COMMON = { namespace: 'shop', manifests: 'istio' };
const HEADERS = {
  ...COMMON,
  'label-selector': 'app=web',
  'pod-selector': 'app=web,build=pr-11',
  cookies: 'preview=pr-11',
  baggage: 'preview=pr-11',
};
const FOLLOW = {
  ...COMMON,
  headers: 'cookie=preview=pr-10',
  follow: 'web -> orders -> stock',
};
const REQUEST = 'https://shop.example.com/cart';
const CHAIN = 'web: 100 % web-pr-10 → orders: 100 % orders-pr-10 → stock: 100 % stable';

function flags(inputs: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(inputs).flatMap(([name, value]) => [`--${name}`, value]);
}

describe('the Action', () => {
  test('gives the address of a link to the next step, and to who reads the summary', async () => {
    const { code, outputs, summary, stdout } = await runAction(
      { ...HEADERS, operation: 'headers', link: 'true', bridge: 'true' },
      { files },
    );
    expect(code, stdout).toBe(0);
    expect(outputs['preview-url']).toBe(LINK);
    expect(outputs['diff']).toContain('+        - uri:\n+            exact: /.preview/pr-11');
    expect(summary).toContain(`[${LINK}](${LINK})`);
    expect(summary).toContain(
      '[https://shop.example.com/.preview/off](https://shop.example.com/.preview/off)',
    );
  });

  test('gives none where there is no link', async () => {
    const { code, outputs, summary } = await runAction({ ...HEADERS, operation: 'headers' }, { files });
    expect([code, outputs['preview-url']]).toEqual([0, '']);
    expect(summary).not.toContain('/.preview/pr-11');
  });

  test('follows a request on', async () => {
    const { code, outputs, summary, stdout } = await runAction(
      { ...FOLLOW, operation: 'explain', requests: REQUEST },
      { files },
    );
    expect(code, stdout).toBe(0);
    expect(summary).toContain(CHAIN);
    const [explained] = JSON.parse(outputs['explanations'] ?? '[]') as readonly {
      readonly followed: { readonly hops: readonly { readonly service: string }[] };
    }[];
    expect(explained?.followed.hops.map(({ service }) => service)).toEqual(['orders', 'stock']);
  });

  test('names the link in show', async () => {
    const { code, summary } = await runAction({ ...COMMON, operation: 'show' }, { files });
    expect(code).toBe(0);
    expect(summary).toContain('](https://shop.example.com/.preview/pr-10)');
  });
});

describe('the command line', () => {
  test('prints the address of a link', async () => {
    const args = ['traffic', 'headers', ...flags(HEADERS), '--link', '--bridge'];
    const { code, stdout, stderr } = await runCli(args, { files });
    expect(code, stderr).toBe(0);
    expect(stdout).toContain(`\n  ${LINK}\n`);
    const json = await runCli([...args, '--output', 'json'], { files });
    expect(JSON.parse(json.stdout)).toMatchObject({ changed: true, previewUrl: LINK });
  });

  test('follows a request on', async () => {
    const args = ['traffic', 'explain', ...flags(FOLLOW), '--request', REQUEST];
    const { code, stdout, stderr } = await runCli(args, { files });
    expect(code, stderr).toBe(0);
    expect(stdout.split('\n')[0]).toContain(CHAIN);
  });

  test('names the link in show', async () => {
    const { code, stdout } = await runCli(['traffic', 'show', ...flags(COMMON)], { files });
    expect(code).toBe(0);
    expect(stdout).toContain('shop/web  web-pr-10, https://shop.example.com/.preview/pr-10');
    const json = await runCli(['traffic', 'show', ...flags(COMMON), '--output', 'json'], { files });
    const { previews } = JSON.parse(json.stdout) as {
      readonly previews: readonly { readonly parts: readonly { readonly link: string | null }[] }[];
    };
    expect(previews.flatMap(({ parts }) => parts.map(({ link }) => link))).toEqual([
      null,
      'https://shop.example.com/.preview/pr-10',
    ]);
  });
});
