import type { Labels } from '../istio/types.ts';
import type { MetricsAnswer, QueryReading } from './types.ts';

const MOST_NAMED = 3;

/** The one number that a query of a gate gives, or why there is none. */
export function readQuery(answer: MetricsAnswer | undefined): QueryReading {
  if (answer === undefined) return { kind: 'none', why: 'Prometheus was not asked', isMute: false };
  if (answer.kind === 'none') return { kind: 'none', why: answer.why, isMute: answer.reason === 'rejected' };
  const [warning] = answer.warnings;
  if (warning !== undefined)
    return { kind: 'none', why: `Prometheus warns that a part is missing: ${warning}`, isMute: false };
  const [first, ...more] = answer.samples;
  if (first === undefined) return { kind: 'none', why: 'the query gives no series', isMute: true };
  if (more.length > 0) {
    const named = answer.samples.slice(0, MOST_NAMED).map(({ labels }) => labelsText(labels));
    const rest = answer.samples.length > MOST_NAMED ? ', …' : '';
    const why = `the query gives ${answer.samples.length} series (${named.join(', ')}${rest}), and it is not clear which counts: sum them up, or name one`;
    return { kind: 'none', why, isMute: true };
  }
  if (Number.isNaN(first.value)) return { kind: 'none', why: 'the query gives NaN', isMute: true };
  return { kind: 'value', value: first.value };
}

/** `{pod="a-1"}`, as PromQL writes it. */
function labelsText(labels: Labels): string {
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(', ')}}`;
}
