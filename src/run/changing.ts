/**
 * What a run has to load before it can change something: half of all the code that there is. `show` does without, because most
 * of a start is reading code.
 */
export { plannerOf } from '../operations/planners.ts';
export { afterUndoing, carryOut } from './carry-out.ts';
export { settleDoubt } from './doubt.ts';
export { plan } from './plan.ts';
