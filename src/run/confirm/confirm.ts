/** Makes sure that the proxies have what a run has written, by asking them; where nobody can be asked, it waits. */
import { TrafficError, toTrafficError } from '../../base/errors.ts';
import { finding } from '../../base/findings.ts';
import { entrancesOf, wantedOf, type Wanted } from '../../confirm/wanted.ts';
import type { ConfirmMode } from '../../intent/types.ts';
import type { Store } from '../../ports/store.ts';
import { hasEntry, inRunDomain, planIn, virtualServicesNow } from '../journal-readers.ts';
import type { PhaseName } from '../../plan/types.ts';
import { waitForProxies, type Propagated, type Propagation, type PropagationWait } from '../propagation.ts';
import { lookAtProxies, type Look } from './look.ts';
import { areSameMembers, isAnybodyThere, membersOf, type Members } from './members.ts';
import { pauseAfter, progressOf } from './progress.ts';
import { emptyMemory, type Memory } from './questions.ts';
import { askRound } from './round.ts';
import { findWays, rightsText, type Ways } from './ways.ts';
import { confirmedWords, notAskedWords, openWords, refusedWords } from './words.ts';

/** Milliseconds that the look before a write may take: what has not answered by then counts as not seen. */
const LOOK_LIMIT = 5_000;
/** Milliseconds that one question may take, so that one proxy that hangs does not hide what the others say. */
const QUESTION_LIMIT = 5_000;
/** Milliseconds after which it is looked again who is there. */
const RELISTED = 2_000;
/**
 * Milliseconds. Envoy's main thread, which is what answers, hands each update to its workers at once, and they come to it
 * between two requests. They come to updates in order, so the last one is the only one to wait for.
 *
 * @see https://github.com/envoyproxy/envoy/blob/main/source/common/thread_local/thread_local_impl.cc runOnAllThreads
 */
const WORKERS = 100;

export interface ConfirmOptions extends PropagationWait {
  readonly store: Store;
  readonly mode: ConfirmMode;
  /** Milliseconds that the proxies may take. */
  readonly timeout: number;
  /** Ends questions when the run is cancelled; those of an undoing go on. */
  readonly signal: AbortSignal | undefined;
}

/** As `Propagation`; the wait takes the place of what can't be asked. */
export function confirmByProxies(options: ConfirmOptions): Propagation {
  const wait = waitForProxies(options);
  const { find } = waysFinder(options.store);
  let look: Look | undefined;
  /** Who was there when it was last looked: whoever comes after that is found at the end of the next phase. */
  let last: { readonly ways: Ways; readonly members: Members } | undefined;
  const lookBefore = async (phase: PhaseName): Promise<Look | undefined> => {
    const wanted = wantedIn(phase, options);
    if (wanted === undefined) return undefined;
    const ways = await find(wanted);
    if (ways === undefined) return undefined;
    if (options.mode === 'proxies' && ways.waits.length > 0) throw await unableToConfirm(ways);
    if (!isAnybodyAsked(ways)) return undefined;
    const members = last?.ways === ways ? last.members : await membersOf(ways);
    last = { ways, members };
    return await lookAtProxies(ways, members, wanted, abortedAfter(LOOK_LIMIT, options));
  };
  const askAfter = async (phase: PhaseName): Promise<Propagated> => {
    const wanted = wantedIn(phase, options);
    // What an earlier run has written is not in the plan.
    if (wanted === undefined || (phase === 'add-subsets' && wanted.subsets.length === 0))
      return wait.after(phase);
    const ways = await find(wanted);
    if (ways === undefined || !isAnybodyAsked(ways)) {
      if (ways !== undefined) tellOfWait(ways, false, options);
      return wait.after(phase);
    }
    const known = look?.phase === wanted.phase ? look : undefined;
    const members = known?.members ?? (await membersOf(ways));
    if (!isAnybodyThere(members, ways)) {
      tellOfWait({ ...ways, waits: [...ways.waits, ...members.waits] }, false, options);
      return wait.after(phase);
    }
    const end = await confirmed(wanted, { ways, members, look: known }, options);
    last = { ways, members: end.members };
    return end.propagated;
  };
  return {
    before: async (phase) => {
      look = undefined;
      try {
        look = await lookBefore(phase);
      } catch (thrown) {
        // An undoing goes on, and waits instead.
        if (!isUndoing(options)) throw thrown;
      }
    },
    after: async (phase) => {
      try {
        return await askAfter(phase);
      } catch (thrown) {
        if (!isUndoing(options)) throw thrown;
        return { kind: 'unknown', why: sentencePart(thrown) };
      }
    },
  };
}

/** Finds the ways once for the same entrances: after a conflict, the VirtualService may be for other gateways. */
function waysFinder(store: Store): { readonly find: (wanted: Wanted) => Promise<Ways | undefined> } {
  let known: { readonly key: string; readonly ways: Ways | undefined } | undefined;
  return {
    find: async (wanted) => {
      const key = JSON.stringify(entrancesOf(wanted));
      if (known?.key !== key) known = { key, ways: await findWays(store, wanted) };
      return known.ways;
    },
  };
}

function isUndoing({ journal }: ConfirmOptions): boolean {
  return hasEntry(journal.entries, 'undoing');
}

function sentencePart(thrown: unknown): string {
  return toTrafficError(thrown).message.replace(/\.$/, '');
}

/** Undefined where nothing has to be made sure of. */
function wantedIn(phase: PhaseName, { journal: { entries } }: ConfirmOptions): Wanted | undefined {
  const plan = planIn(entries);
  if (plan === undefined || phase === 'remove-subsets') return undefined;
  const undoes = hasEntry(entries, 'undoing');
  return inRunDomain(entries, () => wantedOf(phase, plan, virtualServicesNow(entries), undoes));
}

