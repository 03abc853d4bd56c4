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
  readonly gates: readonly JudgedGate[];
  /** In the order in which they are shown; one that was bad stays bad. */
  readonly verdicts: readonly GateVerdict[];
}

type GateOf<K extends Gate['kind']> = Extract<Gate, { readonly kind: K }>;

/** A gate, and what is known for it. */
type JudgedGate =
  | { readonly kind: 'comparison'; readonly gate: GateOf<'errors' | 'slow'>; readonly state: Comparison }
  | { readonly kind: 'line'; readonly gate: GateOf<'errors-line' | 'slow-line'>; readonly state: Line }
  | { readonly kind: 'query'; readonly gate: GateOf<'query'>; readonly state: QueryState }
  | { readonly kind: 'hook'; readonly gate: GateOf<'hook'> };

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
  before: JudgedGate | undefined,
): JudgedGate {
  switch (gate.kind) {
    case 'errors':
    case 'slow': {
      const state = before?.kind === 'comparison' ? nextStage(before.state) : beginComparison(lag, stages);
      return { kind: 'comparison', gate, state };
    }
    case 'errors-line':
    case 'slow-line':
      return { kind: 'line', gate, state: NO_REQUESTS };
    case 'query':
      return { kind: 'query', gate, state: { mute: 0 } };
    case 'hook':
      return { kind: 'hook', gate };
  }
}

/** The state after one more tick. */
export function observe(before: JudgeState, tick: Tick): JudgeState {
  const { options, ticks } = before;
  const counts = tick.counts === undefined || 'unread' in tick.counts ? undefined : tick.counts;
  const gates = before.gates.map((gate) => observeGate(gate, tick, counts));
  const arrival = counts === undefined ? before.arrival : arrive(before.arrival, counts, options.lag);
  const state = { ...before, ticks: ticks + 1, arrival, gates };
  return { ...state, verdicts: keepBad(before.verdicts, verdictsOf(state, tick)) };
}

function observeGate(before: JudgedGate, tick: Tick, counts: Counts | undefined): JudgedGate {
  switch (before.kind) {
    case 'comparison': {
      const pair = counts && pairOf(before.gate, counts);
      return pair === undefined ? before : { ...before, state: compareTick(before.state, pair) };
    }
    case 'line': {
      const pair = counts && pairOf(before.gate, counts);
      if (pair === undefined) return before;
      return { ...before, state: addToLine(before.state, pair.build, before.gate.share) };
    }
    case 'query':
      return { ...before, state: readAgain(before.state, tick.queries[before.gate.text]) };
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
  return [pods, ...counted, ...state.gates.map((gate) => gateVerdict(gate, state, tick, unread))];
}

function gateVerdict(
  judged: JudgedGate,
  { options: { notice }, stage }: Pick<JudgeState, 'options' | 'stage'>,
  tick: Tick | undefined,
  unread: string | undefined,
): GateVerdict {
  switch (judged.kind) {
    case 'comparison': {
      const { gate, state } = judged;
      const words = badRequestWords(gate, tick);
      return doubted(comparisonVerdict(state, gate.text, words, stage, notice), unread);
    }
    case 'line': {
      const { gate, state } = judged;
      return doubted(lineVerdict(state, gate.text, badRequestWords(gate, tick), gate.share, notice), unread);
    }
    case 'query':
      return queryVerdict(judged.gate, judged.state);
    case 'hook': {
      const { text, url } = judged.gate;
      return { ...hookVerdict(url, tick?.hooks[text]), gate: text };
    }
  }
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
