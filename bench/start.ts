import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from './compare.ts';
import type { Figure } from './figure.ts';

const ROOT = join(import.meta.dirname, '..');
const RUNS = 21;
const RATIO_LIMIT = 6;
const BUNDLE_LIMIT = 6_000_000;

/** The built Action as a process, `show` on manifests, against Node doing nothing: in turn, in one run. */
export function benchStart(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'istiops-bench-'));
  const env = {
    ...process.env,
    INPUT_OPERATION: 'show',
    'INPUT_LABEL-SELECTOR': 'app=api-domain',
    INPUT_MANIFESTS: join(ROOT, 'examples'),
    GITHUB_OUTPUT: '',
    GITHUB_STEP_SUMMARY: '',
  };
  const bare: number[] = [];
  const action: number[] = [];
  try {
    for (let i = 0; i < RUNS; i += 1) {
      bare.push(timed(['-e', '0'], env));
      action.push(timed([join(ROOT, 'dist/index.js')], env));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  // Of two that ran one right after the other: what else the machine did meanwhile slowed both.
  const ratio = median(action.map((time, i) => time / (bare[i] ?? NaN)));
  const group = 'A process, start to end';
  return Promise.resolve([
    { group, name: 'node -e 0', value: `${median(bare).toFixed(0)} ms`, limit: '', isBroken: false },
    {
      group,
      name: 'Action, show on manifests',
      value: `${median(action).toFixed(0)} ms`,
      limit: '',
      isBroken: false,
    },
    {
      group,
      name: 'ratio',
      value: ratio.toFixed(2),
      limit: String(RATIO_LIMIT),
      isBroken: ratio > RATIO_LIMIT,
    },
  ]);
}

function timed(args: readonly string[], env: NodeJS.ProcessEnv): number {
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
    .filter((file) => file.endsWith('.js'))
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