function isAnybodyAsked({ gateways, isMeshAsked }: Ways): boolean {
  return gateways.length > 0 || isMeshAsked;
}

/** Once in a run. */
function tellOfWait(
  { missing, waits }: Pick<Ways, 'missing' | 'waits'>,
  isAnybodyAsked: boolean,
  { journal, milliseconds }: ConfirmOptions,
): void {
  const code = 'proxies-not-asked';
  const isTold = journal.entries.some((entry) => entry.kind === 'found' && entry.finding.code === code);
  if (waits.length === 0 || isTold) return;
  const words = notAskedWords(waits, {
    isAnybodyAsked,
    wait: milliseconds,
    isRightMissing: missing.length > 0,
  });
  journal.add({ kind: 'found', finding: finding(code, 'notice', words) });
}

/** For `confirm: proxies`: some of the proxies can't be asked. */
async function unableToConfirm({ waits, missing }: Ways): Promise<TrafficError> {
  const head = "The proxies can't be asked whether they have the change, as `confirm: proxies` demands";
  if (missing.length === 0)
    return new TrafficError(
      'check-failed',
      `${head}: ${waits.join('; ')}. Use \`confirm: auto\`, which waits instead.`,
    );
  const { confirmingRoleYaml } = await import('../../stores/kubernetes/role.ts');
  const namespaces = [...new Set(missing.map(({ namespace }) => namespace))];
  return new TrafficError(
    'forbidden',
    `${head}: you may not ${rightsText(missing)}. ` +
      'Grant it with these Roles (kubectl apply -f -), or use `confirm: auto`, which waits instead. ' +
      'They allow more than asking: who may forward to a port of a gateway may also stop it.\n\n' +
      namespaces
        .map((namespace) => confirmingRoleYaml(namespace))
        .join('---\n')
        .trimEnd(),
  );
}

/** A signal that is aborted after so many milliseconds, or when the run is cancelled and does not undo anything. */
function abortedAfter(milliseconds: number, options: ConfirmOptions): AbortSignal {
  const limit = AbortSignal.timeout(Math.max(1, Math.ceil(milliseconds)));
  const { signal } = options;
  return signal === undefined || isUndoing(options) ? limit : AbortSignal.any([limit, signal]);
}

interface AskedProxies {
  readonly ways: Ways;
  /** Who was there last. */
  readonly members: Members;
  /** Absent: nobody has looked before the write, so that what is seen afterwards needs a wait as well. */
  readonly look: Look | undefined;
}

/** Asks until everybody has it, or there is no more time. */
async function confirmed(
  wanted: Wanted,
  { ways, members: first, look }: AskedProxies,
  options: ConfirmOptions,
): Promise<{ readonly propagated: Propagated; readonly members: Members }> {
  const { clock, journal, log, milliseconds: wait, timeout } = options;
  const memory: Memory = emptyMemory();
  const start = clock.now().getTime();
  const deadline = start + Math.max(timeout, wait);
  let members = first;
  let listed = start;
  let isOneGone = false;
  const unknown = (why: string) => ({ propagated: { kind: 'unknown' as const, why }, members });
  for (let number = 0; ; number++) {
    const now = clock.now().getTime();
    if (isOneGone || now - listed >= RELISTED) {
      members = await membersOf(ways, members);
      listed = now;
    }
    const signal = abortedAfter(Math.min(QUESTION_LIMIT, Math.max(deadline - now, 1_000)), options);
    const round = await askRound(members.pods, members.istiods, {
      ways,
      wanted,
      look,
      memory,
      inDomain: (judge) => inRunDomain(journal.entries, judge),
      start,
      now,
      wait,
      signal,
    });
    const asked = clock.now().getTime();
    isOneGone = [...round.gateways.values()].some(({ kind }) => kind === 'gone');
    const [refusal, ...more] = round.refusals;
    if (refusal !== undefined && !isUndoing(options))
      throw new TrafficError('rejected', refusedWords([refusal, ...more], asked - start));
    const waits = [...ways.waits, ...wanted.blind, ...members.waits];
    tellOfWait({ ...ways, waits }, true, options);
    const progress = progressOf(round, now, waits.length > 0 ? start + wait : undefined);
    if (progress.kind === 'done') {
      // Routes must have reached the workers. Subsets need no time: each worker gets them before the routes that follow.
      const [present, hasTime] = await Promise.all([
        membersOf(ways, members),
        wanted.phase === 'routes' ? pauseFor(WORKERS, options) : true,
      ]);
      if (!hasTime) return unknown(NO_TIME);
      if (areSameMembers(members, present)) {
        const how = progress.isByWait ? 'waited' : 'proxies';
        const words = confirmedWords(wanted.phase, round, asked - start);
        log.info(words);
        journal.add({ kind: 'confirmed', phase: wanted.phase, how, words });
        return { propagated: { kind: 'yes' }, members };
      }
      members = present;
    }
    if (now >= deadline && progress.kind !== 'waiting') return unknown(openWords(round, now - start));
    const lastRound = { number, took: asked - now, isMeshAsked: ways.isMeshAsked };
    if (!(await pauseFor(pauseAfter(progress, asked, lastRound), options))) return unknown(NO_TIME);
  }
}

const NO_TIME = 'a cancelled run has no time to ask the proxies until they have left them';

/**
 * @returns false: a cancelled run that undoes has no time for it
 * @throws TrafficError cancelled
 */
async function pauseFor(milliseconds: number, options: ConfirmOptions): Promise<boolean> {
  if (isUndoing(options)) return await options.patience.wait(milliseconds);
  await options.clock.sleep(milliseconds);
  return true;
}
