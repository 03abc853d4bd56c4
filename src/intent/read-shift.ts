/** What the operations have in common that shift traffic to a build. */
import type { Selection } from '../istio/selection.ts';
import type { Labels } from '../istio/types.ts';
import { canonicalJson } from '../base/json.ts';
import { INPUTS } from './inputs.ts';
import type { Reader } from './reader.ts';
import { SELECTION_INPUTS } from './selection.ts';
import type { ShiftIntent } from './types.ts';

/** The inputs of a `ShiftIntent`, and of the probe that says whether the shift is good. */
export const SHIFT_INPUTS = {
  required: [INPUTS.podSelector],
  optional: [
    ...SELECTION_INPUTS,
    INPUTS.hostname,
    INPUTS.port,
    INPUTS.routes,
    INPUTS.createDestinationRule,
    INPUTS.probeUrl,
    INPUTS.probeHeaders,
    INPUTS.probeExpect,
    INPUTS.probeCount,
    INPUTS.probeTimeout,
  ],
} as const;

/** Beside `SHIFT_INPUTS`, of operations that add a build to what is there. */
export const ADDING_INPUTS = [INPUTS.stablePodSelector, INPUTS.waitForPods] as const;

/** @returns undefined where something that it needs is missing or at fault, which the reader knows */
export function readShift(reader: Reader, selection: Selection | undefined): ShiftIntent | undefined {
  const podLabels = reader.read(INPUTS.podSelector);
  const hostname = reader.read(INPUTS.hostname);
  const port = reader.read(INPUTS.port);
  const routes = reader.read(INPUTS.routes) ?? [];
  const createRule = reader.read(INPUTS.createDestinationRule) ?? false;
  if (selection === undefined || podLabels === undefined) return undefined;
  const service = {
    ...(hostname === undefined ? {} : { hostname }),
    ...(port === undefined ? {} : { port }),
  };
  return { ...selection, podLabels, ...service, routes, ...(createRule && { createRule }) };
}

/** The labels of `stable-pod-selector`, which are others than those of `pod-selector`. */
export function readStable(
  reader: Reader,
  shift: ShiftIntent | undefined,
): { readonly stableLabels?: Labels } {
  const stableLabels = reader.read(INPUTS.stablePodSelector);
  if (stableLabels === undefined) return {};
  if (shift !== undefined && canonicalJson(stableLabels) === canonicalJson(shift.podLabels)) {
    reader.fault(
      INPUTS.stablePodSelector,
      'it is the same as `pod-selector`: no pods would be left for the other requests',
    );
  }
  return { stableLabels };
}
