/** The writing half of `run`: phase by phase, each object as it was read, with a way back until routes are done. */
import type { Log } from '../ports/collaborators.ts';
import { TrafficError, toTrafficError, withSentence } from '../base/errors.ts';
import type { Means, Patience } from './interrupt.ts';
import { resolveHost } from '../istio/hosts.ts';
import { sameSpec } from '../istio/same-spec.ts';
import type { DestinationRule, VirtualService } from '../istio/types.ts';
import { finding, type Finding } from '../base/findings.ts';
import { LAST_CHANGE } from '../plan/last-change.ts';
import { titleOf } from '../base/title.ts';
import { referencedSubsets, subsetKey, withoutSubsets } from '../plan/subsets.ts';
import type { Phase, Plan, Write } from '../plan/types.ts';
import { refuseWrittenOtherwise } from './as-sent.ts';
import { applyUndo, conflictsText, type Keep } from '../undo/apply.ts';
import { undoOf } from '../undo/diff.ts';

export interface Writing extends Means {
  /** In place of `store` and `clock`, for what is finished even if the run is cancelled. */
  readonly steady: Means;
  readonly patience: Patience;
  readonly log: Log;
  /** Milliseconds. */
  readonly propagationWait: number;
  /** What this run has written so far, in order; also across attempts. */
  readonly done: Done[];
  readonly findings: Finding[];
  /** Kept for the whole run, so that conflicts at one place and then at another don't get a minute each. */
  readonly conflicts: Conflicts;
  /** How far it has come. */
  readonly stage: Stage;
  /** Asks whether the change is good, once Envoy has it; throws where it isn't. */
  readonly confirm?: (() => Promise<void>) | undefined;
  /** The last word on a VirtualService that is taken back: it must not give the build more than it had. */
  readonly keep?: Keep | undefined;
  /** Told before each write what is or may be written then, in order, and after an undoing what is left of it. */
  readonly onWriting?: ((writes: readonly Write[]) => void) | undefined;
}

export interface Stage {
  /** The change is done, and holds: only subsets that nothing uses any more are being removed. */
  isTidying?: boolean;
  /** `confirm` has been asked. */
  isConfirmed?: boolean;
}

export interface Conflicts {
  /** When the minute from the first conflict is over, as `Date.getTime`. */
  deadline?: number;
  isOver?: boolean;
  /** One was about a DestinationRule that was to gain subsets. */
  isOfSubsets?: boolean;
}

export interface Done {
  readonly phase: Phase['name'];
  readonly write: Write;
  /** The object as the server then had it. */
  readonly stored: VirtualService | DestinationRule;
  /** Its answer never came: perhaps it was carried out, perhaps not. */
  readonly isDoubtful?: true;
}

const WHAT = {
  'add-subsets': 'Add subsets',
  routes: 'Change routes',
  'remove-subsets': 'Remove subsets that nothing uses',
} as const;

/**
 * Writes a plan: subsets, wait, routes, wait, confirm, subsets that are to go.
 *
 * @throws TrafficError conflict: somebody else wrote in between, plan again; anything else: as the store
 */
export async function writePlan(plan: Plan, writing: Writing): Promise<void> {
  if (isFresh(plan, writing)) await waitForEnvoy(writing);
  for (const [position, phase] of plan.phases.entries()) {
    // As long as the subsets that are to go are there, there is something to go back to.
    if (phase.name === 'remove-subsets') await confirmOnce(writing);
    await writing.log.group(WHAT[phase.name], async () => {
      if (phase.name === 'remove-subsets') await tidyUp(phase, writing);
      else for (const write of phase.writes) await writeOne(phase.name, write, writing);
      const isLast = position === plan.phases.length - 1;
      // After the routes even if nothing follows: "done" means that Envoy has them.
      if (phase.name === 'routes' || !isLast) await waitForEnvoy(writing);
    });
  }
  await confirmOnce(writing);
}

