import { TrafficError, toTrafficError, withSentence } from '../base/errors.ts';
import { finding } from '../base/findings.ts';
import { fullName, titleOf } from '../base/title.ts';
import type { Access } from '../intent/types.ts';
import {
  changeOperationOf,
  isReadOnly,
  readOperationOf,
  type ReadIntent,
  type RequestedIntent,
} from '../operations/index.ts';
import type { Request } from '../operations/request.ts';
import type { Plan, Snapshot } from '../plan/types.ts';
import type { Collaborators } from '../ports/collaborators.ts';
import type { ReadScope, Store } from '../ports/store.ts';
import type { Outcome } from '../report/types.ts';
import { untilNoConflict } from './conflicts.ts';
import type { RunContext } from './context.ts';
import { settleDoubt } from './doubt.ts';
import { withExpectations } from './expectations.ts';
import { openJournal, type Journal } from './journal.ts';
import { hasEntry, leftIn, planIn, writesIn } from './journal-readers.ts';
import { openContext } from './open-context.ts';
import type { Part, RunOptions } from './options.ts';
import { outcomeOf } from './outcome.ts';
import { readAndPlan } from './read-and-plan.ts';
import { refuseOnErrors, refuseOnMisses, refuseUnasked } from './refusals.ts';
import { rehearse } from './rehearse.ts';
import { signPlan } from './sign.ts';
import { undoWrites } from './undo-writes.ts';
import { leftToWrite } from './whole-change.ts';
import { writePlan } from './write.ts';

export type { RunOptions } from './options.ts';

/**
 * The one path of every door: read → plan → check → rehearse → write → confirm. Never throws: what went wrong is
 * the outcome's `failure`, with the state that things are in.
 */
export async function run(
  request: Request,
  collaborators: Collaborators,
  options: RunOptions = {},
): Promise<Outcome> {
  const { intent } = request;
  if (intent.operation === 'canary' && options.part === undefined) {
    const { runCanary } = await import('./canary/run-canary.ts');
    return runCanary({ ...request, intent }, collaborators, options, runOnce);
  }
  return runOnce(request, collaborators, options);
}

/** One change, or one stage of a canary. */
async function runOnce(
  request: Request,
  collaborators: Collaborators,
  options: RunOptions = {},
): Promise<Outcome> {
  const journal = openJournal();
  let store: Store | undefined;
  try {
    const complete = await withExpectations(request, collaborators);
    store = await collaborators.openStore(request.place, request.namespace);
    const { access } = store;
    if (access !== undefined && options.part === undefined) collaborators.log.info(accessLine(access));
    await changeOrUndo(complete, collaborators, store, journal, options);
    return outcomeOf(request, store, journal.entries, null);
  } catch (thrown) {
    return outcomeOf(request, store, journal.entries, toTrafficError(thrown));
  }
}

/** Logged first, so that somebody who sees the wrong cluster can stop the run. */
function accessLine({ source, server, context, origin }: Access): string {
  if (source === 'keyless') return `Cluster ${server}, with ${origin}`;
  return `Cluster ${server}, context ${context}, from ${origin}`;
}

/** @throws TrafficError with the state that things are in, after what was written is undone as far as it can be */
async function changeOrUndo(
  request: Request,
  collaborators: Collaborators,
  store: Store,
  journal: Journal,
  { onPlanned, onWriting, part }: RunOptions,
): Promise<void> {
  const context = openContext(request, collaborators, store, journal, onWriting);
  try {
    await changeTraffic(request, collaborators, context, part, () => {
      onPlanned?.(outcomeOf(request, store, journal.entries, null));
    });
  } catch (thrown) {
    if (hasEntry(journal.entries, 'tidying')) part?.onTidying?.();
    const error = toTrafficError(thrown);
    if (planIn(journal.entries) === undefined || request.dryRun || isReadOnly(request.intent)) throw error;
    const words = await undoWrites(context, part);
    const left = leftIn(journal.entries);
    context.handOnUndoPlan(
      writesIn(journal.entries).flatMap(({ write, stored }) => (left.has(titleOf(stored)) ? [write] : [])),
    );
    throw new TrafficError(error.reason, withSentence(error.message, words), {
      cause: error,
      findings: error.findings,
    });
  }
}

