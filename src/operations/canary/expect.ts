/** Each stage may change what `weight` may change. */
import type { Snapshot } from '../../plan/types.ts';
import type { ExpectedChange } from '../../reach/expected/change.ts';
import { expectWeight } from '../weight/expect.ts';
import type { CanaryIntent } from './intent.ts';

export function expectCanary(snapshot: Snapshot, { stages, stage, ...intent }: CanaryIntent): ExpectedChange {
  return expectWeight(snapshot, { ...intent, operation: 'weight', weight: stages[stage]?.weight ?? 0 });
}
