import { BASE_ROUTE_INPUTS } from './inputs/base-routes.ts';
import { BUILD_REQUEST_INPUTS } from './inputs/build-requests.ts';
import { CANARY_INPUTS } from './inputs/canary.ts';
import { EXPLAINED_REQUEST_INPUTS } from './inputs/explained-requests.ts';
import { JOB_INPUTS } from './inputs/job.ts';
import { OBJECT_INPUTS } from './inputs/objects.ts';
import { PLACE_INPUTS } from './inputs/place.ts';
import { PROBE_INPUTS } from './inputs/probe.ts';
import { REMOVAL_INPUTS } from './inputs/removal.ts';
import { SCOPE_INPUTS } from './inputs/scope.ts';
import { WRITING_INPUTS } from './inputs/writing.ts';

/**
 * The one table of inputs, in the order in which help and messages show them. Parsers, messages, help and `action.yml`
 * all follow it; which operation uses which input is in the registry of operations (`operations/`), and so is the
 * input `operation` itself.
 */
export const INPUTS = {
  ...SCOPE_INPUTS,
  ...OBJECT_INPUTS,
  ...BUILD_REQUEST_INPUTS,
  ...BASE_ROUTE_INPUTS,
  ...CANARY_INPUTS,
  ...REMOVAL_INPUTS,
  ...EXPLAINED_REQUEST_INPUTS,
  ...PLACE_INPUTS,
  ...WRITING_INPUTS,
  ...PROBE_INPUTS,
  ...JOB_INPUTS,
};
