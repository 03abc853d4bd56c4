import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../support/examples.ts';
import { anchorsOf, PAGES, proseOf, readPage, type Page } from '../support/pages.ts';

const OTHERS = ['CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', 'llms.txt', 'test/cluster/plane/README.md'];

/** Where the links and pictures of a page point to, but for other sites. */
function targetsOf(page: Page): readonly string[] {
  const prose = proseOf(page);
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  const pictures = [...prose.matchAll(/(?:src|srcset)="([^"]+)"/g)].map(([, target = '']) => target);
  return [...links, ...pictures].filter((target) => !/^[a-z]+:/.test(target));
}

/** A sentence, where the link goes nowhere. */
function faultOf({ path }: Page, target: string): string | undefined {
  const [file = '', anchor] = target.split('#');
  const to = file === '' ? path : relative(ROOT, join(ROOT, dirname(path), file));
  if (!existsSync(join(ROOT, to))) return `${path}: there is no ${to}.`;
  if (anchor === undefined || anchorsOf(readPage(to)).has(anchor)) return undefined;
  return `${path}: ${to} has no heading for #${anchor}.`;
}

describe('links', () => {
  test.for([...PAGES, ...OTHERS.map(readPage)])('of $path go somewhere', (page) => {
    const faults = targetsOf(page).flatMap((target) => faultOf(page, target) ?? []);
    expect(faults).toEqual([]);
  });

  test('a heading twice, with code and punctuation, has the anchors that GitHub makes', () => {
    const text = "# The `a`: it doesn't work\n\n## Twice\n\n```sh\n# no heading\n```\n\n## Twice\n";
    expect([...anchorsOf({ path: 'page.md', text })]).toEqual(['the-a-it-doesnt-work', 'twice', 'twice-1']);
  });
});

describe('what lists the pages', () => {
  const names = PAGES.map(({ path }) => path).filter((path) => path !== 'README.md');

  test.for(['README.md', 'docs/README.md', 'llms.txt'])('%s lists all of them', (path) => {
    const page = readPage(path);
    const listed = targetsOf(page).map((target) => join(dirname(path), target.split('#')[0] ?? ''));
    const missing = names.filter((name) => name !== path && !listed.includes(name));
    expect(missing).toEqual([]);
  });

  test('every picture is on a page', () => {
    const shown = PAGES.flatMap((page) => targetsOf(page).map((target) => join(dirname(page.path), target)));
    const pictures = readdirSync(join(ROOT, 'docs', 'pictures')).map((name) => `docs/pictures/${name}`);
    expect(pictures.filter((picture) => !shown.includes(picture))).toEqual([]);
  });

  test('README.md is the first five minutes, and begins with the two commands', () => {
    const lines = readFileSync(join(ROOT, 'README.md'), 'utf8').split('\n');
    expect(lines.length).toBeLessThanOrEqual(250);
    const commands = lines.filter((line) => line.startsWith('npm ci && npm '));
    expect(commands.map((line) => line.split(/ +#/)[0])).toEqual([
      'npm ci && npm run demo',
      'npm ci && npm test',
    ]);
    expect(lines.findIndex((line) => line.startsWith('```'))).toBe(lines.indexOf(commands[0] ?? '') - 1);
  });
});
