import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runAction } from '../../scripts/runner/run-action.ts';
import type { Plane } from '../../test/cluster/plane/plane.ts';
import { prepareAct, runWorkflow } from '../../test/cluster/support/act.ts';

const ROOT = join(import.meta.dirname, '../..');

/** One way to give build v2 of app `api` a share of all requests, and to take it back with 0. */
export interface Way {
  readonly name: string;
  /** `wait`: between the phases of a write, `0s` for none; a script has no such thing. */
  readonly shift: (weight: number, wait: string) => Promise<void>;
}

/** The ways that this machine has; `missing` says what the others lack. */
export async function waysOn(
  plane: Plane,
  namespace: string,
): Promise<{ readonly ways: readonly Way[]; readonly missing: readonly string[] }> {
  const kubeconfig = await readFile(plane.kubeconfig, 'utf8');
  const inputsFor = (weight: number, wait: string): Readonly<Record<string, string>> => ({
    operation: weight > 0 ? 'weight' : 'rollback',
    namespace,
    'label-selector': 'app=api',
    'pod-selector': 'app=api,build=v2',
    ...(weight > 0 ? { weight: `${weight}` } : {}),
    // Who is asked is measured apart (confirmed.ts).
    confirm: 'wait',
    'propagation-wait': wait,
  });

  const action: Way = {
    name: ACTION,
    shift: async (weight, wait) => {
      const lines: string[] = [];
      const inputs = new Map(Object.entries({ ...inputsFor(weight, wait), kubeconfig }));
      const { exitCode } = await runAction(inputs, { cwd: plane.dir, onLine: (line) => lines.push(line) });
      if (exitCode !== 0) throw new Error(lines.join('\n'));
    },
  };

  const cli: Way = {
    name: 'Command line',
    shift: async (weight, wait) => {
      const { operation = '', ...flags } = inputsFor(weight, wait);
      const words = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
      await call(plane, process.execPath, [join(ROOT, 'dist/istiops.js'), 'traffic', operation, ...words]);
    },
  };

  const act = await prepareAct(plane);
  const workflow: Way = {
    name: 'Action through act',
    shift: async (weight, wait) => {
      const { code, log } = await runWorkflow(act, {
        file: join(import.meta.dirname, 'shift.yml'),
        event: 'workflow_dispatch',
        inputs: {
          operation: weight > 0 ? 'weight' : 'rollback',
          weight: weight > 0 ? `${weight}` : '',
          namespace,
          wait,
        },
        secrets: { KUBECONFIG: kubeconfig },
      });
      if (code !== 0) throw new Error(log);
    },
  };

  const script: Way = {
    name: SCRIPT,
    shift: (weight) => call(plane, join(import.meta.dirname, 'shift.sh'), [namespace, 'v2', `${weight}`]),
  };
  const isThere = (process.env['PATH'] ?? '')
    .split(':')
    .some((folder) => existsSync(join(folder, 'kubectl')));
  return isThere
    ? { ways: [action, cli, script, workflow], missing: [] }
    : {
        ways: [action, cli, workflow],
        missing: [`${SCRIPT}: kubectl is not on PATH (Debian: apt-get install kubernetes-client)`],
      };
}

export const ACTION = 'Action';
export const SCRIPT = 'kubectl script';

async function call(plane: Plane, command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, {
    cwd: plane.dir,
    env: { PATH: process.env['PATH'] ?? '', HOME: plane.dir, KUBECONFIG: plane.kubeconfig },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (part: string) => (text += part));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`${command} ended with ${String(code)}:\n${text}`);
}
