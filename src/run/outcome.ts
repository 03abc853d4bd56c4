import type { TrafficError } from '../base/errors.ts';
import { finding } from '../base/findings.ts';
import { fullName, titleOf } from '../base/title.ts';
import { inLines } from '../intent/services.ts';
import { operationOf } from '../operations/index.ts';
import type { Request } from '../operations/request.ts';
import { isOfServices } from '../operations/services.ts';
import { ownerOf } from '../plan/owners.ts';
import type { Phase, Plan, ServicePlan, Write } from '../plan/types.ts';
import type { RouteView } from '../plan/view-types.ts';
import type { Store } from '../ports/store.ts';
import { askedFor } from '../report/asked-for.ts';
import type { Outcome, ServiceOutcome } from '../report/types.ts';
import type { Entry } from './journal.ts';
import {
  changeIn,
  findingsIn,
  hasEntry,
  lastOf,
  leftIn,
  reachIn,
  routesBefore,
  writesIn,
} from './journal-readers.ts';

/** What an outcome says of the place. */
export type PlaceFacts = Pick<Store, 'place' | 'access' | 'warnings' | 'texts'>;

/**
 * What came of a request, as far as the journal goes.
 *
 * @param place undefined: it was not reached
 * @param error null: nothing went wrong
 */
export function outcomeOf(
  request: Request,
  place: PlaceFacts | undefined,
  entries: readonly Entry[],
  error: TrafficError | null,
): Outcome {
  const plan = changeIn(entries);
  const before = plan === undefined ? [] : earliest(plan.before, entries);
  const { writes, phases, after } =
    error === null ? runEffect(request, plan, entries) : effectOfFailure(plan, entries, before);
  const isSafe = hasEntry(entries, 'finished') && !hasEntry(entries, 'unconfirmed') && !request.dryRun;
  return {
    operation: operationOf(request.intent),
    place: place?.place ?? null,
    ...(place?.access !== undefined && { access: place.access }),
    namespace:
      plan?.isOfAllNamespaces === true
        ? null
        : (lastOf(entries, 'read')?.namespace ?? request.namespace ?? null),
    dryRun: request.dryRun,
    asked: askedFor(request),
    ...(plan?.virtualServices !== undefined && { virtualServices: plan.virtualServices }),
    ...(plan?.gatewayServers !== undefined && { gatewayServers: plan.gatewayServers }),
    changed: writes.length > 0,
    subset: plan?.subset ?? null,
    before,
    after,
    phases,
    texts: place?.texts(writes) ?? [],
    reach: reachIn(entries) ?? null,
    findings: [
      ...(plan?.findings ?? []),
      ...findingsIn(entries),
      ...(error?.findings ?? []).filter((one) => plan?.findings.includes(one) !== true),
      ...(place?.warnings ?? []).map((words) => finding('store', 'warning', words)),
    ].map((one) => ({ ...one, message: wordsFor(request, one.message) })),
    ...proxiesIn(entries),
    ...confirmationIn(entries),
    safeToScaleDown: isSafe ? (plan?.safeToScaleDown ?? []) : [],
    explanations: plan?.explanations ?? [],
    failure: error === null ? null : { reason: error.reason, message: wordsFor(request, error.message) },
    ...(error !== null && leftOf(writes, entries)),
    ...(plan?.shared !== undefined && { shared: plan.shared }),
    ...(plan?.undone !== undefined && { undone: plan.undone }),
    ...(plan?.previewUrl !== undefined && { previewUrl: plan.previewUrl }),
    ...(plan?.pruned !== undefined && { pruned: plan.pruned }),
    ...(plan?.previews !== undefined && { previews: plan.previews }),
    ...(plan?.services !== undefined && { services: plan.services.map(serviceOf) }),
    history: plan?.history ?? [],
    previous: plan?.previous ?? null,
    effects: plan?.effects ?? [],
  };
}

/** Checks speak of the inputs of one service. */
function wordsFor({ intent }: Request, message: string): string {
  return isOfServices(intent) ? inLines(message) : message;
}

function serviceOf({ title, selection, podSelector, plan }: ServicePlan): ServiceOutcome {
  const writes = plan.phases.flatMap((phase) => phase.writes.map(({ after }) => titleOf(after)));
  return {
    title,
    selection,
    podSelector,
    subset: plan.subset,
    previous: plan.previous ?? null,
    virtualServices: (plan.virtualServices ?? []).map(fullName),
    writes: [...new Set(writes)],
    findings: plan.findings,
  };
}

function proxiesIn(entries: readonly Entry[]): Pick<Outcome, 'proxies'> {
  const asked = lastOf(entries, 'proxies');
  return asked === undefined ? {} : { proxies: asked.views };
}

/** Of the routes, unless they are on their way back. */
function confirmationIn(entries: readonly Entry[]): Pick<Outcome, 'confirmation'> {
  if (hasEntry(entries, 'undoing') || hasEntry(entries, 'unconfirmed')) return {};
  const last = entries.findLast((entry) => entry.kind === 'confirmed' && entry.phase === 'routes');
  return last?.kind === 'confirmed' ? { confirmation: { how: last.how, words: last.words } } : {};
}

type RunEffect = Pick<Outcome, 'phases' | 'after'> & { readonly writes: readonly Write[] };

/** What was changed or, where nothing is written yet, would be. */
function runEffect(request: Request, plan: Plan | undefined, entries: readonly Entry[]): RunEffect {
  const phases = plan?.phases ?? [];
  // What was written can be less than was planned: a subset stays that somebody else uses meanwhile.
  const isWritten = hasEntry(entries, 'finished') && !request.dryRun;
  const writes = isWritten
    ? writesIn(entries).map(({ write }) => write)
    : phases.flatMap((phase) => phase.writes);
  return { writes, phases, after: plan?.after ?? [] };
}

/** What is left changed. */
function effectOfFailure(
  plan: Plan | undefined,
  entries: readonly Entry[],
  before: readonly RouteView[],
): RunEffect {
  const [written, left] = [writesIn(entries), leftIn(entries)];
  const isLeft = ({ after }: Write): boolean => left.has(titleOf(after));
  const wasWritten = (name: Phase['name'], write: Write): boolean =>
    isLeft(write) &&
    written.some((one) => one.phase === name && titleOf(one.stored) === titleOf(write.after));
  const isNew = (view: RouteView): boolean => left.has(`VirtualService ${ownerOf(view)}`);
  return {
    writes: written.map(({ write }) => write).filter(isLeft),
    phases: (plan?.phases ?? [])
      .map((phase) => ({ ...phase, writes: phase.writes.filter((write) => wasWritten(phase.name, write)) }))
      .filter(({ writes }) => writes.length > 0),
    after: [...before.filter((view) => !isNew(view)), ...(plan?.after ?? []).filter(isNew)],
  };
}

function leftOf(writes: readonly Write[], entries: readonly Entry[]): Pick<Outcome, 'left'> {
  if (writes.length === 0) return {};
  if (hasEntry(entries, 'tidying')) return { left: 'change' };
  return { left: writes.some(({ after }) => after.kind === 'VirtualService') ? 'routes' : 'rules' };
}

/** A VirtualService that this run wrote in an earlier attempt is shown as it was before that. */
function earliest(views: readonly RouteView[], entries: readonly Entry[]): readonly RouteView[] {
  const before = routesBefore(entries);
  return [...new Set(views.map(ownerOf))].flatMap((name) => before.get(name) ?? []);
}
