import type { Author, Collaborators } from '../ports/collaborators.ts';
import { TrafficError, toTrafficError, withSentence } from '../base/errors.ts';
import type { Access } from '../intent/types.ts';
import {
  changeOperationOf,
  isReadOnly,
  operationOf,
  readOperationOf,
  type Intent,
} from '../operations/index.ts';
import { reachOfPlan } from '../operations/reach.ts';
import type { Request } from '../operations/request.ts';
import { patienceOf, uncancelled, abortable } from './interrupt.ts';
import { plan } from './plan.ts';
import type { Explanation } from '../plan/explanation.ts';
import { finding, type Finding } from '../base/findings.ts';
import { LAST_CHANGE } from '../plan/last-change.ts';
import { withAnnotation } from '../plan/objects.ts';
import { titleOf } from '../base/title.ts';
import { removalsOf } from '../plan/subset-removals.ts';
import { keptFromWholeService } from '../plan/whole-service.ts';
import type { Phase, Plan, Snapshot, Write } from '../plan/types.ts';
import type { RouteView } from '../plan/view-types.ts';
import { probeUntilGood, type Asking } from '../probe/until-good.ts';
import { refuseToWriteOtherwise } from './as-sent.ts';
import type { Reach } from '../reach/types.ts';
import { unaskedChanges } from '../reach/unasked.ts';
import type { Outcome } from '../report/types.ts';
import type { ReadScope, Store } from '../ports/store.ts';
import { stampOf, withHistory, type Stamp } from '../undo/record.ts';
import { undoPlanOf } from '../undo/step.ts';
import type { UndoPlan } from '../undo/types.ts';
import { undoWrites, untilNoConflict, writePlan, type Writing } from './write.ts';

/** Writes that are rehearsed at the same time: none depends on another, and each waits for a webhook. */
const MOST_REHEARSED = 8;

/** Milliseconds between two looks for a ready pod. */
const POD_PAUSE = 2000;

export interface RunOptions {
  /** Called once everything is known that can be known before the first write. */
  readonly onPlanned?: (outcome: Outcome) => void;
  /**
   * Called before each write with what takes back all that is or may be written then, and after a change was undone
   * with what takes back the rest: whoever keeps it can take the change back even if the process is killed.
   */
  readonly onWriting?: (step: UndoPlan, store: Store, namespace: string) => void;
}

/**
 * The one path of every door: read → plan → check → rehearse → write → confirm. Never throws: what went wrong is
 * the outcome's `failure`, with the state that things are in.
 */
export async function run(
  request: Request,
  collaborators: Collaborators,
  options: RunOptions = {},
): Promise<Outcome> {
  const progress: Progress = { findings: [], written: [], before: new Map() };
  try {
    const complete = await withExpectations(request, collaborators);
    progress.store = await collaborators.openStore(request.place, request.namespace);
    const { access } = progress.store;
    if (access !== undefined) collaborators.log.info(accessLine(access));
    await changeTraffic(complete, collaborators, progress.store, progress, options);
    return outcomeOf(request, progress, null);
  } catch (thrown) {
    const error = toTrafficError(thrown);
    progress.findings.push(...error.findings.filter((one) => !progress.plan?.findings.includes(one)));
    return outcomeOf(request, progress, error);
  }
}

/** First of all, so that whoever sees the wrong cluster there can stop the run. */
function accessLine({ server, context, origin }: Access): string {
  return `Cluster ${server}, context ${context}, from ${origin}`;
}

/** What is known so far; the outcome is made from it wherever the path ends. */
interface Progress {
  store?: Store;
  namespace?: string;
  /** What the plan was made from. */
  snapshot?: Snapshot;
  plan?: Plan;
  /** Whom the plan changes what for. */
  reach?: Reach | undefined;
  /** Findings beside the plan's. */
  readonly findings: Finding[];
  readonly written: Writing['done'];
  /** Routes as they were before this run first wrote them, by VirtualService. */
  readonly before: Map<string, readonly RouteView[]>;
  /** After a failure: the objects that are changed all the same, by title. */
  left?: ReadonlySet<string>;
  /** The last wait is over. */
  isDone?: boolean;
}

