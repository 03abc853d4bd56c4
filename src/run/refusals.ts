/** What a plan is refused for before anything is written. */
import { TrafficError } from '../base/errors.ts';
import type { Request } from '../operations/request.ts';
import type { Explanation } from '../plan/explanation.ts';
import type { Plan } from '../plan/types.ts';

/** @throws TrafficError check-failed (timeout where a pod was waited for), with all findings that refuse */
export function refuseOnErrors({ findings }: Plan, request: Request): void {
  const errors = findings.filter(({ severity }) => severity === 'error');
  const [first, ...more] = errors;
  if (first === undefined) return;
  const isTimeout = request.waitForPods > 0 && errors.every(({ code }) => code === 'no-ready-pod');
  const words =
    more.length === 0
      ? `${first.message}${first.message.includes('\n') ? '\n' : ' '}`
      : `${errors.length} checks speak against it:\n${errors.map(({ message }) => `- ${message}`).join('\n')}\n`;
  const waited = isTimeout ? `Waited ${request.waitForPods / 1000} s for a ready pod. ` : '';
  const overrule = errors.every(({ forceable }) => forceable)
    ? 'To do it all the same, set `force: true`.'
    : '';
  throw new TrafficError(isTimeout ? 'timeout' : 'check-failed', `${waited}${words}${overrule}`.trimEnd());
}

/** @throws TrafficError check-failed, with every expectation that is not met */
export function refuseOnMisses(explanations: readonly Explanation[]): void {
  const verdicts = explanations.flatMap(({ verdict }) => verdict ?? []);
  const misses = verdicts.filter(({ met }) => !met);
  if (misses.length === 0) return;
  const lines = misses.map(
    ({ file, line, name, expected, found }) =>
      `- ${file}:${line} ${name}: expected ${expected}; found ${found}`,
  );
  const are = misses.length === 1 ? 'is' : 'are';
  throw new TrafficError(
    'check-failed',
    `${misses.length} of ${verdicts.length} expectations ${are} not met:\n${lines.join('\n')}`,
  );
}
