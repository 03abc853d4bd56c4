import type { Labels } from '../istio/types.ts';
import type { MetricsAnswer, QueryReading } from './types.ts';

const MOST_NAMED = 3;

/** The one number that a query of a gate gives, or why there is none. */
export function readQuery(answer: MetricsAnswer | undefined): QueryReading {
  if (answer === undefined) return unread('Prometheus was not asked');
  if (answer.kind === 'none') return answer.reason === 'rejected' ? refused(answer.why) : unread(answer.why);
  const [warning] = answer.warnings;
  if (warning !== undefined) return unread(`Prometheus warns that a part is missing: ${warning}`);
  const [first, ...more] = answer.samples;
  if (first === undefined) return mute('the query gives no series');
  if (more.length > 0) {
    const named = answer.samples.slice(0, MOST_NAMED).map(({ labels }) => labelsText(labels));
    const rest = answer.samples.length > MOST_NAMED ? ', …' : '';
    return refused(
      `the query gives ${answer.samples.length} series (${named.join(', ')}${rest}), and it is not clear which counts: sum them up, or name one`,
    );
  }
  return Number.isNaN(first.value) ? mute('the query gives NaN') : { kind: 'value', value: first.value };
}

function unread(why: string): QueryReading {
  return { kind: 'none', why, isMute: false, isRefused: false };
}

function mute(why: string): QueryReading {
  return { kind: 'none', why, isMute: true, isRefused: false };
}

function refused(why: string): QueryReading {
  return { kind: 'none', why, isMute: true, isRefused: true };
}

/** `{pod="a-1"}`, as PromQL writes it. */
function labelsText(labels: Labels): string {
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(', ')}}`;
}
