import { expect } from 'vitest';
import { failedOf, startLoad, type LoadReport } from '../plane/load.ts';
import type { SampleApp } from '../plane/sample-app.ts';
import { action, istiops, type Inputs, type Ran } from './doors.ts';
import type { Plane } from './plane.ts';

/** Requests a second. */
export const DEFAULT_RATE = 400;
export const HEADER_RATE = 50;
const HEADER = { 'x-cid': 'me' };

/** Which builds may answer, by stream, while an operation runs and once it is done. */
interface Expected {
  readonly during: Allowed;
  readonly after: Allowed;
}

interface Allowed {
  readonly all: readonly string[];
  readonly me: readonly string[];
}

interface Step {
  readonly operation: string;
  readonly inputs: Inputs;
  readonly expected: Expected;
}

/** headers → weight 20 → weight 100 → promote or rollback → clear, from `stable` to `target`. */
function cycle(stable: string, target: string, end: 'promote' | 'rollback'): readonly Step[] {
  const build = { 'pod-selector': `app=api,build=${target}` };
  const either = [stable, target];
  const last = end === 'promote' ? [target] : [stable];
  return [
    {
      operation: 'headers',
      inputs: { ...build, headers: 'x-cid=me' },
      expected: { during: { all: [stable], me: either }, after: { all: [stable], me: [target] } },
    },
    {
      operation: 'weight',
      inputs: { ...build, weight: '20' },
      expected: { during: { all: either, me: [target] }, after: { all: either, me: [target] } },
    },
    {
      operation: 'weight',
      inputs: { ...build, weight: '100' },
      expected: { during: { all: either, me: [target] }, after: { all: [target], me: [target] } },
    },
    {
      operation: end,
      inputs: build,
      expected: {
        during: { all: [target, ...last], me: [target, ...last] },
        after: { all: last, me: last },
      },
    },
    {
      operation: 'clear',
      inputs: {},
      expected: { during: { all: last, me: last }, after: { all: last, me: last } },
    },
  ];
}

export interface Cycles {
  readonly count: number;
  /** Of every change: `{ 'propagation-wait': '1s' }`. */
  readonly inputs: Inputs;
  /** Milliseconds of load after each "done", before the next change. */
  readonly rest: number;
  /** Requests with the header, a second. */
  readonly headerRate?: number;
}

/** One change of a cycle. */
export interface Change {
  /** `3.2 weight` */
  readonly name: string;
  /** Milliseconds. */
  readonly took: number;
  /** `proxies`, `waited`, `none`. */
  readonly confirmed: string;
}

export interface CyclesReport {
  readonly load: LoadReport;
  readonly sent: number;
  readonly failed: number;
  /** Requests that another build answered than the one that had to: `3 after headers, me: 200 v1 …`. */
  readonly astray: readonly string[];
  readonly changes: readonly Change[];
}

/**
 * Runs cycles under a steady load of everybody's requests and of some with the header, by turns through the Action
 * and the command line, ending by turns in promote and rollback.
 */
export async function runCycles(
  plane: Plane,
  app: SampleApp,
  { count, inputs: given, rest, headerRate = HEADER_RATE }: Cycles,
): Promise<CyclesReport> {
  const common = { namespace: app.namespace, 'label-selector': 'app=api', ...given };
  const load = await startLoad(plane, [
    { name: 'all', host: app.host, rate: DEFAULT_RATE },
    { name: 'me', host: app.host, rate: headerRate, headers: HEADER },
  ]);
  const expected = new Map<string, Allowed>();
  const changes: Change[] = [];
  let [stable, target] = ['v1', 'v2'];
  let report: LoadReport | undefined;
  try {
    for (let number = 1; number <= count; number++) {
      const end = number % 2 === 1 ? 'promote' : 'rollback';
      for (const [position, step] of cycle(stable, target, end).entries()) {
        const name = `${number}.${position + 1} ${step.operation}`;
        expected.set(`during ${name}`, step.expected.during);
        expected.set(`after ${name}`, step.expected.after);
        await load.mark(`during ${name}`);
        const inputs = { ...common, ...step.inputs };
        const ran = await runStep(plane, step.operation, inputs, (number + position) % 2 === 0);
        await load.mark(`after ${name}`);
        changes.push({ name, took: ran.took, confirmed: ran.confirmed });
        expect(ran.code, `${name}\n${ran.stdout}\n${ran.stderr}`).toBe(0);
        await new Promise((resolve) => setTimeout(resolve, rest));
      }
      if (end === 'promote') [stable, target] = [target, stable];
    }
  } finally {
    report = await load.stop();
  }
  return {
    load: report,
    changes,
    sent: report.windows.reduce((sum, { streams }) => sum + (streams['all']?.sent ?? 0), 0),
    failed: failedOf(report),
    astray: report.windows.flatMap(({ label, streams }) => {
      const allowed = expected.get(label);
      if (allowed === undefined) return [];
      return (['all', 'me'] as const).flatMap((stream) => {
        const right = new Set(allowed[stream].map((build) => `200 ${build}`));
        return Object.entries(streams[stream]?.answers ?? {}).flatMap(([what, times]) =>
          right.has(what) ? [] : [`${times} ${label}, ${stream}: ${what}`],
        );
      });
    }),
  };
}

async function runStep(
  plane: Plane,
  operation: string,
  inputs: Inputs,
  isAction: boolean,
): Promise<Ran & { readonly confirmed: string }> {
  if (isAction) {
    const ran = await action(plane, { ...inputs, operation });
    return { ...ran, confirmed: ran.outputs['confirmed'] ?? '' };
  }
  const ran = await istiops(plane, operation, inputs);
  return { ...ran, confirmed: ran.result.confirmed };
}

/** No failure, nothing astray, and the load was the one that was asked for. */
export function expectNothingLost({ load, sent, failed, astray }: CyclesReport): void {
  const failures = load.windows.flatMap(({ label, streams }) =>
    Object.values(streams).flatMap((stream) =>
      stream.failures.map(({ what, detail }) => `${label}: ${what} ${detail}`),
    ),
  );
  expect(failures.slice(0, 20)).toEqual([]);
  expect(failed).toBe(0);
  expect(astray).toEqual([]);
  const [first, last] = [load.windows[0]?.startedAt ?? 0, load.windows.at(-1)?.endedAt ?? 0];
  expect((sent * 1000) / (last - first)).toBeGreaterThan(DEFAULT_RATE * 0.98);
}

/** `SOAK=1`, or how many cycles; two where nobody says: both ends, and each operation by both doors. */
export function soakCycles(): number {
  const soak = Number(process.env['SOAK'] ?? 0);
  return soak === 0 ? 2 : soak === 1 ? 100 : soak;
}
