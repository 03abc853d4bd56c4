import { shownRedirect } from '../base/redirect.ts';
import { metricsAnswer } from '../gates/index.ts';
import type { MetricsPlace } from '../intent/metrics.ts';
import type { Ask } from '../ports/ask.ts';
import type { Metrics } from '../ports/metrics.ts';

/** Bytes of an answer. */
const MIB = 1024 * 1024;
const LARGEST_ANSWER = 16 * MIB;
/** Milliseconds. */
const PATIENCE = 10_000;

/**
 * Prometheus at an address of its own.
 *
 * @param headers such as `authorization`; secret
 */
export function metricsAt(
  { url }: Extract<MetricsPlace, { kind: 'url' }>,
  headers: Readonly<Record<string, string>>,
  ask: Ask,
): Metrics {
  return {
    place: url,
    async query(promql, signal) {
      const address = `${url}/api/v1/query?${new URLSearchParams({ query: promql }).toString()}`;
      const answer = await ask({
        url: address,
        headers: { accept: 'application/json', ...headers },
        timeout: PATIENCE,
        most: LARGEST_ANSWER + 1,
        signal,
      });
      signal?.throwIfAborted();
      if (answer.kind === 'none') return { kind: 'none', reason: 'unreachable', why: answer.why };
      const isTooMuch = Buffer.byteLength(answer.body) > LARGEST_ANSWER;
      return metricsAnswer({
        status: answer.status,
        text: answer.body,
        redirect: shownRedirect(answer.status, answer.headers['location'], address),
        ...(isTooMuch ? { tooMuch: `more than ${LARGEST_ANSWER / MIB} MiB` } : {}),
      });
    },
  };
}
