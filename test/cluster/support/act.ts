import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parse, parseDocument } from 'yaml';
import { ensureTools } from '../plane/build.ts';
import type { Plane } from '../plane/plane.ts';
import { until } from '../plane/processes.ts';
import { MARK } from '../plane/reap.ts';
import { onlyText, readLine, type ActLine } from './act-log.ts';

/**
 * Workflows run by `act` on this machine, without containers and without a network: `uses: org/istiops-action@v1` is
 * the Action as it is built here, `actions/checkout` copies the files that the test gives.
 *
 * Unlike GitHub, `act` knows no environments, approvals, permissions or concurrency groups, and what it cancels gets
 * SIGKILL at once where the runner sends SIGINT and waits.
 */

const ROOT = join(import.meta.dirname, '../../..');

/** What the recipes write behind `uses:`. */
const ACTION = 'org/istiops-action@v1';

export type Texts = Readonly<Record<string, string>>;

export interface Act {
  readonly binary: string;
  /** A folder with `action.yml` and `dist/`: what a user of the Action gets. */
  readonly action: string;
  /** Where runs have their folders; the plane's, so that its keeper ends what is left of them. */
  readonly dir: string;
}

export interface ActOptions {
  /** The folder with `dist/`; default this repository. */
  readonly doors?: string;
  /**
   * Defaults of inputs other than action.yml's. Recipes leave `propagation-wait` at 5 s, which is right for a mesh and
   * long for a test, and `namespace` out: changed here, the workflow files stay as users copy them.
   */
  readonly defaults?: Texts;
}

/** Makes `act` ready for a plane: the binary, and the Action as a repository would have it. */
export async function prepareAct({ dir }: Pick<Plane, 'dir'>, options: ActOptions = {}): Promise<Act> {
  const { act: binary } = await ensureTools(['act'], () => undefined);
  const action = await mkdtemp(join(dir, 'action-'));
  await cp(join(options.doors ?? ROOT, 'dist'), join(action, 'dist'), { recursive: true });
  const file = parseDocument(await readFile(join(ROOT, 'action.yml'), 'utf8'));
  for (const [input, value] of Object.entries(options.defaults ?? {})) {
    if (!file.hasIn(['inputs', input])) throw new Error(`${input} is no input in action.yml.`);
    file.setIn(['inputs', input, 'default'], value);
  }
  await writeFile(join(action, 'action.yml'), String(file));
  return { binary, action, dir };
}

export interface WorkflowOptions {
  /** Its path. */
  readonly file: string;
  /** `pull_request`, `workflow_dispatch` … */
  readonly event: string;
  readonly payload?: Readonly<Record<string, unknown>>;
  /** Of a `workflow_dispatch`. */
  readonly inputs?: Texts;
  readonly secrets?: Texts;
  /** Of the repository: `vars`. */
  readonly variables?: Texts;
  /** For every step. */
  readonly env?: Texts;
  /** What actions/checkout brings, by path; all are executable. */
  readonly files?: Texts;
  readonly repository?: string;
  readonly actor?: string;
  /** One job, and what it needs. */
  readonly job?: string;
}

export interface StepRan {
  readonly job: string;
  /** Its `id`, or its position. */
  readonly step: string;
  readonly stage: 'Pre' | 'Main' | 'Post';
  readonly result: 'success' | 'failure' | 'skipped';
  readonly outputs: Texts;
  /** Its part of the job summary, in Markdown. */
  readonly summary: string;
  /** What it printed, and what `act` said of it. */
  readonly log: string;
  /** Milliseconds. */
  readonly took: number;
}

export interface WorkflowRan {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** By id. `act` calls a cancelled job a failed one. */
  readonly jobs: Readonly<Record<string, 'success' | 'failure' | 'skipped'>>;
  /** In the order of their ends; a skipped one isn't here. */
  readonly steps: readonly StepRan[];
  /** Line by line, as a person would read it. */
  readonly log: string;
  /** Milliseconds. */
  readonly took: number;
}

export interface WorkflowRun {
  readonly done: Promise<WorkflowRan>;
  /** The log so far. */
  log(): string;
  /** Resolves once the log has it; throws when the run ends without. */
  seen(text: string | RegExp): Promise<void>;
  /** `SIGINT`: cancels the run as a person does, later steps and jobs with `always()` still run. `SIGTERM`: all end. */
  signal(signal: NodeJS.Signals): void;
  /** Ends it and waits for its end; nothing of it is left. */
  kill(): Promise<void>;
}

/** Runs a workflow to its end. */
export async function runWorkflow(act: Act, options: WorkflowOptions): Promise<WorkflowRan> {
  return await (
    await startWorkflow(act, options)
  ).done;
}

