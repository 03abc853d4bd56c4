import { runAction } from '../../scripts/runner/run-action.ts';
import type { Plane } from '../../test/cluster/plane/plane.ts';
import { readFile } from 'node:fs/promises';
import { median } from '../compare.ts';

/** Ways to be sure that the proxies have a change. */
const MODES = {
  confirmed: { confirm: 'proxies' },
  'default wait': { confirm: 'wait' },
  none: { confirm: 'wait', 'propagation-wait': '0s' },
} as const;

type Mode = keyof typeof MODES;

const CHANGES = [
  { operation: 'headers', headers: 'x-cid=me' },
  { operation: 'weight', weight: '20' },
] as const;

/** A default wait takes ten seconds whatever the machine does, so few runs say enough. */
const RUNS: Readonly<Record<Mode, number>> = { confirmed: 7, 'default wait': 1, none: 7 };

/** Of the time with the default wait. */
const LIMIT = 0.1;

export interface ConfirmedRow {
  readonly change: string;
  readonly 'confirmed, ms': number;
  readonly 'default wait, ms': number;
  readonly 'no wait, ms': number;
  readonly 'port-forwards': number;
  readonly ok: 'yes' | 'NO';
}

/** Each change from the same beginning, as a process of its own. */
export async function confirmedRows(plane: Plane, namespace: string): Promise<readonly ConfirmedRow[]> {
  const kubeconfig = await readFile(plane.kubeconfig, 'utf8');
  const common = { namespace, 'label-selector': 'app=api', 'pod-selector': 'app=api,build=v2', kubeconfig };
  const run = async (inputs: Readonly<Record<string, string>>): Promise<number> => {
    const lines: string[] = [];
    const began = performance.now();
    const all = new Map(Object.entries({ ...common, ...inputs }));
    const { exitCode } = await runAction(all, { cwd: plane.dir, onLine: (line) => lines.push(line) });
    if (exitCode !== 0) throw new Error(lines.join('\n'));
    return performance.now() - began;
  };
  const rows: ConfirmedRow[] = [];
  for (const change of CHANGES) {
    const medians: Record<Mode, number> = { confirmed: 0, 'default wait': 0, none: 0 };
    const forwards: number[] = [];
    for (const mode of Object.keys(MODES) as Mode[]) {
      const times: number[] = [];
      // The first one fills caches.
      for (let number = mode === 'default wait' ? 1 : 0; number <= RUNS[mode]; number += 1) {
        const before = plane.mesh.forwards;
        const time = await run({ ...change, ...MODES[mode] });
        if (number > 0) times.push(time);
        if (mode === 'confirmed') forwards.push(plane.mesh.forwards - before);
        await run({ operation: 'rollback', confirm: 'proxies' });
      }
      medians[mode] = median(times);
    }
    rows.push({
      change: change.operation,
      'confirmed, ms': Math.round(medians.confirmed),
      'default wait, ms': Math.round(medians['default wait']),
      'no wait, ms': Math.round(medians.none),
      'port-forwards': median(forwards),
      ok: medians.confirmed <= LIMIT * medians['default wait'] ? 'yes' : 'NO',
    });
  }
  return rows;
}
