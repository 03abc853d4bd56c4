import type { TakeBackIntent } from '../../undo/types.ts';
import type { InnerOperation } from '../types.ts';
import { expectTakeBack } from './expect.ts';
import { planTakeBack } from './plan.ts';

/** Only `routing` is read: a cancelled run has no time to read the whole cluster, and goes by what it has written. */
export const takeBack: InnerOperation<TakeBackIntent, 'undo'> = {
  kind: 'change',
  name: 'take-back',
  reportedAs: 'undo',
  direction: 'changes-back',
  reads: 'routing',
  plan: planTakeBack,
  expect: expectTakeBack,
  brief: () => undefined,
  takesBack: { by: 'undo' },
};
