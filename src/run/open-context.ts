import { TrafficError } from '../base/errors.ts';
import type { Labels } from '../istio/types.ts';
import type { Request } from '../operations/request.ts';
import type { Plan } from '../plan/types.ts';
import { keptFromWholeService } from '../plan/whole-service.ts';
import type { Collaborators } from '../ports/collaborators.ts';
import type { Store } from '../ports/store.ts';
import { probeUntilGood } from '../probe/until-good.ts';
import { undoPlanOf } from '../undo/step.ts';
import type { ConfirmOptions } from './confirm/options.ts';
import type { RunContext } from './context.ts';
import { abortable, patienceOf, uncancelled, type StoreAndClock } from './interrupt.ts';
import type { Journal } from './journal.ts';
import { inRunDomain, lastOf, planIn, snapshotIn } from './journal-readers.ts';
import type { RunOptions } from './options.ts';
import { waitForProxies, type Propagation } from './propagation.ts';
import { pullRequestsFor } from './pull-requests.ts';

/** What the steps of one run work with, made of its request and of what its caller has. */
export function openContext(
  request: Request,
  collaborators: Collaborators,
  store: Store,
  journal: Journal,
  onWriting: RunOptions['onWriting'],
): RunContext {
  const { clock, log, signal, openPullRequests } = collaborators;
  const forwards = abortable({ store, clock }, signal);
  let isHandedOn = false;
  return {
    ...forwards,
    uncancelled: { store: uncancelled(store), clock },
    log,
    journal,
    propagation: propagationOf({
      store,
      mode: request.confirm,
      timeout: request.confirmTimeout,
      signal,
      place: store.kind,
      milliseconds: request.propagationWait,
      clock: forwards.clock,
      patience: patienceOf(clock, signal),
      log,
      journal,
    }),
    withPullRequests: pullRequestsFor(request.intent, openPullRequests, clock),
    probe: probeOf(request, collaborators, forwards, journal),
    keep: (change) => {
      const snapshot = snapshotIn(journal.entries);
      if (snapshot === undefined) return { value: change.after, findings: [] };
      return inRunDomain(journal.entries, () =>
        keptFromWholeService(snapshot, change, labelsOf(planIn(journal.entries))),
      );
    },
    handOnUndoPlan: (writes) => {
      if (writes.length === 0 && !isHandedOn) return;
      isHandedOn = true;
      const [plan, read] = [planIn(journal.entries), lastOf(journal.entries, 'read')];
      if (plan === undefined || read === undefined) return;
      const { stamp, author } = lastOf(journal.entries, 'signed') ?? {};
      const about = { by: author?.actor ?? null, time: stamp?.time ?? clock.now().toISOString() };
      onWriting?.(undoPlanOf(plan, writes, about), forwards.store, read.namespace);
    },
  };
}

/** Of the builds that a plan is about. */
function labelsOf(plan: Plan | undefined): readonly Labels[] {
  const plans = plan?.services?.map((service) => service.plan) ?? [plan];
  return plans.map((one) => one?.labels).filter((labels) => labels !== undefined);
}

/** What asks the proxies is loaded when there are any: most of a start is reading code. */
function propagationOf(options: ConfirmOptions): Propagation {
  if (options.mode === 'wait' || options.store.proxies === undefined) return waitForProxies(options);
  let loaded: Promise<Propagation> | undefined;
  const load = (): Promise<Propagation> =>
    (loaded ??= import('./confirm/confirm.ts').then(({ confirmByProxies }) => confirmByProxies(options)));
  return {
    before: async (phase) => (await load()).before(phase),
    after: async (phase) => (await load()).after(phase),
  };
}

/** @throws TrafficError invalid-input: there is an address to ask, and nothing to ask it with */
function probeOf(
  { probe }: Request,
  { ask, log, signal }: Collaborators,
  { clock }: StoreAndClock,
  journal: Journal,
): RunContext['probe'] {
  if (probe === undefined) return undefined;
  if (ask === undefined)
    throw new TrafficError(
      'invalid-input',
      'probe-url is given, but no collaborator `ask` that could ask it.',
    );
  return async () => {
    journal.add({ kind: 'found', finding: await probeUntilGood(probe, { ask, clock, log, signal }) });
  };
}
