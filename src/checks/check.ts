import type { Finding } from '../base/findings.ts';
import { checkAffinity } from './affinity.ts';
import { checkBaseReach } from './base-reach.ts';
import { checkBeside } from './beside.ts';
import { checkConnections } from './connections.ts';
import type { Check, CheckContext } from './context.ts';
import { checkCreatedRules } from './created-rules.ts';
import { checkDeletion } from './deletion.ts';
import { checkElsewhere } from './elsewhere.ts';
import { checkNotUnderstood } from './not-understood.ts';
import { checkOtherService } from './other-service.ts';
import { checkOwners } from './owners.ts';
import { checkPods } from './pods.ts';
import { checkPolicies } from './policies.ts';
import { checkReachable } from './reachable.ts';
import { checkRights } from './rights.ts';
import { checkService } from './service.ts';
import { checkSharedPods } from './shared-pods.ts';
import { checkSight } from './sight.ts';
import { checkSize } from './size.ts';
import { checkSubsetNames } from './subset-names.ts';
import { checkSubsets } from './subsets.ts';
import { checkZeroWeights } from './zero-weights.ts';

const CHECKS: readonly Check[] = [
  checkPods,
  checkService,
  checkOtherService,
  checkBaseReach,
  checkSharedPods,
  checkReachable,
  checkOwners,
  checkDeletion,
  checkSubsets,
  checkZeroWeights,
  checkSubsetNames,
  checkCreatedRules,
  checkPolicies,
  checkSize,
  checkRights,
  checkSight,
  checkNotUnderstood,
  checkBeside,
  checkElsewhere,
  checkAffinity,
  checkConnections,
];

/** All that speaks against a change, or that a person should know of it. */
export function check(context: CheckContext): readonly Finding[] {
  return CHECKS.flatMap((one) => one(context));
}
