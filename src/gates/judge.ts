import type { Gate } from '../intent/gates.ts';
import { arrivalVerdict, arrive, NOTHING_ARRIVED, type Arrival } from './arrival.ts';
import {
  beginComparison,
  compareTick,
  comparisonVerdict,
  nextStage,
  type Comparison,
  type BadRequestWords,
} from './comparison.ts';
import type { ComparedCounts } from './evidence.ts';
import { addToLine, lineVerdict, NO_REQUESTS, type Line } from './line.ts';
import { timeText } from './numbers-text.ts';
import { podsVerdict } from './pods.ts';
import { hookVerdict, queryVerdict, readAgain, type QueryState } from './questions.ts';
import type { Counts, GateVerdict, JudgedStage, JudgeOptions, Tick, Verdict, VerdictKind } from './types.ts';

/** What is known after some ticks. Plain data, of the same size however many ticks there were. */
export interface JudgeState {
  readonly options: JudgeOptions;
  readonly stage: JudgedStage;
  readonly ticks: number;
  readonly arrival: Arrival;
  /** In the order of `options.gates`. */
  readonly gates: readonly GateState[];
  /** In the order in which they are shown; one that was bad stays bad. */
  readonly verdicts: readonly GateVerdict[];
}

type GateState =
  | { readonly kind: 'comparison'; readonly state: Comparison }
  | { readonly kind: 'line'; readonly state: Line }
  | { readonly kind: 'query'; readonly state: QueryState }
  | { readonly kind: 'hook' };

/**
 * Begins a stage.
 *
 * @param before the judge of the stage before, of the same run and with the same gates: the evidence goes on, so that at
 * most 1 % of healthy runs are taken back by a gate, however many stages there are
 */
export function begin(stage: JudgedStage, options: JudgeOptions, before?: JudgeState): JudgeState {
  const gates = options.gates.map((gate, index) => beginGate(gate, stage, options, before?.gates[index]));
  const state = { options, stage, ticks: 0, arrival: NOTHING_ARRIVED, gates, verdicts: [] };
  return { ...state, verdicts: verdictsOf(state, undefined) };
}

function beginGate(
  gate: Gate,
  { stages }: JudgedStage,
  { lag }: JudgeOptions,
  before: GateState | undefined,
): GateState {
  switch (gate.kind) {
    case 'errors':
    case 'slow': {
      if (before?.kind === 'comparison') return { kind: 'comparison', state: nextStage(before.state) };
      return { kind: 'comparison', state: beginComparison(lag, stages) };
    }
    case 'errors-line':
    case 'slow-line':
      return { kind: 'line', state: NO_REQUESTS };
    case 'query':
      return { kind: 'query', state: { mute: 0 } };
    case 'hook':
      return { kind: 'hook' };
  }
}

/** The state after one more tick. */
export function observe(before: JudgeState, tick: Tick): JudgeState {
  const { options, ticks } = before;
  const counts = tick.counts === undefined || 'unread' in tick.counts ? undefined : tick.counts;
  const gates = before.gates.map((state, index) => {
    const gate = options.gates[index];
    return gate === undefined ? state : observeGate(gate, state, tick, counts);
  });
  const arrival = counts === undefined ? before.arrival : arrive(before.arrival, counts, options.lag);
  const state = { ...before, ticks: ticks + 1, arrival, gates };
  return { ...state, verdicts: keepBad(before.verdicts, verdictsOf(state, tick)) };
}

function observeGate(gate: Gate, before: GateState, tick: Tick, counts: Counts | undefined): GateState {
  switch (before.kind) {
    case 'comparison': {
      const pair = counts === undefined ? undefined : pairOf(gate, counts);
      if (pair === undefined) return before;
      return { kind: 'comparison', state: compareTick(before.state, pair) };
    }
    case 'line': {
      const pair = counts === undefined ? undefined : pairOf(gate, counts);
      return pair === undefined || !('share' in gate)
        ? before
        : { kind: 'line', state: addToLine(before.state, pair.build, gate.share) };
    }
    case 'query':
      return { kind: 'query', state: readAgain(before.state, tick.queries[gate.text]) };
    case 'hook':
      return before;
  }
}

