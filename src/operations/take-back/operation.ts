import type { TakeBackIntent } from './intent.ts';
import type { InnerOperation } from '../types.ts';

/** Only its namespace is read: a cancelled run has no time to read the whole cluster, and goes by what it has written. */
export const takeBack: InnerOperation<TakeBackIntent, 'undo'> = {
  kind: 'change',
  name: 'take-back',
  reportedAs: 'undo',
  direction: 'changes-back',
  reads: 'namespace',
  brief: () => undefined,
  takesBack: { by: 'undo' },
};
