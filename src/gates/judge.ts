import type { Gate } from '../intent/gates.ts';
import { arrivalVerdict, arrive, NOTHING_ARRIVED, type Arrival } from './arrival.ts';
import {
  beginComparison,
  compareTick,
  comparisonVerdict,
  isWorse,
  nextStage,
  type Comparison,
  type BadRequestWords,
} from './comparison.ts';
import type { ComparedCounts } from './evidence.ts';
import { addToLine, isBeyond, lineVerdict, NO_REQUESTS, type Line } from './line.ts';
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
  /** The newest; absent: the stage has just begun. */
  readonly tick?: Tick;
  /** The verdicts that are bad, by their place among all, in the order in which they are shown: what was bad stays bad. */
  readonly bad: readonly (GateVerdict | undefined)[];
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
  return withBad({ options, stage, ticks: 0, arrival: NOTHING_ARRIVED, gates, bad: [] });
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
  return withBad({ ...before, ticks: ticks + 1, arrival, gates, tick });
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
export function verdictOf(state: JudgeState): Verdict {
  const gates = pendingVerdicts(state).map(({ verdict }, place) => state.bad[place] ?? verdict());
  const worst = (['bad', 'unclear'] as const satisfies readonly VerdictKind[]).find((kind) =>
    gates.some((verdict) => verdict.kind === kind),
  );
  return { kind: worst ?? 'good', gates };
}

/** Is a verdict bad? The same as `verdictOf` says, without the work of what would have been noticed. */
export function isBad({ bad }: JudgeState): boolean {
  return bad.some((verdict) => verdict !== undefined);
}

function withBad(state: JudgeState): JudgeState {
  const bad = pendingVerdicts(state).map((one, place) => (one.isBad ? one.verdict() : state.bad[place]));
  return { ...state, bad };
}

/** A verdict that is not worked out before somebody reads it. */
interface PendingVerdict {
  readonly isBad: boolean;
  readonly verdict: () => GateVerdict;
}

function pendingVerdicts(state: JudgeState): readonly PendingVerdict[] {
  const { options, stage, arrival, tick } = state;
  const unread = tick?.counts !== undefined && 'unread' in tick.counts ? tick.counts.unread : undefined;
  const pods = known(podsVerdict(stage.pods, tick?.pods ?? stage.pods));
  const counted = options.hasMetrics ? [known(doubted(arrivalVerdict(arrival, stage.weight), unread))] : [];
  return [pods, ...counted, ...state.gates.map((gate) => pendingVerdict(gate, state, unread))];
}

function known(verdict: GateVerdict): PendingVerdict {
  return { isBad: verdict.kind === 'bad', verdict: () => verdict };
}

function pendingVerdict(
  judged: JudgedGate,
  { options: { notice }, stage, tick }: JudgeState,
  unread: string | undefined,
): PendingVerdict {
  switch (judged.kind) {
    case 'comparison': {
      const { gate, state } = judged;
      const words = badRequestWords(gate, tick);
      return {
        isBad: isWorse(state),
        verdict: () => doubted(comparisonVerdict(state, gate.text, words, stage, notice), unread),
      };
    }
    case 'line': {
      const { gate, state } = judged;
      const words = badRequestWords(gate, tick);
      return {
        isBad: isBeyond(state),
        verdict: () => doubted(lineVerdict(state, gate.text, words, gate.share, notice), unread),
      };
    }
    case 'query':
      return known(queryVerdict(judged.gate, judged.state));
    case 'hook': {
      const { text, url } = judged.gate;
      return known({ ...hookVerdict(url, tick?.hooks[text]), gate: text });
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