/** Also where an earlier attempt has written the routes, and this one had none to write. */
async function confirmOnce({ stage, done, confirm }: Writing): Promise<void> {
  if (stage.isConfirmed === true || !done.some(({ phase }) => phase === 'routes')) return;
  stage.isConfirmed = true;
  await confirm?.();
}

/** Going back from here would do more harm than the subsets do, so a cancelled run finishes it. */
async function tidyUp({ name, writes }: Phase, writing: Writing): Promise<void> {
  writing.stage.isTidying = true;
  const steady = { ...writing, ...writing.steady };
  if (writing.store.kind === 'kubernetes') await removeSubsets(writes, steady);
  else for (const write of writes) await writeOne(name, write, steady);
}

/**
 * May what this plan finds be of this very moment? A run that was killed has left subsets that its routes left just
 * now; a conflict on a DestinationRule means that a subset, which is there now, was not when we read. Without the
 * wait istiod could push both in one go, and of a removal that loses requests.
 */
function isFresh({ phases }: Plan, { done, conflicts }: Writing): boolean {
  const first = phases[0]?.name;
  if (first === 'remove-subsets') return done.every(({ phase }) => phase !== 'routes');
  return first === 'routes' && conflicts.isOfSubsets === true && done.length === 0;
}

async function waitForEnvoy({ store, clock, log, propagationWait }: Writing): Promise<void> {
  if (store.kind === 'manifests' || propagationWait === 0) return;
  log.info(`Waiting ${propagationWait / 1000} s for istiod and Envoy to catch up`);
  await clock.sleep(propagationWait);
}

async function writeOne(phase: Phase['name'], planned: Write, writing: Writing): Promise<void> {
  const earlier = writing.done.findLast(({ stored }) => isSameObject(stored, planned.before));
  // An earlier phase of this very plan wrote it: its resourceVersion counts, not the one that was read.
  const write = earlier?.write.after === planned.before ? rebased(planned, earlier.stored) : planned;
  writing.onWriting?.([...writing.done.map((one) => one.write), planned]);
  let stored: VirtualService | DestinationRule;
  try {
    stored = await writing.store.write(write);
  } catch (thrown) {
    const error = toTrafficError(thrown);
    if (phase === 'add-subsets' && error.reason === 'conflict') writing.conflicts.isOfSubsets = true;
    if (error.isDoubtful) writing.done.push({ phase, write: planned, stored: write.after, isDoubtful: true });
    throw error;
  }
  writing.done.push({ phase, write: planned, stored });
  writing.log.info(`Wrote ${titleOf(stored)}`);
  refuseWrittenOtherwise(write, stored);
}

function isSameObject(a: VirtualService | DestinationRule, b: VirtualService | DestinationRule): boolean {
  return titleOf(a) === titleOf(b);
}

/** The same change on the object as it is stored now: whatever the server has added stays. */
function rebased(write: Write, stored: VirtualService | DestinationRule): Write {
  const { annotations: _, ...metadata } = stored.metadata;
  const { annotations } = write.after.metadata;
  const after = {
    ...stored,
    spec: write.after.spec,
    metadata: { ...metadata, ...(annotations && { annotations }) },
  };
  // The kinds agree: `stored` is what the server answered for an object of the write's kind and name.
  return { kind: write.kind, before: stored, after } as Write;
}

/**
 * Takes away the subsets that `before` has and `after` hasn't, from DestinationRules as they are now, and only those
 * that nothing refers to now: during the wait, another run may have sent traffic to one of them, or changed the same
 * DestinationRule.
 */
