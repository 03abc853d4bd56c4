import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ensureTools } from '../../test/cluster/plane/build.ts';
import type { Plane } from '../../test/cluster/plane/plane.ts';
import { prepareAct, runWorkflow } from '../../test/cluster/support/act.ts';
import { timeOf } from './one-change.ts';

const ROOT = join(import.meta.dirname, '../..');

/** One way to give build v2 of app `api` a share of all requests, and to take it back with 0. */
export interface Way {
  readonly name: string;
  /** A process of its own, and not a whole workflow. */
  readonly isQuick: boolean;
  /**
   * @param wait between the phases of a write, `0s` for none; a script has no such thing
   * @returns milliseconds of the process
   */
  readonly shift: (weight: number, wait: string) => Promise<number>;
}

export const ACTION = 'Action';
export const CLI = 'command line';
export const SCRIPT = 'kubectl script';

export async function waysOn(plane: Plane, namespace: string): Promise<readonly Way[]> {
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
    isQuick: true,
    shift: (weight, wait) => timeOf(plane, { ...inputsFor(weight, wait), kubeconfig }),
  };

  const cli: Way = {
    name: CLI,
    isQuick: true,
    shift: (weight, wait) => {
      const { operation = '', ...flags } = inputsFor(weight, wait);
      const words = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
      return call(plane, process.execPath, [join(ROOT, 'dist/istiops.js'), 'traffic', operation, ...words]);
    },
  };

  const act = await prepareAct(plane);
  const workflow: Way = {
    name: 'Action through act',
    isQuick: false,
    shift: async (weight, wait) => {
      const began = performance.now();
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
      return performance.now() - began;
    },
  };

  const { kubectl } = await ensureTools(['kubectl'], console.error);
  const script: Way = {
    name: SCRIPT,
    isQuick: true,
    shift: (weight) =>
      call(plane, join(import.meta.dirname, 'shift.sh'), [namespace, 'v2', `${weight}`], dirname(kubectl)),
  };
  return [action, cli, script, workflow];
}

/**
 * @param folder whose programs come first
 * @returns milliseconds of the process
 */
async function call(
  plane: Plane,
  command: string,
  args: readonly string[],
  folder?: string,
): Promise<number> {
  const path = process.env['PATH'] ?? '';
  const began = performance.now();
  const child = spawn(command, args, {
    cwd: plane.dir,
    env: {
      PATH: folder === undefined ? path : `${folder}:${path}`,
      HOME: plane.dir,
      // The command keeps there what it has compiled.
      TMPDIR: plane.dir,
      KUBECONFIG: plane.kubeconfig,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (part: string) => (text += part));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`${command} ended with ${String(code)}:\n${text}`);
  return performance.now() - began;
}
