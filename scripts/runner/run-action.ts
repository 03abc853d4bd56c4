import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { readActionFile, ROOT } from './action-file.ts';
import { createLog } from './log.ts';
import { parseFileCommands } from './file-commands.ts';

export interface ActionRun {
  /** 0: the step succeeded. */
  readonly exitCode: number;
  /** From the start of the process to its end. */
  readonly milliseconds: number;
  readonly outputs: ReadonlyMap<string, string>;
  /** The step's part of the job summary, in Markdown. */
  readonly summary: string;
}

export interface ActionOptions {
  /** The job's folder. */
  readonly cwd: string;
  /** Told of every line that the log would show. */
  readonly onLine: (line: string) => void;
  /** Besides what this process has. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs the built Action as the runner does: each declared input as `INPUT_…`, or its default; files for outputs
 * and summary; the job's folder as the working directory.
 *
 * @param inputs declared ones only
 * @throws Error when the bundle isn't there
 */
export async function runAction(
  inputs: ReadonlyMap<string, string>,
  { cwd, onLine, env: more = {} }: ActionOptions,
): Promise<ActionRun> {
  const action = readActionFile();
  const main = join(ROOT, action.main);
  if (!existsSync(main)) throw new Error(`There is no ${action.main}: build it with npm run build.`);
  const dir = mkdtempSync(join(tmpdir(), 'istiops-step-'));
  const files = { GITHUB_OUTPUT: join(dir, 'output'), GITHUB_STEP_SUMMARY: join(dir, 'summary.md') };
  try {
    for (const file of Object.values(files)) writeFileSync(file, '');
    const words = [...action.inputs].map(
      ([name, standard]) => [variableOf(name), inputs.get(name) ?? standard] as const,
    );
    const env = {
      ...withoutInputs(process.env),
      ...more,
      ...Object.fromEntries(words),
      ...files,
      GITHUB_WORKSPACE: cwd,
    };
    const ended = await runNode(main, { cwd, env, onLine });
    return {
      ...ended,
      outputs: parseFileCommands(readFileSync(files.GITHUB_OUTPUT, 'utf8')),
      summary: readFileSync(files.GITHUB_STEP_SUMMARY, 'utf8'),
    };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** The runner changes blanks and case, and nothing else: `INPUT_LABEL-SELECTOR`. */
export function variableOf(name: string): string {
  return `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`;
}

/** Where this script itself is run by a step, the inputs of that step are not those of the Action. */
function withoutInputs(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('INPUT_')));
}

async function runNode(
  main: string,
  {
    cwd,
    env,
    onLine,
  }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly onLine: (line: string) => void },
): Promise<Pick<ActionRun, 'exitCode' | 'milliseconds'>> {
  const log = createLog();
  const began = performance.now();
  const child = spawn(process.execPath, [main], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const show = (line: string): void => {
    const shown = log.show(line);
    if (shown !== undefined) onLine(shown);
  };
  createInterface({ input: child.stdout }).on('line', show);
  createInterface({ input: child.stderr }).on('line', show);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ exitCode: code ?? 1, milliseconds: performance.now() - began });
    });
  });
}