async function removeSubsets(writes: readonly Write[], writing: Writing): Promise<void> {
  const planned = writes.filter((write) => write.kind === 'DestinationRule');
  const staying = new Map<string, Finding>();
  await untilNoConflict(writing, async () => {
    staying.clear();
    const snapshot = await writing.store.read('routing');
    const used = referencedSubsets(snapshot.virtualServices.map((current) => newest(current, writing)));
    for (const { before, after } of planned) {
      const read = snapshot.destinationRules.find((rule) => isSameObject(rule, before));
      if (read === undefined) continue;
      const rule = newest(read, writing);
      const host = resolveHost(rule.spec.host, rule.metadata.namespace);
      const kept = new Set((after.spec.subsets ?? []).map(({ name }) => name));
      const unwanted = (before.spec.subsets ?? []).map(({ name }) => name).filter((name) => !kept.has(name));
      const free = new Set(unwanted.filter((name) => !used.has(subsetKey(host, name))));
      for (const name of unwanted.filter((subset) => !free.has(subset))) {
        const message = `Subset ${name} of ${titleOf(rule)} stays: a VirtualService sends traffic to it meanwhile.`;
        staying.set(message, finding('subset-in-use', 'notice', message, rule));
      }
      const left = withoutSubsets(rule, free);
      if (left !== rule)
        await writeOne('remove-subsets', { kind: 'DestinationRule', before: rule, after: left }, writing);
    }
  });
  writing.findings.push(...staying.values());
}

/** The object as read, or as we wrote it if the read is older than our write (a cache answered). */
function newest<T extends VirtualService | DestinationRule>(read: T, { done }: Writing): T {
  const own = done.findLast(({ stored }) => isSameObject(stored, read));
  const isOlder =
    own !== undefined && read.metadata.resourceVersion === own.write.before.metadata.resourceVersion;
  return isOlder ? (own.stored as T) : read;
}

/** Milliseconds that a run tries again while others write the same objects. */
const CONFLICT_LIMIT = 60_000;

/**
 * Tries again after a conflict, with growing jittered pauses, for up to a minute from the first one.
 *
 * @throws TrafficError whatever else `attempt` throws; conflict when the minute is over
 */
export async function untilNoConflict<T>(
  { clock, log, conflicts }: Pick<Writing, 'clock' | 'log' | 'conflicts'>,
  attempt: (number: number) => Promise<T>,
): Promise<T> {
  for (let number = 1; ; number += 1) {
    try {
      return await attempt(number);
    } catch (thrown) {
      const error = toTrafficError(thrown);
      if (error.reason !== 'conflict' || conflicts.isOver === true) throw error;
      conflicts.deadline ??= clock.now().getTime() + CONFLICT_LIMIT;
      const pause = Math.min(2000, 50 * 2 ** number) * (0.5 + clock.random());
      if (clock.now().getTime() + pause > conflicts.deadline) {
        conflicts.isOver = true;
        const words = `Tried ${number} times in a minute: something writes this object all the time. Find out what (kubectl get … --show-managed-fields) and run again.`;
        throw new TrafficError('conflict', withSentence(error.message, words), { cause: error });
      }
      log.info(withSentence(error.message, 'Trying again on what is there now.'));
      await clock.sleep(pause);
    }
  }
}

/** What a failure in the middle leaves behind. */
export interface Aftermath {
  /** Which state things are in, and what to do. */
  readonly words: string;
  /** The objects that are still changed, by title. */
  readonly left: ReadonlySet<string>;
}

/**
 * After a failure in the middle: takes back what was written, routes first, unless the routes are done (then
 * only subsets that nothing uses are left, and taking the change back would do more harm than they do).
 */
export async function undoWrites(writing: Writing): Promise<Aftermath> {
  const { done, log } = writing;
  await settleDoubt({ ...writing, ...writing.steady });
  if (done.length === 0) return { words: 'Nothing was changed.', left: new Set() };
  if (writing.stage.isTidying === true) {
    return {
      words:
        'The routes are changed as asked; only subsets that nothing uses any more are left in the DestinationRule. Run `clear`, or the same again, to remove them.',
      left: new Set(done.map(({ stored }) => titleOf(stored))),
    };
  }
  // The minute for conflicts may be over by now, and the way back needs its own.
  return log.group('Undo what was written', () => undo({ ...writing, ...writing.steady, conflicts: {} }));
}