async function changeTraffic(
  request: Request,
  { clock: steadyClock, log, author: whoAsks, signal, ask }: Collaborators,
  steadyStore: Store,
  progress: Progress,
  { onPlanned, onWriting }: RunOptions,
): Promise<void> {
  const steady = { store: uncancelled(steadyStore), clock: steadyClock };
  const { store, clock } = abortable({ store: steadyStore, clock: steadyClock }, signal);
  let stamp: Stamp | undefined;
  let actor: string | undefined;
  const writing: Writing = {
    store,
    clock,
    steady,
    patience: patienceOf(steadyClock, signal),
    log,
    propagationWait: request.propagationWait,
    done: progress.written,
    findings: progress.findings,
    conflicts: {},
    stage: {},
    keep: (change) =>
      progress.snapshot === undefined
        ? { value: change.after, findings: [] }
        : keptFromWholeService(progress.snapshot, change, toList(progress.plan?.labels)),
    onWriting: (writes) => {
      if (progress.plan === undefined || progress.namespace === undefined) return;
      const about = { by: actor ?? null, time: stamp?.time ?? clock.now().toISOString() };
      onWriting?.(undoPlanOf(progress.plan, writes, about), store, progress.namespace);
    },
    confirm: confirmation(request, progress, { ask, clock, log, signal }),
  };
  const podDeadline = clock.now().getTime() + request.waitForPods;
  let isRehearsed = false;
  let who: Promise<Author | undefined> | undefined;
  try {
    await untilNoConflict(writing, async (attempt) => {
      const { planned, snapshot } = await readAndPlan(request, store, progress, writing, podDeadline);
      progress.plan = planned;
      progress.snapshot = snapshot;
      refuseOnErrors(planned, request);
      progress.reach = refuseUnasked(planned, snapshot, request);
      refuseOnMisses(planned.explanations ?? []);
      if (planned.phases.length === 0) return;
      let signed = planned;
      if (store.kind === 'kubernetes') {
        stamp ??= stampOf(planned, clock.now(), clock.random());
        if (!request.dryRun) who ??= whoAsks();
        const earlier = progress.written.map(({ write }) => write);
        const author = await who;
        actor = author?.actor;
        signed = withHistory(sign(planned, request.intent, author, stamp), stamp, author, earlier);
        // A trial leaves no trace: neither who tried it nor how to take it back.
        if (request.dryRun) signed = { ...planned, findings: signed.findings };
      }
      progress.plan = signed;
      if (attempt === 1) onPlanned?.(outcomeOf(request, progress, null));
      if (!isRehearsed) {
        const title =
          store.kind === 'kubernetes' ? 'Rehearse: ask the server to try every write' : 'Rehearse every edit';
        await log.group(title, () => rehearse(signed, store));
        isRehearsed = true;
      }
      if (!request.dryRun) await writePlan(signed, writing);
    });
  } catch (thrown) {
    const error = toTrafficError(thrown);
    const isReading = isReadOnly(request.intent);
    if (progress.plan === undefined || request.dryRun || isReading) throw error;
    const { words, left } = await undoWrites(writing);
    progress.left = left;
    if (writing.done.length > 0)
      writing.onWriting?.(
        writing.done.flatMap(({ write, stored }) => (left.has(titleOf(stored)) ? [write] : [])),
      );
    throw new TrafficError(error.reason, withSentence(error.message, words), {
      cause: error,
      findings: error.findings,
    });
  }
  if (request.probe !== undefined && writing.stage.isConfirmed !== true)
    progress.findings.push(finding('probe', 'notice', 'No route changed, so the probe was not asked.'));
  progress.isDone = true;
}

function toList<T>(one: T | undefined): readonly T[] {
  return one === undefined ? [] : [one];
}

/** Undefined where no address is to be asked. */
function confirmation(
  { probe }: Request,
  { findings }: Progress,
  { ask, ...asking }: Omit<Asking, 'ask'> & Pick<Collaborators, 'ask'>,
): Writing['confirm'] {
  if (probe === undefined) return undefined;
  if (ask === undefined)
    throw new TrafficError(
      'invalid-input',
      'probe-url is given, but no collaborator `ask` that could ask it.',
    );
  return async () => {
    findings.push(await probeUntilGood(probe, { ask, ...asking }));
  };
}

