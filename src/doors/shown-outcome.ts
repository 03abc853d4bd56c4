import { redactedData, type Redactor } from '../base/redactor.ts';
import type { Outcome } from '../report/types.ts';

/**
 * An outcome as it may leave this process, in whatever form. Secrets go here, before anything is cut or escaped. A
 * selector that had one in it is left out: with `***` in its place it would select something else.
 */
export function shownOutcome(outcome: Outcome, redactor: Redactor): Outcome {
  const shown = redactedData(outcome, redactor);
  const safeToScaleDown = outcome.safeToScaleDown.filter((selector) =>
    shown.safeToScaleDown.includes(selector),
  );
  return { ...shown, safeToScaleDown };
}