/** What the gate counts as bad; undefined: it was not counted. */
function pairOf(gate: Gate, { build, stable, slow }: Counts): ComparedCounts | undefined {
  if (!('milliseconds' in gate)) {
    return {
      build: { requests: build.requests, bad: build.failed },
      stable: { requests: stable.requests, bad: stable.failed },
    };
  }
  const own = slow.find(({ asked }) => asked === gate.milliseconds);
  if (own === undefined) return undefined;
  return {
    build: { requests: own.build.requests, bad: own.build.slow },
    stable: { requests: own.stable.requests, bad: own.stable.slow },
  };
}

/** Everything that is known by now. */
export function verdictOf({ verdicts }: JudgeState): Verdict {
  const worst = (['bad', 'unclear'] as const satisfies readonly VerdictKind[]).find((kind) =>
    verdicts.some((verdict) => verdict.kind === kind),
  );
  return { kind: worst ?? 'good', gates: verdicts };
}

function keepBad(before: readonly GateVerdict[], now: readonly GateVerdict[]): readonly GateVerdict[] {
  return now.map((verdict, index) => {
    const earlier = before[index];
    return earlier?.kind === 'bad' && verdict.kind !== 'bad' ? earlier : verdict;
  });
}

/** @param tick the newest; undefined: the stage has just begun */
function verdictsOf(state: Omit<JudgeState, 'verdicts'>, tick: Tick | undefined): readonly GateVerdict[] {
  const { options, stage, arrival } = state;
  const unread = tick?.counts !== undefined && 'unread' in tick.counts ? tick.counts.unread : undefined;
  const pods = podsVerdict(stage.pods, tick?.pods ?? stage.pods);
  const counted = options.hasMetrics ? [doubted(arrivalVerdict(arrival, stage.weight), unread)] : [];
  const gates = options.gates.map((gate, index) =>
    gateVerdict(gate, state.gates[index], state, tick, unread),
  );
  return [pods, ...counted, ...gates];
}

function gateVerdict(
  gate: Gate,
  state: GateState | undefined,
  { options, stage }: Pick<JudgeState, 'options' | 'stage'>,
  tick: Tick | undefined,
  unread: string | undefined,
): GateVerdict {
  if (gate.kind === 'hook') return { ...hookVerdict(gate.url, tick?.hooks[gate.text]), gate: gate.text };
  if (gate.kind === 'query') return queryVerdict(gate, state?.kind === 'query' ? state.state : { mute: 0 });
  const words = badRequestWords(gate, tick);
  if (gate.kind === 'errors' || gate.kind === 'slow') {
    const comparison =
      state?.kind === 'comparison' ? state.state : beginComparison(options.lag, stage.stages);
    return doubted(comparisonVerdict(comparison, gate.text, words, stage, options.notice), unread);
  }
  const line = state?.kind === 'line' ? state.state : NO_REQUESTS;
  return doubted(lineVerdict(line, gate.text, words, gate.share, options.notice), unread);
}

/** Where the last tick could not be read, nothing is good. */
function doubted(verdict: GateVerdict, unread: string | undefined): GateVerdict {
  if (unread === undefined || verdict.kind === 'bad' || verdict.kind === 'idle') return verdict;
  return { ...verdict, kind: 'unclear', words: `${verdict.words}; the last numbers are missing: ${unread}` };
}

function badRequestWords(gate: Gate, tick: Tick | undefined): BadRequestWords {
  if (!('milliseconds' in gate)) return { did: 'failed', noun: 'failures' };
  const counts = tick?.counts === undefined || 'unread' in tick.counts ? undefined : tick.counts;
  const bound = counts?.slow.find(({ asked }) => asked === gate.milliseconds)?.bound ?? gate.milliseconds;
  return { did: `slower than ${timeText(bound)}`, noun: 'slow answers' };
}
