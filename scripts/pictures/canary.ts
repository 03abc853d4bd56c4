import { summaryOf } from '../../src/report/summary.ts';
import { simulatedCanary } from '../simulated-canary.ts';

/** Of the picture. */
export const CANARY = 'summary-canary';

/** The summary of the canary that `npm run demo:canary` shows, at once and always the same. */
export async function canarySummary(): Promise<string> {
  let now = Date.UTC(2030, 0, 1);
  const outcome = await simulatedCanary({
    isHealthy: false,
    clock: {
      now: () => new Date(now),
      random: () => 0.5,
      sleep: (milliseconds) => {
        now += milliseconds;
        return Promise.resolve();
      },
    },
    log: { info: () => undefined, group: (_title, body) => body() },
  });
  return summaryOf(outcome);
}