/** Reads and plans; where a ready pod is waited for, again until there is one or the time is up. */
async function readAndPlan(
  request: Request,
  store: Store,
  progress: Progress,
  { clock, log }: Writing,
  podDeadline: number,
): Promise<{ readonly planned: Plan; readonly snapshot: Snapshot }> {
  for (;;) {
    const snapshot = await log.group(`Read ${store.place}`, () => store.read(scopeOf(request.intent)));
    progress.namespace = snapshot.namespace;
    const planned = plan(snapshot, request.intent, { force: request.force });
    rememberBefore(planned, progress);
    // Also with `force`: it goes on without a pod, but only when the wait is over.
    const isMissingPods = planned.findings.some(({ code }) => code === 'no-ready-pod');
    // What no wait for pods would mend is said at once.
    const isRefused = planned.findings.some(
      ({ code, severity }) => code !== 'no-ready-pod' && severity === 'error',
    );
    const left = podDeadline - clock.now().getTime();
    if (!isMissingPods || isRefused || left <= 0) return { planned, snapshot };
    log.info('No pod of the target subset is ready yet: waiting');
    await clock.sleep(Math.min(POD_PAUSE, left));
  }
}

function scopeOf(intent: Intent): ReadScope | undefined {
  const { reads } = isReadOnly(intent) ? readOperationOf(intent) : changeOperationOf(intent);
  return reads === 'routing' ? undefined : reads;
}

function rememberBefore(planned: Plan, { before, written }: Progress): void {
  const groups = Map.groupBy(
    planned.before,
    ({ namespace, virtualService }) => `${namespace}/${virtualService}`,
  );
  for (const [name, views] of groups) {
    const isOurs = written.some(({ stored }) => titleOf(stored) === `VirtualService ${name}`);
    if (!isOurs) before.set(name, views);
  }
}

/** @throws TrafficError check-failed (timeout where a pod was waited for), with all findings that refuse */
function refuseOnErrors({ findings }: Plan, request: Request): void {
  const errors = findings.filter(({ severity }) => severity === 'error');
  const [first, ...more] = errors;
  if (first === undefined) return;
  const isTimeout = request.waitForPods > 0 && errors.every(({ code }) => code === 'no-ready-pod');
  const words =
    more.length === 0
      ? `${first.message}${first.message.includes('\n') ? '\n' : ' '}`
      : `${errors.length} checks speak against it:\n${errors.map(({ message }) => `- ${message}`).join('\n')}\n`;
  const waited = isTimeout ? `Waited ${request.waitForPods / 1000} s for a ready pod. ` : '';
  const overrule = errors.every(({ forceable }) => forceable)
    ? 'To do it all the same, set `force: true`.'
    : '';
  throw new TrafficError(isTimeout ? 'timeout' : 'check-failed', `${waited}${words}${overrule}`.trimEnd());
}

/**
 * Compares what each class of requests gets before and after, whatever the planner thought.
 *
 * @throws TrafficError check-failed where a change reaches requests that it wasn't asked for
 */
function refuseUnasked({ phases }: Plan, snapshot: Snapshot, { intent }: Request): Reach | undefined {
  if (isReadOnly(intent)) return undefined;
  const reach = reachOfPlan(snapshot, intent, phases);
  const findings = unaskedChanges(reach);
  const [first] = findings;
  if (first !== undefined) throw new TrafficError('check-failed', first.message, { findings });
  return reach;
}

/**
 * The request with the file of expectations read, before anything is contacted.
 *
 * @throws TrafficError not-found, invalid-input with line and column of all that is wrong in it
 */
async function withExpectations(request: Request, { readText }: Collaborators): Promise<Request> {
  const { intent } = request;
  if (intent.operation !== 'explain' || intent.expectations === undefined) return request;
  if (readText === undefined)
    throw new TrafficError('invalid-input', 'No file of expectations can be read here.');
  const { path } = intent.expectations;
  // Only when it is needed: to load YAML takes longer than all the rest of a start.
  const { readExpectations } = await import('../intent/expectations.ts');
  const cases = readExpectations(path, await readText(path));
  return { ...request, intent: { ...intent, expectations: { path, cases } } };
}

/** @throws TrafficError check-failed, with every expectation that is not met */
function refuseOnMisses(explanations: readonly Explanation[]): void {
  const verdicts = explanations.flatMap(({ verdict }) => verdict ?? []);
  const misses = verdicts.filter(({ met }) => !met);
  if (misses.length === 0) return;
  const lines = misses.map(
    ({ file, line, name, expected, found }) =>
      `- ${file}:${line} ${name}: expected ${expected}; found ${found}`,
  );
  const are = misses.length === 1 ? 'is' : 'are';
  throw new TrafficError(
    'check-failed',
    `${misses.length} of ${verdicts.length} expectations ${are} not met:\n${lines.join('\n')}`,
  );
}

