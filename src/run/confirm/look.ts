/** What the proxies have before a phase is written: without it, what they have afterwards proves nothing. */
import type { SyncedProxy } from '../../confirm/istiod.ts';
import type { Shown } from '../../confirm/judge.ts';
import { meshProxies } from '../../confirm/mesh.ts';
import type { Wanted } from '../../confirm/wanted.ts';
import type { MeshPod } from '../../ports/proxies.ts';
import { askEnvoy } from './gateways.ts';
import { askMeant, askSync, idOf, isConcerned, type Meant, type SyncAnswer } from './istiods.ts';
import type { Members } from './members.ts';
import type { Ways } from './ways.ts';
import { unaskedWords } from './unasked.ts';

/** What one istiod said. */
export interface IstiodLook {
  readonly proxies: readonly SyncedProxy[];
  /** A proxy of the mesh that the change concerns; absent: none was found. */
  readonly reference?: { readonly id: string; readonly shown: Shown };
  /** Proxies of the mesh that it does not concern, of those that were looked at. */
  readonly unconcerned: ReadonlySet<string>;
  /** What gateways refuse, by `pod.namespace`: Envoy shows no trace of it. */
  readonly refused: ReadonlyMap<string, Meant>;
}

export interface Look {
  readonly phase: Wanted['phase'];
  /** Who was there. */
  readonly members: Members;
  /** By `namespace/name` of the pod; a pod that did not answer is not in it. */
  readonly pods: ReadonlyMap<string, Shown>;
  readonly istiods: ReadonlyMap<string, IstiodLook>;
  /** Who can't be asked, and why, as parts of a sentence. */
  readonly unasked: readonly string[];
}

/** Proxies that istiod is asked about until one is found that the change concerns: each answer costs it some work. */
const MOST_CANDIDATES = 10;

/**
 * Never throws.
 *
 * @param signal ends what takes too long; what has not answered by then counts as not seen
 */
export async function lookAtProxies(
  ways: Ways,
  members: Members,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<Look> {
  const [pods, istiods] = await Promise.all([
    Promise.all(
      members.pods.map(async ({ title, pod }) => {
        const first = await askEnvoy(ways.proxies, pod, wanted.phase, signal);
        // What broke off would cost a wait: a pod that was not seen before can't show afterwards what is new.
        const answer =
          first.kind === 'none' ? await askEnvoy(ways.proxies, pod, wanted.phase, signal) : first;
        return { title, answer };
      }),
    ),
    Promise.all(
      members.istiods.map(async (pod) => {
        const answer = await askSync(ways, pod, signal);
        const look = await lookAtIstiod(pod, answer, ways, members, wanted, signal);
        return { pod, answer, look };
      }),
    ),
  ]);
  return {
    phase: wanted.phase,
    members,
    pods: new Map(
      pods.flatMap(({ title, answer }) => (answer.kind === 'shown' ? [[title, answer.shown]] : [])),
    ),
    istiods: new Map(istiods.flatMap(({ look }) => look)),
    unasked: [
      ...pods.flatMap(({ title, answer }) =>
        answer.kind === 'none' ? [unaskedWords(title, answer.why)] : [],
      ),
      ...istiods.flatMap(({ pod, answer }) =>
        ways.isMeshAsked && answer.kind === 'none' && answer.isRefused
          ? [unaskedWords(`those of ${pod.name}`, answer.why)]
          : [],
      ),
    ],
  };
}

async function lookAtIstiod(
  pod: MeshPod,
  answer: SyncAnswer,
  ways: Ways,
  { pods }: Members,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<readonly (readonly [string, IstiodLook])[]> {
  if (answer.kind === 'none') return [];
  const { proxies } = answer;
  const ids = new Set(pods.map((gateway) => idOf(gateway.pod)));
  const refusing = unambiguous(proxies).filter(
    ({ id, routes }) => wanted.phase === 'routes' && ids.has(id) && routes.lastError !== '',
  );
  const [refused, mesh] = await Promise.all([
    Promise.all(
      refusing.map(async ({ id }) => {
        const meant = await askMeant(ways.proxies, pod, id, wanted.phase, signal);
        return meant === undefined ? [] : [[id, meant] as const];
      }),
    ),
    ways.isMeshAsked
      ? lookForReference(pod, proxies, ways, wanted, signal)
      : { unconcerned: new Set<string>() },
  ]);
  return [[pod.name, { proxies, refused: new Map(refused.flat()), ...mesh }]];
}

async function lookForReference(
  pod: MeshPod,
  proxies: readonly SyncedProxy[],
  ways: Ways,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<Pick<IstiodLook, 'reference' | 'unconcerned'>> {
  const unconcerned = new Set<string>();
  for (const { id } of candidates(proxies, wanted)) {
    const meant = await askMeant(ways.proxies, pod, id, wanted.phase, signal);
    if (meant === undefined) continue;
    if (isConcerned(wanted, meant.shown)) return { reference: { id, shown: meant.shown }, unconcerned };
    unconcerned.add(id);
  }
  return { unconcerned };
}

/** Those in the namespaces of the VirtualServices first: most likely they have the routes. */
function candidates(proxies: readonly SyncedProxy[], { roots }: Wanted): readonly SyncedProxy[] {
  const homes = new Set(roots.map(({ owner }) => owner.slice(0, owner.indexOf('/'))));
  const isHome = ({ id }: SyncedProxy): boolean => homes.has(id.slice(id.lastIndexOf('.') + 1));
  return meshProxies(unambiguous(proxies))
    .toSorted((a, b) => Number(isHome(b)) - Number(isHome(a)))
    .slice(0, MOST_CANDIDATES);
}

/** istiod looks for a part of the name, and may answer for another proxy than those. */
function unambiguous(proxies: readonly SyncedProxy[]): readonly SyncedProxy[] {
  const ids = proxies.map(({ id }) => id);
  return proxies.filter(({ id }) => !ids.some((other) => other !== id && other.includes(id)));
}
