import type { Finding } from '../base/findings.ts';

/** Code of what is said of a VirtualService (its `object`) that sends to the service and that a change leaves alone. */
export const OTHER_ROUTES = 'other-routes';

/** What one service leaves alone, another one of the same change may be about. */
export function withoutChanged(
  findings: readonly Finding[],
  changed: ReadonlySet<string>,
): readonly Finding[] {
  return findings.filter(
    ({ code, object }) => code !== OTHER_ROUTES || object === null || !changed.has(object),
  );
}
