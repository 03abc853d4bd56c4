/** What the pods of istiod say of the proxies in one round of questions. */
import { pushNumber, refusalsSince, type Refusal, type SyncedProxy } from '../../confirm/istiod.ts';
import { standingOf, type Shown, type Standing } from '../../confirm/judge.ts';
import { acknowledgedBy, meshProxies, pushProgress } from '../../confirm/mesh.ts';
import type { MeshPod } from '../../ports/proxies.ts';
import { askMeant, askSync, isConcerned } from './istiods.ts';
import type { IstiodLook } from './look.ts';
import { afterWait, unasked, type Questions, type State } from './questions.ts';

/** Proxies that each istiod is asked about one by one in a phase: it makes the whole configuration of each anew. */
const MOST_ASKED = 50;
/** Milliseconds between two questions for refusals alone: its answer tells of every proxy that there is. */
const REFUSALS_PAUSE = 200;

export interface IstiodAnswer {
  /** The pod of istiod. */
  readonly istiod: string;
  /** All that are connected to it; empty where it was not asked, or did not answer. */
  readonly proxies: readonly SyncedProxy[];
  /** Those of the mesh, where they have to have the change. */
  readonly mesh: readonly (readonly [string, State])[];
  readonly refusals: readonly Refusal[];
}

/** Asks one pod of istiod. Where it does not answer, its proxies are open. */
export async function askIstiod(pod: MeshPod, questions: Questions): Promise<IstiodAnswer> {
  const { ways, look, memory, start, now, signal } = questions;
  const before = look?.istiods.get(pod.name);
  const none: IstiodAnswer = { istiod: pod.name, proxies: [], mesh: [], refusals: [] };
  if (!ways.isMeshAsked) {
    // Asked for refusals alone: without a look before there are none to tell, and one that hangs is not waited for again.
    if (before === undefined || memory.silent.has(pod.name)) return none;
    if (now - (memory.refusals.get(pod.name) ?? start) < REFUSALS_PAUSE) return none;
    memory.refusals.set(pod.name, now);
  }
  const answer = await askSync(ways, pod, signal);
  if (answer.kind === 'none') {
    memory.silent.add(pod.name);
    // Its proxies are unknown as long as it does not answer. One that was never allowed to can't be asked.
    const isUnasked = answer.isRefused && before === undefined;
    const state: State = isUnasked ? unasked(answer.why, questions) : { kind: 'open', why: answer.why };
    return { ...none, mesh: ways.isMeshAsked ? [[`those of ${pod.name}`, state]] : [] };
  }
  const { proxies } = answer;
  const mesh = ways.isMeshAsked ? await meshStates(pod, proxies, before, questions) : [];
  return { istiod: pod.name, proxies, mesh, refusals: refusalsSince(before?.proxies, proxies) };
}

async function meshStates(
  pod: MeshPod,
  all: readonly SyncedProxy[],
  before: IstiodLook | undefined,
  questions: Questions,
): Promise<readonly (readonly [string, State])[]> {
  const { wanted, memory } = questions;
  const proxies = meshProxies(all);
  const { reference } = before ?? {};
  const isThere = proxies.some(({ id }) => id === reference?.id);
  const standing =
    isThere && reference !== undefined ? await referenceStanding(pod, reference, questions) : undefined;
  const push = memory.pushes.get(pod.name);
  const states: (readonly [string, State])[] = [];
  for (const proxy of proxies) {
    const progress = pushProgress(proxy, wanted.phase, push);
    if (before?.unconcerned.has(proxy.id) === true) {
      states.push([proxy.id, { kind: 'done' }]);
    } else if (progress !== 'older') {
      const words = 'it has not acknowledged what istiod has sent';
      states.push([proxy.id, progress === 'done' ? { kind: 'done' } : { kind: 'open', why: words }]);
    } else if (push === undefined) {
      // istiod does not have the change yet, or can't be seen to have it.
      states.push([
        proxy.id,
        standing?.kind === 'lacks' ? { kind: 'open', why: standing.why } : afterWait(questions, true),
      ]);
    } else {
      states.push([proxy.id, await stateOfOlder(pod, proxy, all, push, questions)]);
    }
  }
  return states;
}

/** Finds out, by a proxy that the change concerns, the number of a push that has it. */
async function referenceStanding(
  pod: MeshPod,
  { id, shown: before }: { readonly id: string; readonly shown: Shown },
  { ways, wanted, memory, inDomain, signal }: Questions,
): Promise<Standing | undefined> {
  if (memory.pushes.has(pod.name)) return undefined;
  const meant = await askMeant(ways.proxies, pod, id, wanted.phase, signal);
  if (meant === undefined) return { kind: 'lacks', why: 'istiod does not say what they must have' };
  const standing = inDomain(() => standingOf(wanted, before, meant.shown, ['mesh']));
  const push = pushNumber(meant.version);
  if (standing.kind === 'has' && push !== undefined) memory.pushes.set(pod.name, push);
  return standing;
}

/** A proxy that was last sent something before the push that is known to have the change. */
async function stateOfOlder(
  pod: MeshPod,
  proxy: SyncedProxy,
  all: readonly SyncedProxy[],
  push: number,
  { ways, wanted, memory, inDomain, now, wait, signal }: Questions,
): Promise<State> {
  const acknowledged = acknowledgedBy(proxy, wanted.phase);
  const known = memory.asked.get(proxy.id);
  if (known?.acknowledged === acknowledged && known.state.kind !== 'open') return known.state;
  if (known === undefined && memory.asked.size >= MOST_ASKED)
    return { kind: 'open', why: 'istiod was asked about too many others' };
  // istiod looks for a part of the name, and may answer for another proxy.
  const isUnclear = all.some(({ id }) => id !== proxy.id && id.includes(proxy.id));
  const meant = isUnclear ? undefined : await askMeant(ways.proxies, pod, proxy.id, wanted.phase, signal);
  const settled: State = { kind: 'after-wait', until: now + wait, mayEndEarlier: true };
  const state = ((): State => {
    if (meant === undefined) return settled;
    if ((pushNumber(meant.version) ?? -1) < push)
      return { kind: 'open', why: 'istiod has not come to it yet' };
    if (!isConcerned(wanted, meant.shown)) return { kind: 'done' };
    const standing = inDomain(() => standingOf(wanted, undefined, meant.shown, ['mesh']));
    return standing.kind === 'lacks' ? { kind: 'open', why: standing.why } : settled;
  })();
  memory.asked.set(proxy.id, { acknowledged, state });
  return state;
}