export async function startWorkflow(act: Act, options: WorkflowOptions): Promise<WorkflowRun> {
  const folder = await mkdtemp(join(act.dir, 'workflow-'));
  const args = await argumentsFor(act, folder, options);
  const jobs = await jobsIn(options.file);
  const began = performance.now();
  const child = spawn(act.binary, args, {
    cwd: folder,
    // Steps inherit it. Nothing of the caller's: neither its kubeconfig nor a proxy, nor being a workflow itself.
    env: {
      // The Node of the tests first, for act takes whichever comes.
      PATH: `${join(process.execPath, '..')}:${process.env['PATH'] ?? ''}`,
      HOME: folder,
      TMPDIR: folder,
      USER: 'tester',
      [MARK]: act.dir,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: ActLine[] = [];
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => lines.push(readLine(line)));
  const log = (): string => lines.flatMap(onlyText).join('\n');
  let ended = false;
  const done = new Promise<WorkflowRan>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      ended = true;
      const took = performance.now() - began;
      resolve({ code, signal, jobs: resultsOf(lines, jobs), steps: stepsOf(lines), log: log(), took });
    });
  });
  return {
    done,
    log,
    seen: async (text) => {
      const has = (): boolean => (typeof text === 'string' ? log().includes(text) : text.test(log()));
      await until(
        `the log has ${String(text)}, or the run is over`,
        () => Promise.resolve(ended || has()),
        60_000,
      );
      if (!has()) throw new Error(`The run has ended, and its log lacks ${String(text)}:\n${log()}`);
    },
    signal: (signal) => void child.kill(signal),
    kill: async () => {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await done.finally(() => {
        clearTimeout(timer);
      });
    },
  };
}

async function argumentsFor(act: Act, folder: string, options: WorkflowOptions): Promise<readonly string[]> {
  const { event, repository = 'octo/api', inputs, job } = options;
  const checkout = join(folder, 'checkout');
  await mkdir(checkout);
  for (const [name, text] of Object.entries(options.files ?? {}))
    await writeFile(join(checkout, name), text, { mode: 0o755 });
  const payload = { ...options.payload, ...(inputs === undefined ? {} : { inputs }) };
  await writeFile(join(folder, 'event.json'), JSON.stringify(payload));
  // In a file: arguments are for everybody to read, and the environment reaches the steps. JSON is YAML. Without a token
  // of its own it would ask the GitHub command line for one.
  const secrets = { GITHUB_TOKEN: 'ghs_none', ...options.secrets };
  await writeFile(join(folder, 'secrets.yml'), JSON.stringify(secrets), { mode: 0o600 });
  const env = {
    GITHUB_REPOSITORY: repository,
    GITHUB_RUN_ID: '4711',
    // Else it would look for them in a Git repository.
    ...(event === 'pull_request' ? {} : { GITHUB_REF: 'refs/heads/main' }),
    SHA_REF: '0'.repeat(40),
    ...options.env,
  };
  return [
    event,
    ...['--workflows', options.file, '--directory', checkout, '--eventpath', join(folder, 'event.json')],
    ...['--platform', 'ubuntu-latest=-self-hosted', '--local-repository', `${ACTION}=${act.action}`],
    ...['--secret-file', join(folder, 'secrets.yml'), '--actor', options.actor ?? 'octocat'],
    ...['--action-cache-path', join(folder, 'cache'), '--no-cache-server', '--rm', '--json'],
    ...(job === undefined ? [] : ['--job', job]),
    ...Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ...Object.entries(options.variables ?? {}).flatMap(([name, value]) => ['--var', `${name}=${value}`]),
  ];
}

async function jobsIn(file: string): Promise<readonly string[]> {
  const { jobs } = parse(await readFile(file, 'utf8')) as {
    readonly jobs: Readonly<Record<string, unknown>>;
  };
  return Object.keys(jobs);
}

/** `act` says nothing of a job that it skips. */
function resultsOf(lines: readonly ActLine[], jobs: readonly string[]): WorkflowRan['jobs'] {
  const said = new Map(
    lines.flatMap(({ job, jobResult }) => (jobResult === undefined ? [] : [[job, jobResult]])),
  );
  return Object.fromEntries(jobs.map((job) => [job, said.get(job) ?? 'skipped']));
}

function stepsOf(lines: readonly ActLine[]): readonly StepRan[] {
  const own = lines.filter(({ step, stage }) => step !== undefined && stage !== undefined);
  const groups = Map.groupBy(own, ({ job, step, stage }) => `${job} ${step ?? ''} ${stage ?? ''}`);
  return [...groups.values()].flatMap((group) => {
    const end = group.find(({ stepResult }) => stepResult !== undefined);
    if (end?.step === undefined || end.stage === undefined || end.stepResult === undefined) return [];
    return [
      {
        job: end.job,
        step: end.step,
        stage: end.stage,
        result: end.stepResult,
        outputs: Object.fromEntries(group.flatMap(({ output }) => (output === undefined ? [] : [output]))),
        summary: group.map(({ summary = '' }) => summary).join(''),
        log: group.flatMap(onlyText).join('\n'),
        took: end.took,
      },
    ];
  });
}
