/**
 * How each operation is planned, and how its changes are guarded: apart from what it is (`index.ts`), because most of a start
 * is reading code, and this is half of all that there is.
 */
import type { ChangeIntent, ReadIntent } from './index.ts';
import { planExplain } from './explain/plan.ts';
import { planHistory } from './history/plan.ts';
import { planShow } from './show/plan.ts';
import { expectHeaders } from './headers/expect.ts';
import { planHeaders } from './headers/plan.ts';
import { expectWeight } from './weight/expect.ts';
import { planWeight } from './weight/plan.ts';
import { expectCanary } from './canary/expect.ts';
import { planCanary } from './canary/plan.ts';
import { expectPromote } from './promote/expect.ts';
import { planPromote } from './promote/plan.ts';
import { expectRollback } from './rollback/expect.ts';
import { planRollback } from './rollback/plan.ts';
import { expectClear } from './clear/expect.ts';
import { planClear } from './clear/plan.ts';
import { expectPrune } from './prune/expect.ts';
import { planPrune, repositoriesOf } from './prune/plan.ts';
import { expectUndo } from './undo/expect.ts';
import { planUndo } from './undo/plan.ts';
import { expectTakeBack } from './take-back/expect.ts';
import { planTakeBack } from './take-back/plan.ts';
import type { Plan, Snapshot } from '../plan/types.ts';
import type { Planner } from './types.ts';

/** One that lacks an operation doesn't compile. */
const PLANNERS: {
  readonly [Name in ChangeIntent['operation']]: Planner<Extract<ChangeIntent, { readonly operation: Name }>>;
} = {
  headers: { plan: planHeaders, expect: expectHeaders },
  weight: { plan: planWeight, expect: expectWeight },
  canary: { plan: planCanary, expect: expectCanary },
  promote: { plan: planPromote, expect: expectPromote },
  rollback: { plan: planRollback, expect: expectRollback },
  clear: { plan: planClear, expect: expectClear },
  prune: { plan: planPrune, expect: expectPrune, pullRequestsOf: repositoriesOf },
  undo: { plan: planUndo, expect: expectUndo },
  'take-back': { plan: planTakeBack, expect: expectTakeBack },
};

/** The planner of an intent's operation. */
export function plannerOf({ operation }: ChangeIntent): Planner<ChangeIntent> {
  return PLANNERS[operation];
}

/**
 * What an intent's operation shows.
 *
 * @throws TrafficError not-found, ambiguous
 */
export function planRead(snapshot: Snapshot, intent: ReadIntent): Plan {
  switch (intent.operation) {
    case 'show':
      return planShow(snapshot, intent);
    case 'explain':
      return planExplain(snapshot, intent);
    case 'history':
      return planHistory(snapshot, intent);
  }
}
