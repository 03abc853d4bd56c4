/** A judge over simulated or written ticks. */
import {
  begin,
  isBad,
  observe,
  verdictOf,
  type CanaryPods,
  type Counts,
  type GateVerdict,
  type JudgedStage,
  type JudgeOptions,
  type JudgeState,
  type PodState,
  type Tick,
} from '../../src/gates/index.ts';
import { parseGates } from '../../src/intent/gates.ts';
import { simulate, type Simulation } from './simulated-service.ts';
import { valueOf } from './parsed.ts';

export function pod(name: string, more: Partial<PodState> = {}): PodState {
  return { name, labels: {}, ready: true, restarts: 0, troubles: [], ...more };
}

export const PODS: CanaryPods = { build: [pod('b1'), pod('b2')], stable: [pod('s1'), pod('s2')] };

export function stageOf(weight: number, more: Partial<JudgedStage> = {}): JudgedStage {
  return { index: 0, stages: 1, weight, pods: PODS, ...more };
}

export function optionsOf(gates: string, more: Partial<JudgeOptions> = {}): JudgeOptions {
  return {
    gates: valueOf(parseGates(gates)),
    hasMetrics: true,
    notice: 0.05,
    lag: 1,
    ...more,
  };
}

export function tickOf(counts: Counts | undefined, more: Partial<Tick> = {}): Tick {
  return { at: 0, pods: PODS, queries: {}, hooks: {}, ...(counts === undefined ? {} : { counts }), ...more };
}

/** Requests and failed ones: of the build, then of the stable one. */
export function countsOf(build: readonly [number, number], stable: readonly [number, number]): Counts {
  return {
    build: { requests: build[0], failed: build[1] },
    stable: { requests: stable[0], failed: stable[1] },
    slow: [],
  };
}

export function gateOf(state: JudgeState, gate: string): GateVerdict {
  const found = verdictOf(state).gates.find((verdict) => verdict.gate === gate);
  if (found === undefined) throw new Error(`no gate ${gate}`);
  return found;
}

/** What a simulated run came to. */
export interface Judged {
  /** Seconds after which a gate said bad; Infinity: none did. */
  readonly badAt: number;
  readonly state: JudgeState;
}

/** Runs a stage of a simulated service until a gate says bad, or its time is over. */
export function judge(simulation: Simulation, gates = 'errors'): Judged {
  const lag = Math.max(1, Math.ceil(simulation.scrapeInterval / simulation.tick));
  let state = begin(stageOf(simulation.share * 100), optionsOf(gates, { lag }));
  let at = -simulation.tick;
  for (const counts of simulate(simulation)) {
    at += simulation.tick;
    // The first one is what came before the stage.
    if (at === 0) continue;
    state = observe(state, tickOf(counts, { at: at * 1000 }));
    if (isBad(state)) return { badAt: at, state };
  }
  return { badAt: Infinity, state };
}

/** A service that fails evenly. */
export const EVEN = {
  share: 0.1,
  requestsPerSecond: 20,
  pods: { build: 2, stable: 6 },
  scrapeInterval: 15,
  tick: 15,
  seconds: 600,
} as const;

export function failing(build: number, stable: number): Simulation['failures'] {
  return { build: () => build, stable: () => stable };
}