async function changeTraffic(
  request: Request,
  { clock: steadyClock, author, signal }: Collaborators,
  context: RunContext,
  part: Part | undefined,
  onPlanned: () => void,
): Promise<void> {
  const { store, clock, journal } = context;
  const podDeadline = clock.now().getTime() + request.waitForPods;
  await untilNoConflict(context, async (attempt) => {
    if (attempt > 1) await settleDoubt(context);
    const { plan, snapshot, before } = await readAndPlan(
      request,
      scopeOf(request.intent),
      podDeadline,
      context,
    );
    part?.onRead?.(before);
    refuseOnErrors(plan, request);
    const reach = refuseUnasked(plan, before, request);
    if (reach !== undefined) journal.add({ kind: 'guarded', reach });
    refuseOnMisses(plan.explanations ?? []);
    if (asksProxies(request.intent)) await showProxies(plan, snapshot, context, signal);
    const left = leftToWrite(plan, before, snapshot, journal.entries);
    if (left.phases.length === 0) {
      // An earlier attempt may have written the last of it, and the proxies must have that, too.
      if (!request.dryRun) await writePlan(left, context);
      return;
    }
    const signed =
      store.kind === 'kubernetes'
        ? await signPlan(left, request, { clock: steadyClock, author }, journal, part?.id)
        : left;
    if (attempt === 1) onPlanned();
    await rehearseOnce(signed, context);
    if (!request.dryRun) await writePlan(signed, context);
  });
  if (request.probe !== undefined && !hasEntry(journal.entries, 'probed')) {
    const notice = finding('probe', 'notice', 'No route changed, so the probe was not asked.');
    journal.add({ kind: 'found', finding: notice });
  }
  journal.add({ kind: 'finished' });
}

/** Its code is loaded here, because only `show` with `proxies` needs it. */
async function showProxies(
  plan: Plan,
  snapshot: Snapshot,
  { store, log, journal }: RunContext,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { gapWords, proxyViews } = await import('./confirm/views.ts');
  const names = (plan.virtualServices ?? []).map(fullName);
  const asked = await log.group('Ask the proxies', () => proxyViews(store, snapshot, names, signal));
  if (asked === undefined) return;
  journal.add({ kind: 'proxies', views: asked.views });
  if (asked.gaps.length > 0)
    journal.add({ kind: 'found', finding: finding('proxies-not-asked', 'warning', gapWords(asked.gaps)) });
}

/** Once a run: a plan made anew after a conflict is a change of the same kind, which the webhooks have accepted. */
async function rehearseOnce(plan: Plan, { store, log, journal }: RunContext): Promise<void> {
  if (hasEntry(journal.entries, 'rehearsed')) return;
  const title =
    store.kind === 'kubernetes' ? 'Rehearse: ask the server to try every write' : 'Rehearse every edit';
  await log.group(title, () => rehearse(plan, store));
  journal.add({ kind: 'rehearsed' });
}

function scopeOf(intent: RequestedIntent): ReadScope | undefined {
  const reads = isReadOnly(intent) ? readsOf(intent) : changeOperationOf(intent).reads;
  return reads === 'namespace' ? undefined : reads;
}

function readsOf(intent: ReadIntent): ReadScope | 'namespace' {
  const operation = readOperationOf(intent);
  return operation.readsFor?.(intent) ?? operation.reads;
}

function asksProxies(intent: RequestedIntent): boolean {
  return isReadOnly(intent) && readOperationOf(intent).asksProxies?.(intent) === true;
}
