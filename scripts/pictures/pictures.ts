/**
 * `npm run pictures`: the pictures in docs/pictures. Each is the job summary of a real run of the built Action (of a
 * canary: of a run on a simulated service), drawn by a real browser with GitHub's style sheet, once light and once dark. `-- summary-preview` makes those of one run only.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { ROOT } from '../runner/action-file.ts';
import { runAction } from '../runner/run-action.ts';
import { findBrowser, takePicture } from './browser.ts';
import { CANARY, canarySummary } from './canary.ts';
import { NAME, takeLinkPictures } from './preview-link.ts';
import { SCENES, type Scene } from './scenes.ts';

const HERE = import.meta.dirname;
const PICTURES = join(ROOT, 'docs', 'pictures');
const TITLE = 'traffic summary';
/** A summary that grew out of hand shows its beginning. */
const MAX_HEIGHT = 2000;

const browser = findBrowser();
install();
mkdirSync(PICTURES, { recursive: true });
const wanted = process.argv.slice(2);
for (const { name, summary } of [
  ...SCENES.map((scene) => ({ name: scene.name, summary: () => summaryOf(scene) })),
  { name: CANARY, summary: canarySummary },
]) {
  if (wanted.length === 0 || wanted.includes(name)) draw(name, await summary());
}

function draw(name: string, summary: string): void {
  for (const theme of ['light', 'dark'] as const) {
    const png = join(PICTURES, `${name}-${theme}.png`);
    takePicture(browser, { html: pageOf(summary, theme), base: HERE, png, maxHeight: MAX_HEIGHT });
    process.stdout.write(`wrote ${relative(ROOT, png)}\n`);
  }
}

if (wanted.length === 0 || wanted.includes(NAME)) {
  await takeLinkPictures((theme) => join(PICTURES, `${NAME}-${theme}.png`));
  process.stdout.write(`wrote ${relative(ROOT, join(PICTURES, NAME))}-*.png\n`);
}

/** What the page loads. Not among the packages of the repository: nothing else needs them, and they are many. */
function install(): void {
  if (packageIn('node_modules', 'mermaid')?.version === packageIn()?.dependencies?.mermaid) return;
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--prefix', HERE], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`npm ci --prefix ${relative(ROOT, HERE)} failed.`);
}

interface Manifest {
  readonly version?: string;
  readonly dependencies?: { readonly mermaid?: string };
}

/** The package.json of a folder below this one. */
function packageIn(...folder: string[]): Manifest | undefined {
  const path = join(HERE, ...folder, 'package.json');
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Manifest) : undefined;
}

async function summaryOf({ name, prepare, inputs }: Scene): Promise<string> {
  const cwd = mkdtempSync(join(tmpdir(), 'istiops-pictures-'));
  try {
    prepare(join(cwd, 'istio'));
    const log: string[] = [];
    const { exitCode, summary } = await runAction(
      new Map(Object.entries({ ...inputs, manifests: 'istio' })),
      {
        cwd,
        onLine: (line) => log.push(line),
      },
    );
    if (exitCode !== 0) throw new Error(`The run of ${name} failed:\n${log.join('\n')}`);
    return summary;
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

function pageOf(markdown: string, theme: 'light' | 'dark'): string {
  // A script ends at the first `</script`, wherever it stands.
  const literal = JSON.stringify(markdown).replaceAll('</', '<\\/');
  return readFileSync(join(HERE, 'page.html'), 'utf8')
    .replaceAll('THEME', theme)
    .replace('TITLE', () => TITLE)
    .replace('MARKDOWN', () => literal);
}
