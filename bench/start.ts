import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from './compare.ts';
import type { Figure } from './figure.ts';

const ROOT = join(import.meta.dirname, '..');
const RUNS = 21;
/** The first step of a job, and each further one, which finds what Node has compiled for the first. */
const RATIO_LIMITS = { first: 4.5, further: 4 };
/** The command line and the Action are one bundle; what Node keeps of it between two starts must not make it slower. */
const CLI_LIMIT = 1.1;
const BUNDLE_LIMIT = 1_700_000;

const SELECTOR = 'app=api-domain';
const BUILD = 'app=api-domain,build=10';

/**
 * The built Action and the built command line as processes, on manifests, against Node doing nothing: in turn, in one
 * run.
 */
export function benchStart(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'istiops-bench-'));
  const [ofAction, ofCli, temporary] = [
    join(folder, 'action'),
    join(folder, 'cli'),
    join(folder, 'temporary'),
  ];
  const times = {
    bare: [] as number[],
    show: [] as number[],
    again: [] as number[],
    action: [] as number[],
    cli: [] as number[],
  };
  // Three small files: a start, and little to read.
  const shown = { operation: 'show', manifests: join(ROOT, 'examples', 'shop') };
  try {
    for (const copy of [ofAction, ofCli]) cpSync(join(ROOT, 'examples', 'shop'), copy, { recursive: true });
    // The first of all: Node keeps what it has compiled for the command line's next start.
    timeOfCli(ofCli, '10');
    timeOfAction(shown, { RUNNER_TEMP: temporary });
    for (let i = 0; i < RUNS; i += 1) {
      const weight = i % 2 === 0 ? '20' : '30';
      times.bare.push(timed(['-e', '0']));
      times.show.push(timeOfAction(shown));
      times.again.push(timeOfAction(shown, { RUNNER_TEMP: temporary }));
      times.action.push(
        timeOfAction({ operation: 'weight', manifests: ofAction, 'pod-selector': BUILD, weight }),
      );
      times.cli.push(timeOfCli(ofCli, weight));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return Promise.resolve([
    timeFigure('node -e 0', times.bare),
    timeFigure('Action, show on manifests', times.show),
    ratioFigure('ratio', times.show, times.bare, RATIO_LIMITS.first),
    timeFigure('Action, show in a further step of the job', times.again),
    ratioFigure('ratio of a further step', times.again, times.bare, RATIO_LIMITS.further),
    timeFigure('Action, weight on manifests', times.action),
    timeFigure('command line, weight on manifests', times.cli),
    ratioFigure('command line to Action', times.cli, times.action, CLI_LIMIT),
  ]);
}

const GROUP = 'A process, start to end';

function timeFigure(name: string, values: readonly number[]): Figure {
  return { group: GROUP, name, value: `${median(values).toFixed(0)} ms`, limit: '', isBroken: false };
}

/** Of two that ran one right after the other: what else the machine did meanwhile slowed both. */
function ratioFigure(
  name: string,
  judged: readonly number[],
  reference: readonly number[],
  limit: number,
): Figure {
  const ratio = median(judged.map((time, i) => time / (reference[i] ?? NaN)));
  return { group: GROUP, name, value: ratio.toFixed(2), limit: String(limit), isBroken: ratio > limit };
}

function timeOfAction(
  inputs: Readonly<Record<string, string>>,
  { RUNNER_TEMP = '' }: { readonly RUNNER_TEMP?: string } = {},
): number {
  const words = Object.entries({ 'label-selector': SELECTOR, ...inputs });
  const env = Object.fromEntries(words.map(([name, text]) => [`INPUT_${name.toUpperCase()}`, text]));
  return timed([join(ROOT, 'dist/index.js')], { ...env, RUNNER_TEMP });
}

function timeOfCli(manifests: string, weight: string): number {
  const change = ['--label-selector', SELECTOR, '--pod-selector', BUILD, '--weight', weight];
  return timed([join(ROOT, 'dist/istiops.js'), 'traffic', 'weight', '--manifests', manifests, ...change]);
}

function timed(args: readonly string[], more: NodeJS.ProcessEnv = {}): number {
  const env = { ...process.env, GITHUB_OUTPUT: '', GITHUB_STEP_SUMMARY: '', ...more };
  const start = performance.now();
  const { status, stderr, stdout } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
  const time = performance.now() - start;
  if (status !== 0) throw new Error(`${args.join(' ')} failed: ${stdout}${stderr}`);
  return time;
}

/** What a runner has to fetch and Node has to read. */
export function benchBundle(): Figure[] {
  const dist = join(ROOT, 'dist');
  const size = readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.c?js$/.test(file))
    .reduce((sum, file) => sum + statSync(join(dist, file)).size, 0);
  return [
    {
      group: 'Bundle',
      name: 'dist/*.js',
      value: `${(size / 1e6).toFixed(2)} MB`,
      limit: `${BUNDLE_LIMIT / 1e6} MB`,
      isBroken: size > BUNDLE_LIMIT,
    },
  ];
}