/** Says in every VirtualService that changes who changed it. */
function sign(planned: Plan, intent: Intent, author: Author | undefined, { time }: Stamp): Plan {
  if (author === undefined) return planned;
  // Rollback and clear know by themselves what is theirs to remove, when they are done again.
  const isKnown = !isReadOnly(intent) && changeOperationOf(intent).direction === 'builds-back';
  const removes = isKnown ? [] : removalsOf(planned.phases);
  const text = JSON.stringify({
    operation: planned.operation,
    ...author,
    time,
    ...(removes.length > 0 && { removes }),
  });
  const phases = planned.phases.map((phase): Phase => ({
    ...phase,
    writes: phase.writes.map((write) => signed(write, text)),
  }));
  return { ...planned, phases };
}

function signed(write: Write, text: string): Write {
  return write.kind === 'VirtualService'
    ? { ...write, after: withAnnotation(write.after, LAST_CHANGE, text) }
    : write;
}

async function rehearse({ phases }: Plan, store: Store): Promise<void> {
  const writes = phases.flatMap((phase) => phase.writes);
  for (let i = 0; i < writes.length; i += MOST_REHEARSED) {
    const answers = await Promise.allSettled(
      writes.slice(i, i + MOST_REHEARSED).map(async (write) => {
        const stored = await store.rehearse(write);
        if (stored !== undefined) refuseToWriteOtherwise(write, stored);
      }),
    );
    for (const answer of answers) if (answer.status === 'rejected') throw answer.reason;
  }
}

function outcomeOf(request: Request, progress: Progress, error: TrafficError | null): Outcome {
  const { store, plan: planned } = progress;
  const before = planned === undefined ? [] : earliest(planned.before, progress.before);
  const { writes, phases, after } = effectOf(request, progress, before, error !== null);
  return {
    operation: operationOf(request.intent),
    place: store?.place ?? null,
    ...(store?.access !== undefined && { access: store.access }),
    namespace: progress.namespace ?? request.namespace ?? null,
    dryRun: request.dryRun,
    changed: writes.length > 0,
    subset: planned?.subset ?? null,
    before,
    after,
    phases,
    texts: store?.texts(writes) ?? [],
    reach: progress.reach ?? null,
    findings: [
      ...(planned?.findings ?? []),
      ...progress.findings,
      ...(store?.warnings ?? []).map((words) => finding('store', 'warning', words)),
    ],
    safeToScaleDown: progress.isDone === true && !request.dryRun ? (planned?.safeToScaleDown ?? []) : [],
    explanations: planned?.explanations ?? [],
    failure: error === null ? null : { reason: error.reason, message: error.message },
    ...(planned?.undone !== undefined && { undone: planned.undone }),
    history: planned?.history ?? [],
    previous: planned?.previous ?? null,
  };
}

/** What was changed or, where nothing is written yet, would be; after a failure, what is left changed. */
function effectOf(
  request: Request,
  { plan: planned, written, isDone, left = new Set() }: Progress,
  before: readonly RouteView[],
  isFailed: boolean,
): Pick<Outcome, 'phases' | 'after'> & { readonly writes: readonly Write[] } {
  const done = written.map(({ write }) => write);
  const phases = planned?.phases ?? [];
  if (!isFailed) {
    // What was written can be less than was planned: a subset stays that somebody else uses meanwhile.
    const isWritten = isDone === true && !request.dryRun;
    const writes = isWritten ? done : phases.flatMap((phase) => phase.writes);
    return { writes, phases, after: planned?.after ?? [] };
  }
  const isLeft = ({ after }: Write): boolean => left.has(titleOf(after));
  const wasWritten = (name: Phase['name'], write: Write): boolean =>
    isLeft(write) &&
    written.some((one) => one.phase === name && titleOf(one.stored) === titleOf(write.after));
  const isNew = (view: RouteView): boolean =>
    left.has(`VirtualService ${view.namespace}/${view.virtualService}`);
  return {
    writes: done.filter(isLeft),
    phases: phases
      .map((phase) => ({ ...phase, writes: phase.writes.filter((write) => wasWritten(phase.name, write)) }))
      .filter(({ writes }) => writes.length > 0),
    after: [...before.filter((view) => !isNew(view)), ...(planned?.after ?? []).filter(isNew)],
  };
}

/** A VirtualService that this run wrote in an earlier attempt is shown as it was before that. */
function earliest(views: readonly RouteView[], before: Progress['before']): readonly RouteView[] {
  const names = new Set(views.map(({ namespace, virtualService }) => `${namespace}/${virtualService}`));
  return [...names].flatMap((name) => before.get(name) ?? []);
}
