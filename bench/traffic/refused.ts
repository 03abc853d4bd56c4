/** A change that the gateways' Envoys refuse and istiod accepts: how soon it is named, and what it loses. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { failedOf, startLoad } from '../../test/cluster/plane/load.ts';
import { runAction } from '../../scripts/runner/run-action.ts';
import type { Part, Row } from './part.ts';

/** An Envoy with a low limit refuses it. */
const HEAVY = 'x-cid~="(me|you|them|everybody|nobody|somebody|anybody|whoever){1,4}"';
const RUNS = 3;
const RATE = 400;
/** Seconds after the write. */
const LIMIT = 2;

export const refused: Part = {
  title: `Routes that Envoy refuses, at ${RATE} requests a second: named within ${LIMIT} s, undone, none lost`,
  run: async (plane, namespace) => {
    const kubeconfig = await readFile(plane.kubeconfig, 'utf8');
    const inputs = new Map(
      Object.entries({
        operation: 'headers',
        namespace,
        'label-selector': 'app=api',
        'pod-selector': 'app=api,build=v2',
        headers: HEAVY,
        confirm: 'proxies',
        kubeconfig,
      }),
    );
    const rows: Row[] = [];
    const limitAll = async (instructions: number): Promise<void> => {
      await Promise.all(plane.mesh.gateways.map((one) => plane.mesh.limitRegexes(one, instructions)));
    };
    await limitAll(100);
    try {
      for (let run = 0; run < RUNS; run += 1) {
        const lines: string[] = [];
        const load = await startLoad(plane, [
          { name: 'all', host: `api.${namespace}.svc.cluster.local`, rate: RATE },
        ]);
        const began = performance.now();
        const { outputs } = await runAction(inputs, {
          cwd: plane.dir,
          env: { RUNNER_TEMP: join(plane.dir) },
          onLine: (line) => lines.push(line),
        });
        const whole = performance.now() - began;
        const failed = failedOf(await load.stop());
        const [, seconds] = /refuses, (\d+\.\d) s after/.exec(lines.join('\n')) ?? [];
        const isNamed = outputs.get('failure-reason') === 'rejected' && seconds !== undefined;
        const isGood = isNamed && Number(seconds) <= LIMIT && failed === 0;
        rows.push({
          run: run + 1,
          'named after the write, s': seconds ?? 'never',
          'whole, with the undoing, ms': Math.round(whole),
          lost: failed,
          ok: isGood ? 'yes' : 'NO',
        });
      }
    } finally {
      await limitAll(32_768);
    }
    return { rows };
  },
};
