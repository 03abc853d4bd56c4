/**
 * `npm run demo`: the built Action on a copy of examples/shop, three steps as a workflow would have them: a preview
 * by header, a share of all requests, and both taken back.
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import picocolors from 'picocolors';
import { stringify } from 'yaml';
import { colourDiff } from '../src/report/terminal.ts';
import { ROOT } from './runner/action-file.ts';
import { runAction } from './runner/run-action.ts';

const SOURCE = join(ROOT, 'examples', 'shop');
const { bold, cyan, dim, green, red } = picocolors;
const colour = picocolors.isColorSupported;

const BUILD = {
  'label-selector': 'app=api-domain',
  'pod-selector': 'app=api-domain,build=pr-10',
  manifests: 'shop',
};

const STEPS: readonly { readonly title: string; readonly inputs: Readonly<Record<string, string>> }[] = [
  {
    title: 'A preview: requests with the header x-cid get the build of pull request 10',
    inputs: { operation: 'headers', ...BUILD, headers: 'x-cid=seu_madruga' },
  },
  {
    title: 'A canary: a fifth of all requests get it, too',
    inputs: { operation: 'weight', ...BUILD, weight: '20' },
  },
  {
    title: 'All taken back',
    inputs: { operation: 'rollback', ...BUILD },
  },
];

const dir = mkdtempSync(join(tmpdir(), 'istiops-demo-'));
try {
  process.exitCode = await demo(dir);
} finally {
  rmSync(dir, { recursive: true });
}

async function demo(cwd: string): Promise<number> {
  const copy = join(cwd, 'shop');
  cpSync(SOURCE, copy, { recursive: true });
  print(`The built Action on a copy of examples/shop, as a workflow would run it.`);
  for (const [index, { title, inputs }] of STEPS.entries()) {
    print('', bold(`━━ ${index + 1} of ${STEPS.length}: ${title}`), '');
    print(cyan(stepYaml(inputs)), '');
    const log: string[] = [];
    const run = await runAction(new Map(Object.entries(inputs)), { cwd, onLine: (line) => log.push(line) });
    if (run.exitCode !== 0) {
      print(...log, '', red(`The step failed (exit code ${run.exitCode}).`));
      return 1;
    }
    print(
      dim('── job summary (Markdown, the diff below folded away) ──'),
      '',
      quiet(withoutDiff(run.summary)),
      '',
    );
    print(dim('── diff ──'), '', colourDiff(run.outputs.get('diff') ?? '', { colour }).trimEnd());
  }
  const changed = differences(SOURCE, copy);
  print('');
  if (changed.length > 0) {
    print(red(`These files are not what they were before: ${changed.join(', ')}`));
    return 1;
  }
  print(
    green(
      `After the rollback all ${readdirSync(SOURCE).length} files are byte for byte what they were before the first step.`,
    ),
  );
  return 0;
}

/** The diff is printed by itself. */
function withoutDiff(summary: string): string {
  return summary.replace(/<details>\s*<summary>Diff[\s\S]*?\n<\/details>\s*/, '').trimEnd();
}

/** What GitHub folds away or draws as a picture stays in the background. */
function quiet(summary: string): string {
  return summary.replace(/<details>[\s\S]*?<\/details>|```mermaid[\s\S]*?```/g, (part) =>
    part.split('\n').map(dim).join('\n'),
  );
}

function stepYaml(inputs: Readonly<Record<string, string>>): string {
  const words = Object.entries(inputs).map(
    ([name, text]) => [name, /^\d+$/.test(text) ? Number(text) : text] as const,
  );
  return stringify([{ uses: 'org/istiops-action@v1', with: Object.fromEntries(words) }]).trimEnd();
}

function differences(before: string, after: string): string[] {
  const names = new Set([...readdirSync(before), ...readdirSync(after)]);
  return [...names].filter((name) => {
    try {
      return !readFileSync(join(before, name)).equals(readFileSync(join(after, name)));
    } catch {
      return true;
    }
  });
}

function print(...lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}
