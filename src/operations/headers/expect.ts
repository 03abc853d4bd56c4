import type { HeadersIntent } from '../../intent/types.ts';
import type { Snapshot } from '../../plan/types.ts';
import { expectShift, type ExpectedChange } from '../../reach/expected/change.ts';
import { headersRule } from '../../reach/expected/headers.ts';

export function expectHeaders(_snapshot: Snapshot, intent: HeadersIntent): ExpectedChange {
  return expectShift(intent, (known) => headersRule(known, intent), intent.alternatives);
}
