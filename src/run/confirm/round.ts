/** One round of questions to everybody who must have a change, and what is still open after it. */
import { standingOf, type Shown, type Standing } from '../../confirm/judge.ts';
import { acknowledgedBy, meshProxies, progressOf } from '../../confirm/mesh.ts';
import { pushNumber, refusalsSince, type Refusal, type SyncedProxy } from '../../confirm/istiod.ts';
import type { Wanted } from '../../confirm/wanted.ts';
import type { MeshPod } from '../../ports/proxies.ts';
import { askEnvoy, type GatewayPod } from './gateways.ts';
import { askMeant, askSync, isConcerned } from './istiods.ts';
import type { IstiodLook, Look } from './look.ts';
import type { Ways } from './ways.ts';

/**
 * - `done`: has the change.
 * - `after-wait`: nothing speaks against it, and if that is still so at `until`, it counts as done.
 * - `open`: does not have it; `why`: part of a sentence.
 */
export type State =
  | { readonly kind: 'done' }
  | { readonly kind: 'after-wait'; readonly until: number }
  | { readonly kind: 'open'; readonly why: string };

/** What is known of everybody after a round, by name. */
export interface Round {
  /** By `namespace/name` of the pod. */
  readonly gateways: ReadonlyMap<string, State>;
  /** By `pod.namespace`, as istiod names them. */
  readonly mesh: ReadonlyMap<string, State>;
  readonly istiods: number;
  /** Of those that don't have the change: what they refuse since it was written. */
  readonly refusals: readonly Refusal[];
}

/** What a phase remembers between rounds. */
export interface Memory {
  readonly gateways: Map<string, State>;
  /** By the pod of istiod: the number of a push that has the change. */
  readonly pushes: Map<string, number>;
  /** Pods of istiod that did not answer. */
  readonly silent: Set<string>;
  /** By the pod of istiod: when it was last asked for refusals alone. */
  readonly refusals: Map<string, number>;
  /** Proxies that istiod was asked about one by one. */
  readonly asked: Map<string, { readonly acknowledged: string; readonly state: State }>;
}

export function emptyMemory(): Memory {
  return { gateways: new Map(), pushes: new Map(), silent: new Set(), refusals: new Map(), asked: new Map() };
}

/** Milliseconds between two questions for refusals alone: its answer tells of every proxy that there is. */
const REFUSALS_PAUSE = 200;

/** Proxies that each istiod is asked about one by one in a phase: it makes the whole configuration of each anew. */
const MOST_ASKED = 50;

export interface Questions {
  readonly ways: Ways;
  readonly wanted: Wanted;
  readonly look: Look | undefined;
  readonly memory: Memory;
  /** Pure work on names of hosts, which are resolved in the domain of the cluster. */
  readonly inDomain: (judge: () => Standing) => Standing;
  /** When the phase was written, and when this round begins, in milliseconds. */
  readonly start: number;
  readonly now: number;
  /** Milliseconds after which what still looks the same has settled. */
  readonly wait: number;
  readonly signal: AbortSignal;
}

export async function askRound(
  pods: readonly GatewayPod[],
  istiods: readonly MeshPod[],
  questions: Questions,
): Promise<Round> {
  const [gateways, answers] = await Promise.all([
    Promise.all(pods.map(async (pod) => [pod.title, await askGateway(pod, questions)] as const)),
    Promise.all(istiods.map((pod) => askIstiod(pod, questions))),
  ]);
  const mesh = new Map(answers.flatMap((answer) => answer.mesh));
  const open = new Set([
    ...pods.flatMap(({ pod }, i) =>
      gateways[i]?.[1].kind === 'open' ? [`${pod.name}.${pod.namespace}`] : [],
    ),
    ...[...mesh].flatMap(([id, state]) => (state.kind === 'open' ? [id] : [])),
  ]);
  const what = questions.wanted.phase === 'routes' ? 'routes' : 'clusters';
  return {
    gateways: new Map(gateways),
    mesh,
    istiods: istiods.length,
    refusals: answers
      .flatMap(({ refusals }) => refusals)
      .filter((refusal) => refusal.what === what && open.has(refusal.id)),
  };
}

async function askGateway({ title, pod, gateways }: GatewayPod, questions: Questions): Promise<State> {
  const { ways, wanted, look, memory, signal } = questions;
  const known = memory.gateways.get(title);
  if (known?.kind === 'done') return known;
  const answer = await askEnvoy(ways.proxies, pod, wanted.phase, signal);
  const before = look?.pods.get(title);
  const state = ((): State => {
    switch (answer.kind) {
      case 'gone':
        return { kind: 'open', why: 'it is going away' };
      case 'none':
        // One that never answered can't be asked: it may be no Envoy.
        return before === undefined ? afterWait(questions) : { kind: 'open', why: answer.why };
      case 'shown':
        return stateOf(
          questions.inDomain(() => standingOf(wanted, before, answer.shown, gateways)),
          questions,
        );
    }
  })();
  memory.gateways.set(title, state);
  return state;
}

function stateOf(standing: Standing, questions: Questions): State {
  switch (standing.kind) {
    case 'has':
      return { kind: 'done' };
    case 'looks-the-same':
      return afterWait(questions);
    case 'lacks':
      return { kind: 'open', why: standing.why };
  }
}

function afterWait({ start, wait }: Questions): State {
  return { kind: 'after-wait', until: start + wait };
}

interface IstiodAnswer {
  readonly mesh: readonly (readonly [string, State])[];
  readonly refusals: readonly Refusal[];
}

const NO_ANSWER: IstiodAnswer = { mesh: [], refusals: [] };

async function askIstiod(pod: MeshPod, questions: Questions): Promise<IstiodAnswer> {
  const { ways, look, memory, start, now, signal } = questions;
  const before = look?.istiods.get(pod.name);
  if (!ways.isMeshAsked) {
    // Asked for refusals alone: without a look before there are none to tell, and one that hangs is not waited for again.
    if (before === undefined || memory.silent.has(pod.name)) return NO_ANSWER;
    if (now - (memory.refusals.get(pod.name) ?? start) < REFUSALS_PAUSE) return NO_ANSWER;
    memory.refusals.set(pod.name, now);
  }
  const answer = await askSync(ways, pod, signal);
  if (answer.kind === 'none') {
    memory.silent.add(pod.name);
    // Its proxies are unknown as long as it does not answer.
    const state: State = { kind: 'open', why: answer.why };
    return { mesh: ways.isMeshAsked ? [[`those of ${pod.name}`, state]] : [], refusals: [] };
  }
  const refusals = refusalsSince(before?.proxies, answer.proxies);
  if (!ways.isMeshAsked) return { mesh: [], refusals };
  return { mesh: await meshStates(pod, answer.proxies, before, questions), refusals };
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
    const progress = progressOf(proxy, wanted.phase, push);
    if (before?.unconcerned.has(proxy.id) === true) {
      states.push([proxy.id, { kind: 'done' }]);
    } else if (progress !== 'older') {
      const words = 'it has not acknowledged what istiod has sent';
      states.push([proxy.id, progress === 'done' ? { kind: 'done' } : { kind: 'open', why: words }]);
    } else if (push === undefined) {
      // istiod does not have the change yet, or can't be seen to have it.
      states.push([
        proxy.id,
        standing?.kind === 'lacks' ? { kind: 'open', why: standing.why } : afterWait(questions),
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
  const settled: State = { kind: 'after-wait', until: now + wait };
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