/**
 * Looks whether the last write, to which no answer came that can be used, was carried out. An object that is neither
 * as it was nor as it was sent was changed by somebody else: our change may be below theirs, so it is taken back like
 * any other, unless it can't be told; then it stays doubtful.
 */
async function settleDoubt({ store, done }: Writing): Promise<void> {
  const last = done.at(-1);
  if (last?.isDoubtful !== true) return;
  const snapshot = await store.read('routing').catch(() => undefined);
  if (snapshot === undefined) return;
  const { phase, write } = last;
  const live = [...snapshot.virtualServices, ...snapshot.destinationRules].find((object) =>
    isSameObject(object, write.after),
  );
  switch (live === undefined ? 'not-written' : fateOf(write, live)) {
    case 'not-written':
      done.pop();
      return;
    case 'as-sent':
      done[done.length - 1] = { phase, write, stored: live ?? write.after };
      return;
    case 'changed-since':
      // With the resourceVersion of before it is a conflict to put it back whole, and only what is ours goes.
      done[done.length - 1] = { phase, write, stored: write.after };
      return;
    case 'unknown':
  }
}

/**
 * What became of a write without an answer, by the object as it is now. A VirtualService carries our signature; of a
 * DestinationRule the subsets tell that it was given.
 */
function fateOf(
  write: Write,
  live: VirtualService | DestinationRule,
): 'not-written' | 'as-sent' | 'changed-since' | 'unknown' {
  if (live.metadata.resourceVersion === write.before.metadata.resourceVersion) return 'not-written';
  if (write.kind === 'DestinationRule') {
    const names = ({ spec }: DestinationRule): string[] => (spec.subsets ?? []).map(({ name }) => name);
    const [old, now] = [names(write.before), live.kind === 'DestinationRule' ? names(live) : []];
    const isThere = names(write.after).some((name) => !old.includes(name) && now.includes(name));
    return isThere ? 'as-sent' : 'not-written';
  }
  const [old, signature, now] = [write.before, write.after, live].map(
    ({ metadata }) => metadata.annotations?.[LAST_CHANGE],
  );
  const isSame = sameSpec(write.kind, write.after.spec, live.spec);
  if (now !== signature && now !== old) return 'unknown';
  if (isSame) return 'as-sent';
  // Who edits what we wrote keeps our signature; where it isn't, neither is our change.
  return now === old ? 'not-written' : 'changed-since';
}

async function undo(writing: Writing): Promise<Aftermath> {
  const left = new Map<string, string>();
  const findings = writing.findings.length;
  const objects = [...Map.groupBy(writing.done, ({ stored }) => titleOf(stored))].reverse();
  const attempt = async ([title, done]: (typeof objects)[number]): Promise<void> => {
    const [first, last] = [done[0], done.at(-1)];
    if (first === undefined || last === undefined) return;
    if (last.isDoubtful === true) {
      left.set(
        title,
        "perhaps: no answer that can be used came to the write, and what is there now can't be read or is somebody else's",
      );
      return;
    }
    try {
      await undoOne(first.write, last.stored, writing);
      writing.log.info(`Undid ${title}`);
    } catch (thrown) {
      const { message, isDoubtful } = toTrafficError(thrown);
      left.set(title, isDoubtful ? `perhaps: ${message}` : message);
    }
  };
  const isRoutes = ([title]: (typeof objects)[number]): boolean => title.startsWith('VirtualService ');
  const [routes, rules] = [objects.filter(isRoutes), objects.filter((object) => !isRoutes(object))];
  for (const object of routes) await attempt(object);
  const isPutBack = routes.every(([title]) => !left.has(title));
  if (routes.length > 0 && rules.length > 0 && !(await hasWaited(writing))) {
    const names = rules.map(([title]) => title);
    const state = isPutBack
      ? 'The routes are as they were; the'
      : `Still changed: ${stillChanged(left)}. The`;
    return {
      words: `${state} subsets that were added stay in ${names.join(', ')}: a cancelled run has no time to wait ${writing.propagationWait / 1000} s (propagation-wait) until Envoy has left them. Nothing uses them; \`rollback\` removes them.`,
      left: new Set([...left.keys(), ...names]),
    };
  }
  for (const object of rules) await attempt(object);
  if (left.size > 0) {
    return {
      words: `What had been written before could not be undone everywhere. Still changed: ${stillChanged(left)}. Run the same again to finish the change, or \`rollback\` to take it back.`,
      left: new Set(left.keys()),
    };
  }
  const told = writing.findings.slice(findings);
  const state =
    told.length === 0
      ? ': everything is as it was.'
      : told.some(({ code }) => code === 'stable-subset-stays')
        ? ', but a route stays with its stable subset, because the whole service takes in the pods of the build.'
        : ', but for a subset that a VirtualService sends traffic to meanwhile.';
  return { words: `What had been written before was undone${state}`, left: new Set() };
}

