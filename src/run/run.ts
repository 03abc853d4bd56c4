import { elapsed } from '../base/elapsed.ts';
import { toTrafficError } from '../base/errors.ts';
import { finding } from '../base/findings.ts';
import { fullName } from '../base/title.ts';
import type { Access } from '../intent/types.ts';
import {
  changeOperationOf,
  isReadOnly,
  readOperationOf,
  type ReadIntent,
  type RequestedIntent,
} from '../operations/index.ts';
import type { Request } from '../operations/request.ts';
import type { Collaborators } from '../ports/collaborators.ts';
import type { ReadScope, Store } from '../ports/store.ts';
import type { Outcome } from '../report/types.ts';
import { untilNoConflict } from './conflicts.ts';
import type { RunContext } from './context.ts';
import { withExpectations } from './expectations.ts';
import { openJournal, type Journal } from './journal.ts';
import { hasEntry, planIn } from './journal-readers.ts';
import { openContext } from './open-context.ts';
import type { Part, RunOptions } from './options.ts';
import { outcomeOf } from './outcome.ts';
import type { Planned } from './planned.ts';
import { readAndPlan } from './read-and-plan.ts';
import { refuseOnErrors, refuseOnMisses } from './refusals.ts';

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
    await changeTraffic(request, collaborators, context, part, async () => {
      await onPlanned?.(() => outcomeOf(request, store, journal.entries, null));
    });
  } catch (thrown) {
    if (hasEntry(journal.entries, 'tidying')) part?.onTidying?.();
    const error = toTrafficError(thrown);
    if (planIn(journal.entries) === undefined || request.dryRun || isReadOnly(request.intent)) throw error;
    const { afterUndoing } = await import('./changing.ts');
    throw await afterUndoing(error, context, part);
  }
}

async function changeTraffic(
  request: Request,
  { clock: steadyClock, author, signal }: Collaborators,
  context: RunContext,
  part: Part | undefined,
  onPlanned: () => Promise<void>,
): Promise<void> {
  const { intent } = request;
  const { clock, journal } = context;
  const podDeadline = elapsed(clock) + request.waitForPods;
  await untilNoConflict(context, async (attempt) => {
    if (attempt > 1) await settled(context);
    const planned = await readAndPlan(request, scopeOf(intent), podDeadline, context);
    part?.onRead?.(planned.before);
    refuseOnErrors(planned.plan, request);
    if (!isReadOnly(intent)) {
      const { carryOut } = await import('./changing.ts');
      await carryOut(planned, intent, {
        request,
        context,
        author,
        clock: steadyClock,
        part,
        ...(attempt === 1 && { onPlanned }),
      });
      return;
    }
    refuseOnMisses(planned.plan.explanations ?? []);
    if (asksProxies(intent)) await showProxies(planned, context, signal);
  });
  if (request.probe !== undefined && !hasEntry(journal.entries, 'probed')) {
    const notice = finding('probe', 'notice', 'No route changed, so the probe was not asked.');
    journal.add({ kind: 'found', finding: notice });
  }
  journal.add({ kind: 'finished' });
}

/** Between two attempts; only a change comes to a second one whose writes may be in doubt. */
async function settled(context: RunContext): Promise<void> {
  const { settleDoubt } = await import('./changing.ts');
  await settleDoubt(context);
}

/** Its code is loaded here, because only `show` with `proxies` needs it. */
async function showProxies(
  { plan, snapshot }: Planned,
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

function scopeOf(intent: RequestedIntent): ReadScope | undefined {
  const reads = isReadOnly(intent) ? readsOf(intent) : changeOperationOf(intent).reads;
  return reads === 'namespace' ? undefined : reads;
}

function readsOf(intent: ReadIntent): ReadScope | 'namespace' {
  const operation = readOperationOf(intent);
  return operation.readsFor?.(intent) ?? operation.reads;
}

function asksProxies(intent: ReadIntent): boolean {
  return readOperationOf(intent).asksProxies?.(intent) === true;
}
