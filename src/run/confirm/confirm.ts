/** Makes sure that the proxies have what a run has written, by asking them; where nobody can be asked, it waits. */
import { elapsed } from '../../base/elapsed.ts';
import { toTrafficError } from '../../base/errors.ts';
import { entrancesOf, wantedOf, type Wanted } from '../../confirm/wanted.ts';
import type { PhaseName } from '../../plan/types.ts';
import type { Store } from '../../ports/store.ts';
import { hasEntry, inRunDomain, planIn, virtualServicesNow } from '../journal-readers.ts';
import { waitForProxies, type Propagated, type Propagation } from '../propagation.ts';
import { lookAtProxies, type Look } from './look.ts';
import { isAnybodyThere, membersOf, type Members } from './members.ts';
import { tellOfWait, unableToConfirm } from './not-asked.ts';
import { abortedAfter, isUndoing, type ConfirmOptions } from './options.ts';
import { untilConfirmed } from './until-confirmed.ts';
import { findWays, type Ways } from './ways.ts';

/** Milliseconds that the look before a write may take: what has not answered by then counts as not seen. */
const LOOK_LIMIT = 5_000;

/**
 * Milliseconds that a look is good for where its write met a conflict. What a proxy did not have then, and has after the
 * write, came by the write; only what proxies refuse may be somebody else's by then. Between reading and writing, each
 * further look would give others the time for the next conflict.
 */
const LOOK_AGE = 5_000;

/** As `Propagation`; the wait takes the place of what can't be asked. */
export function confirmByProxies(options: ConfirmOptions): Propagation {
  const wait = waitForProxies(options);
  const { find } = waysFinder(options.store);
  /** Before the write that comes next. */
  let before: { readonly look: Look | undefined; readonly for: string; readonly at: number } | undefined;
  /** Who was there when it was last looked: whoever comes after that is found at the end of the next phase. */
  let last: { readonly ways: Ways; readonly members: Members } | undefined;
  const lookBefore = async (wanted: Wanted): Promise<Look | undefined> => {
    const ways = await find(wanted);
    if (ways === undefined) return undefined;
    if (options.mode === 'proxies' && ways.waits.length > 0) throw await unableToConfirm(ways);
    if (!isAnybodyAsked(ways)) return undefined;
    const members = last?.ways === ways ? last.members : await membersOf(ways);
    last = { ways, members };
    const seen = await lookAtProxies(ways, members, wanted, abortedAfter(LOOK_LIMIT, options));
    if (options.mode === 'proxies' && seen.unasked.length > 0 && !isUndoing(options))
      throw await unableToConfirm({ ...ways, waits: seen.unasked });
    return seen;
  };
  const askAfter = async (phase: PhaseName, seen: Look | undefined): Promise<Propagated> => {
    const wanted = wantedIn(phase, options);
    // What an earlier run has written is not in the plan.
    if (wanted === undefined || (phase === 'add-subsets' && wanted.subsets.length === 0))
      return wait.after(phase);
    const ways = await find(wanted);
    if (ways === undefined || !isAnybodyAsked(ways)) {
      if (ways !== undefined) tellOfWait(ways, false, options);
      return wait.after(phase);
    }
    const known = seen?.phase === wanted.phase ? seen : undefined;
    const members = known?.members ?? (await membersOf(ways));
    if (!isAnybodyThere(members, ways)) {
      tellOfWait({ ...ways, waits: [...ways.waits, ...members.waits] }, false, options);
      return wait.after(phase);
    }
    const end = await untilConfirmed(wanted, { ways, members, look: known }, options);
    last = { ways, members: end.members };
    return end.propagated;
  };
  return {
    before: async (phase) => {
      const wanted = wantedIn(phase, options);
      const about = wanted === undefined ? '' : aboutOf(wanted, options);
      const now = elapsed(options.clock);
      if (before?.for === about && now - before.at < LOOK_AGE) return;
      before = undefined;
      if (wanted === undefined) return;
      try {
        before = { look: await lookBefore(wanted), for: about, at: now };
      } catch (thrown) {
        // An undoing goes on, and waits instead.
        if (!isUndoing(options)) throw thrown;
      }
    },
    after: async (phase) => {
      const seen = before?.look;
      before = undefined;
      try {
        return await askAfter(phase, seen);
      } catch (thrown) {
        if (!isUndoing(options)) throw thrown;
        return { kind: 'unknown', why: sentencePart(thrown) };
      }
    },
  };
}

/** What a look is about: one for the same serves a plan that was made anew. */
function aboutOf(wanted: Wanted, options: ConfirmOptions): string {
  const { phase, subsets, gone, blind } = wanted;
  return JSON.stringify([phase, isUndoing(options), entrancesOf(wanted), subsets, gone, blind]);
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