function stillChanged(left: ReadonlyMap<string, string>): string {
  return [...left].map(([title, why]) => `${title} (${why})`).join('; ');
}

/** As `waitForEnvoy`; false where a cancelled run has no time for it. */
async function hasWaited({ store, log, patience, propagationWait }: Writing): Promise<boolean> {
  if (store.kind === 'manifests' || propagationWait === 0) return true;
  log.info(`Waiting ${propagationWait / 1000} s for istiod and Envoy to catch up`);
  return patience.wait(propagationWait);
}

/**
 * A DestinationRule loses the subsets that it was given, rather than be as it was: it may have changed since, and
 * another run, or a write of ours whose answer got lost, may have sent traffic to them. A VirtualService that somebody
 * else has written since loses what we made of it, and keeps what they did.
 *
 * @throws TrafficError conflict, with what somebody else changed and is left
 */
async function undoOne(
  first: Write,
  stored: VirtualService | DestinationRule,
  writing: Writing,
): Promise<void> {
  if (first.kind === 'DestinationRule' && writing.store.kind === 'kubernetes') {
    const given: Write = { kind: 'DestinationRule', before: stored as DestinationRule, after: first.before };
    return removeSubsets([given], writing);
  }
  // The kinds agree: both are of the same object.
  const whole = { kind: first.kind, before: stored, after: backTo(first, stored, writing) } as Write;
  try {
    await writeAsIs(rebased(whole, stored), writing);
  } catch (thrown) {
    const error = toTrafficError(thrown);
    if (error.reason !== 'conflict' || whole.kind !== 'VirtualService') throw error;
    writing.log.info(withSentence(error.message, 'Taking back only what is ours.'));
    await takeBack({ kind: 'VirtualService', before: whole.after, after: whole.before }, writing);
  }
}

/** A write that takes something back: a webhook that changes it, too, must not pass for having done so. */
async function writeAsIs(write: Write, { store }: Writing): Promise<void> {
  refuseWrittenOtherwise(write, await store.write(write));
}

/** What it was, but for a route that would send to the whole service, and so to the build, again. */
function backTo(
  { before }: Write,
  stored: VirtualService | DestinationRule,
  { keep, findings }: Writing,
): VirtualService | DestinationRule {
  if (keep === undefined || before.kind !== 'VirtualService' || stored.kind !== 'VirtualService')
    return before;
  const kept = keep({ before: stored, after: before });
  findings.push(...kept.findings);
  return kept.value;
}

async function takeBack(made: Write, writing: Writing): Promise<void> {
  const { virtualServices } = undoOf([made]);
  const conflicts = await untilNoConflict(writing, async () => {
    const snapshot = await writing.store.read('routing');
    const current = { virtualServices: snapshot.virtualServices.map((one) => newest(one, writing)) };
    const undo = { virtualServices, destinationRules: [] };
    const result = applyUndo({ ...current, destinationRules: [] }, [undo], writing.keep);
    for (const change of result.virtualServices)
      await writeAsIs({ kind: 'VirtualService', ...change }, writing);
    return result.conflicts;
  });
  if (conflicts.length > 0) throw new TrafficError('conflict', conflictsText(conflicts));
}
