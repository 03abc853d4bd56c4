/** Gates that ask somebody else: a query of Prometheus, a web hook. */
import type { QueryGate } from '../intent/gates.ts';
import { cut } from '../base/text.ts';
import { valueText } from './numbers-text.ts';
import type { GateVerdict, HookAnswer, QueryReading } from './types.ts';

/** Ticks in a row without a number after which the gate itself has failed. */
const MOST_MUTE = 3;

/** The last reading of a query. */
export interface QueryState {
  readonly reading?: QueryReading;
  /** Ticks in a row in which Prometheus answered, and with no one number. */
  readonly mute: number;
}

/** With the reading of one more tick; where there is none, the one before still counts. */
export function readAgain(before: QueryState, reading: QueryReading | undefined): QueryState {
  if (reading === undefined) return before;
  return { reading, mute: reading.kind === 'none' && reading.isMute ? before.mute + 1 : 0 };
}

/** Prometheus that can't be reached says nothing about the build; a query without a number can never say anything. */
export function queryVerdict(gate: QueryGate, { reading, mute }: QueryState): GateVerdict {
  const verdict = (kind: GateVerdict['kind'], words: string, value?: number): GateVerdict => ({
    gate: gate.text,
    kind,
    words: `${gate.name}: ${words}`,
    numbers: value === undefined ? {} : { value },
  });
  if (reading === undefined) return verdict('unclear', 'not asked yet');
  if (reading.kind === 'none') {
    if (mute < MOST_MUTE) return verdict('unclear', reading.why);
    return verdict(
      'bad',
      `no number ${mute} times in a row, so this gate can't guard anything: ${reading.why}`,
    );
  }
  const { value } = reading;
  const limit = `${gate.operator} ${valueText(gate.limit)}`;
  return isWithinLimit(gate, value)
    ? verdict('good', `${valueText(value)} (${limit})`, value)
    : verdict('bad', `${valueText(value)}, and it must be ${limit}`, value);
}

function isWithinLimit({ operator, limit }: QueryGate, value: number): boolean {
  switch (operator) {
    case '<':
      return value < limit;
    case '<=':
      return value <= limit;
    case '>':
      return value > limit;
    case '>=':
      return value >= limit;
    case '==':
      return value === limit;
    case '!=':
      return value !== limit;
  }
}

/** 4xx that say "not now": an answer to the question is none of them. */
const NO_ANSWERS: readonly number[] = [408, 425, 429];

/** 2xx: go on. 4xx: take back, with the first line of the answer as the reason. Anything else says nothing. */
export function hookVerdict(url: string, answer: HookAnswer | undefined): GateVerdict {
  const host = URL.canParse(url) ? new URL(url).host : url;
  const verdict = (kind: GateVerdict['kind'], words: string): GateVerdict => ({
    gate: url,
    kind,
    words: `${host} ${words}`,
    numbers: {},
  });
  if (answer === undefined) return verdict('unclear', 'was not asked yet');
  if (answer.kind === 'none') return verdict('unclear', `gave no answer: ${answer.why}`);
  const { status } = answer;
  const [line = ''] = answer.body.trim().split(/\r?\n/);
  const said = line === '' ? '' : `: ${cut(line, 200)}`;
  if (status >= 200 && status < 300) return verdict('good', `answered ${status}`);
  const isNo = status >= 400 && status < 500 && !NO_ANSWERS.includes(status);
  return verdict(isNo ? 'bad' : 'unclear', `answered ${status}${said}`);
}
