import type { Finding } from '../base/findings.ts';
import { changeOperationOf } from '../operations/index.ts';
import { besideFindings } from '../plan/beside.ts';
import type { CheckContext } from './context.ts';

/**
 * Routes of the Gateway API and Sidecars that decide about the same requests as a changed VirtualService. What takes a
 * change back goes on: nothing gets worse by it.
 */
export function checkBeside({ snapshot, intent, draft }: CheckContext): readonly Finding[] {
  const changed = draft.virtualServices.flatMap(({ before, after }) => (before === after ? [] : [after]));
  const isForward = changeOperationOf(intent).direction === 'forward';
  return besideFindings(snapshot, changed, {
    mesh: isForward ? 'error' : 'warning',
    gateways: true,
    sidecars: true,
  });
}
