/** Asks the proxies, round by round, until all of them have what was written. */
import { elapsed } from '../../base/elapsed.ts';
import { TrafficError } from '../../base/errors.ts';
import type { Wanted } from '../../confirm/wanted.ts';
import { inRunDomain } from '../journal-readers.ts';
import type { Propagated } from '../propagation.ts';
import type { Look } from './look.ts';
import { areSameMembers, membersOf, type Members } from './members.ts';
import { tellOfWait } from './not-asked.ts';
import { abortedAfter, isUndoing, type ConfirmOptions } from './options.ts';
import { pauseAfter, progressOf } from './progress.ts';
import { emptyMemory, type Memory } from './questions.ts';
import { askRound } from './round.ts';
import type { Ways } from './ways.ts';
import { unaskedWords } from './unasked.ts';
import { confirmedWords, openWords, refusedWords, unaskedIn } from './words.ts';

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

export interface AskedProxies {
  readonly ways: Ways;
  /** Who was there last. */
  readonly members: Members;
  /** Absent: nobody has looked before the write, so that what is seen afterwards needs a wait as well. */
  readonly look: Look | undefined;
}

/**
 * Asks until everybody has it, or there is no more time.
 *
 * @returns who was there last, for the next phase
 * @throws TrafficError rejected: a proxy refuses it, and nothing is undone yet; cancelled
 */
export async function untilConfirmed(
  wanted: Wanted,
  { ways, members: first, look }: AskedProxies,
  options: ConfirmOptions,
): Promise<{ readonly propagated: Propagated; readonly members: Members }> {
  const { clock, journal, log, milliseconds: wait, timeout } = options;
  const memory: Memory = emptyMemory();
  const start = elapsed(clock);
  const deadline = start + Math.max(timeout, wait);
  let members = first;
  let listed = start;
  let isOneGone = false;
  const unknown = (why: string) => ({ propagated: { kind: 'unknown' as const, why }, members });
  for (let number = 0; ; number++) {
    const now = elapsed(clock);
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
    const asked = elapsed(clock);
    isOneGone = [...round.gateways.values()].some(({ kind }) => kind === 'gone');
    const [refusal, ...more] = round.refusals;
    if (refusal !== undefined && !isUndoing(options))
      throw new TrafficError('rejected', refusedWords([refusal, ...more], asked - start));
    const waits = [...ways.waits, ...wanted.blind, ...members.waits];
    const unasked = [...unaskedIn(round.gateways), ...unaskedIn(round.mesh)];
    const isAnybodyAsked = round.gateways.size + round.mesh.size > unasked.length;
    tellOfWait(
      { ...ways, waits: [...waits, ...unasked.map(([name, why]) => unaskedWords(name, why))] },
      isAnybodyAsked,
      options,
    );
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
