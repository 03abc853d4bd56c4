/** One change, confirmed by the proxies of two gateways, beside the same with the default wait and with none. */
import { readFile } from 'node:fs/promises';
import type { Plane } from '../../test/cluster/plane/plane.ts';
import { median } from '../compare.ts';
import { timeOf, traceOf, type Inputs } from './one-change.ts';
import type { Part, Row } from './part.ts';
import { callsOf, mediansOf, phasesOf, type Phases } from './phases.ts';
import type { Trace } from './trace.ts';

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

/** A default wait takes ten seconds whatever the machine does, so one run says enough. */
const RUNS = 7;
const TRACED = 3;

/** Of the time with the default wait: a second. */
const LIMIT = 0.1;
/** Milliseconds more than without any wait; of a machine with nothing else to do. */
const GOAL = 600;

interface Measured {
  readonly times: Readonly<Record<Mode, number>>;
  readonly traces: readonly Trace[];
}

export const confirmed: Part = {
  title: `One change by the Action, the proxies of two gateways; medians of ${RUNS} in turn`,
  run: async (plane, namespace) => {
    const kubeconfig = await readFile(plane.kubeconfig, 'utf8');
    const common = { namespace, 'label-selector': 'app=api', 'pod-selector': 'app=api,build=v2', kubeconfig };
    const measured: (readonly [string, Measured])[] = [];
    for (const change of CHANGES) measured.push([change.operation, await measure(plane, common, change)]);
    return {
      rows: measured.map(rowOf),
      tables: measured.map(([operation, { traces }]) => ({
        title: `${operation}, confirmed: where the time goes, in ms (traced, which takes longer)`,
        rows: phaseRows(mediansOf(traces.map(phasesOf))),
      })),
    };
  },
};

/** From the same beginning each time, and in turn, so that a slow moment of the machine is everybody's. */
async function measure(plane: Plane, common: Inputs, change: Inputs): Promise<Measured> {
  const times: Record<Mode, number[]> = { confirmed: [], 'default wait': [], none: [] };
  const traces: Trace[] = [];
  const from = async <T>(run: () => Promise<T>): Promise<T> => {
    const result = await run();
    await timeOf(plane, { ...common, operation: 'rollback', confirm: 'proxies' });
    return result;
  };
  // The first one fills caches.
  for (let number = 0; number <= RUNS; number += 1) {
    for (const mode of ['confirmed', 'none'] as const) {
      const time = await from(() => timeOf(plane, { ...common, ...change, ...MODES[mode] }));
      if (number > 0) times[mode].push(time);
    }
  }
  times['default wait'].push(
    await from(() => timeOf(plane, { ...common, ...change, ...MODES['default wait'] })),
  );
  for (let number = 0; number < TRACED; number += 1)
    traces.push(await from(() => traceOf(plane, { ...common, ...change, ...MODES.confirmed })));
  const medians = { confirmed: median(times.confirmed), none: median(times.none) };
  return { times: { ...medians, 'default wait': median(times['default wait']) }, traces };
}

function rowOf([operation, { times, traces }]: readonly [string, Measured]): Row {
  const more = times.confirmed - times.none;
  const [trace] = traces;
  const { api, portForwards, questions } = callsOf(trace ?? { requests: [], ended: 0 });
  return {
    change: operation,
    'confirmed, ms': Math.round(times.confirmed),
    'default wait, ms': Math.round(times['default wait']),
    'no wait, ms': Math.round(times.none),
    'more than no wait, ms': `${Math.round(more)} (goal ${GOAL})`,
    'API calls': api,
    'port-forwards': portForwards,
    'questions to proxies': questions,
    ok: times.confirmed <= LIMIT * times['default wait'] ? 'yes' : 'NO',
  };
}

function phaseRows(phases: Phases): readonly Row[] {
  return [...phases].map(([phase, time]) => ({ phase, ms: Math.round(time) }));
}
