/** The way back of a canary: what its stages have written so far, and how that is taken back. */
import { elapsed } from '../../base/elapsed.ts';
import { withSentence } from '../../base/errors.ts';
import { formatLabels } from '../../istio/labels.ts';
import type { Request } from '../../operations/request.ts';
import type { Collaborators } from '../../ports/collaborators.ts';
import type { Outcome } from '../../report/types.ts';
import { isEmptyUndo } from '../../undo/step.ts';
import type { UndoPlan } from '../../undo/types.ts';
import { withoutSignal, type CanaryRequest, type RunOnce } from './once.ts';

/**
 * What takes back all that was written. `nothing`: nothing was. `unrecorded`: a run that is gone has written something,
 * and no record says what was there before, so that the build is rolled back.
 */
export type CanaryWayBack =
  { readonly kind: 'nothing' | 'unrecorded' } | { readonly kind: 'recorded'; readonly step: UndoPlan };

/** The way back of one run after another: the newest change is reverted first. */
export function afterAlso(way: CanaryWayBack, next: UndoPlan): CanaryWayBack {
  switch (way.kind) {
    case 'unrecorded':
      return way;
    case 'nothing':
      return { kind: 'recorded', step: next };
    case 'recorded': {
      const { undo } = way.step;
      return {
        kind: 'recorded',
        step: {
          ...next,
          undo: {
            virtualServices: [...next.undo.virtualServices, ...undo.virtualServices],
            destinationRules: [...next.undo.destinationRules, ...undo.destinationRules],
          },
        },
      };
    }
  }
}

export interface TakenBack {
  readonly isBack: boolean;
  /** Of the last run that tried; absent: nothing had to be done. */
  readonly outcome?: Outcome;
  /** What became of it, as a sentence that follows the failure's; empty: nothing had to be done. */
  readonly words: string;
}

/**
 * Takes everything back: field by field by what was recorded, so that all is as it was; where somebody else changed a
 * part since, or nothing is recorded, the build is rolled back. Goes on whatever signal comes.
 */
export async function takeCanaryBack(
  way: CanaryWayBack,
  request: CanaryRequest,
  collaborators: Collaborators,
  once: RunOnce,
): Promise<TakenBack> {
  if (way.kind === 'nothing' || (way.kind === 'recorded' && isEmptyUndo(way.step)))
    return { isBack: true, words: '' };
  const steady = withoutSignal(collaborators);
  const { clock, log } = steady;
  const begun = elapsed(clock);
  log.info('Taking back what this canary did');
  const back = (words: string, how: string, outcome: Outcome): TakenBack => {
    const seconds = ((elapsed(clock) - begun) / 1000).toFixed(1);
    const done = `${words} in ${seconds} s${how}.`;
    log.info(done);
    return { isBack: true, outcome, words: done };
  };
  if (way.kind === 'recorded') {
    const takingBack = requestWith({ operation: 'take-back', step: way.step }, request);
    const outcome = await once(takingBack, steady, PART);
    const isWhole = outcome.findings.every(({ code }) => code !== 'not-taken-back');
    if (outcome.failure === null && isWhole) return back('Taken back', ': everything is as it was', outcome);
    const why = outcome.failure?.message ?? 'somebody else has changed the routes since';
    log.info(withSentence(`It can't be taken back as it was recorded: ${why}`, 'Rolling the build back.'));
  }
  const { selector, virtualServices, podLabels } = request.intent;
  const selection = {
    ...(selector !== undefined && { selector }),
    ...(virtualServices !== undefined && { virtualServices }),
  };
  const rollingBack = requestWith({ operation: 'rollback', ...selection, podLabels }, request);
  const outcome = await once(rollingBack, steady, PART);
  if (outcome.failure === null) return back(`Rolled back ${formatLabels(podLabels)}`, '', outcome);
  const message = `What the canary did was not taken back: ${outcome.failure.message}`;
  return { isBack: false, outcome, words: withSentence(message, BY_HAND) };
}

/** A change by itself, in a run whose cluster was named before. */
const PART = { part: { isAfterWrites: true } };

const BY_HAND = 'The build still has its share: use `rollback` for it, or `undo`.';

function requestWith(intent: Request['intent'], { probe: _, ...request }: CanaryRequest): Request {
  return { ...request, intent, waitForPods: 0 };
}
