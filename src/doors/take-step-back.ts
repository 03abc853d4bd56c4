/** What the Action's post step does: it takes back what the main step did. */
import type { Collaborators } from '../ports/collaborators.ts';
import { TrafficError, withSentence, faultText } from '../base/errors.ts';
import type { Request } from '../operations/request.ts';
import { finding } from '../base/findings.ts';
import { failed, type Outcome } from '../report/types.ts';
import { run } from '../run/run.ts';
import { forget, readKept, type StepState } from './step-state.ts';
import { isEmptyUndo } from '../undo/step.ts';

/**
 * @param path where the main step has kept what it did; empty: it has not come that far
 * @returns what was done; undefined: there was nothing to do, which is said in the log
 */
export async function takeStepBack(
  path: string,
  request: Request,
  collaborators: Collaborators,
): Promise<Outcome | undefined> {
  let state: StepState | undefined;
  try {
    state = path === '' ? undefined : readKept(path);
  } catch (thrown) {
    const why = faultText(thrown);
    return failed(
      new TrafficError('internal', `What this step did is not known any more (${path}: ${why}). ${BY_HAND}`),
    );
  }
  if (state === undefined || isEmptyUndo(state.step)) {
    // Of a canary that was finished, only `on-failure: rollback` keeps anything.
    if (request.onFailure === 'rollback' || state === undefined)
      collaborators.log.info('Nothing to take back: this step changed nothing, or has undone it by itself.');
    return undefined;
  }
  const outcome = await run(takeBackRequest(state, request), atThisPlace(state, collaborators));
  if (outcome.failure === null) {
    forget(path);
    return outcome;
  }
  const message = withSentence(
    `What this step did was not taken back: ${outcome.failure.message}`,
    outcome.changed ? '' : BY_HAND,
  );
  return {
    ...outcome,
    findings: [finding('not-taken-back', 'error', BY_HAND), ...outcome.findings],
    failure: { ...outcome.failure, message },
  };
}

const BY_HAND = 'The traffic still goes as this step left it: use `undo`, or `rollback` for its build.';

function takeBackRequest(
  { step, namespace }: StepState,
  { place, force, propagationWait, confirm, confirmTimeout, clusterDomain }: Request,
): Request {
  return {
    intent: { operation: 'take-back', step },
    place,
    namespace,
    ...(clusterDomain !== undefined && { clusterDomain }),
    dryRun: false,
    force,
    propagationWait,
    // The change that is taken back was confirmed; a right that is gone since then must not keep it.
    confirm: confirm === 'proxies' ? 'auto' : confirm,
    confirmTimeout,
    waitForPods: 0,
    onFailure: 'keep',
  };
}

/** A later step may have logged in to another cluster, whose objects have the same names. */
function atThisPlace(state: StepState, collaborators: Collaborators): Collaborators {
  return {
    ...collaborators,
    openStore: async (place, namespace) => {
      const store = await collaborators.openStore(place, namespace);
      if (store.place !== state.place) {
        throw new TrafficError(
          'check-failed',
          `This step wrote to ${state.place}, and its credentials are now for ${store.place}: give it a kubeconfig of its own.`,
        );
      }
      return store;
    },
  };
}
