import type { Finding } from '../base/findings.ts';
import { changeOperationOf } from '../operations/index.ts';
import { BESIDE_ALL, besideFindings } from '../plan/beside.ts';
import type { CheckContext } from './context.ts';

/**
 * What else decides about the same requests as a changed VirtualService. What takes a
 * change back goes on: nothing gets worse by it.
 */
export function checkBeside({ snapshot, intent, draft }: CheckContext): readonly Finding[] {
  const changed = draft.virtualServices.flatMap(({ before, after }) => (before === after ? [] : [after]));
  const isForward = changeOperationOf(intent).direction === 'forward';
  return besideFindings(snapshot, changed, {
    ...BESIDE_ALL,
    mesh: isForward ? 'error' : 'warning',
  });
}
