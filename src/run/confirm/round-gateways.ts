/** What the pods of gateways show in one round of questions. */
import { hasTakenLater, type SyncedProxy } from '../../confirm/istiod.ts';
import { standingOf } from '../../confirm/judge.ts';
import { askEnvoy, type Answer, type GatewayPod } from './gateways.ts';
import { idOf, type Meant } from './istiods.ts';
import { afterWait, unasked, type Questions, type State } from './questions.ts';

/** @returns undefined where it is known to have the change */
export async function askGateway(
  { title, pod }: GatewayPod,
  { ways, wanted, memory, signal }: Questions,
): Promise<Answer | undefined> {
  if (memory.gateways.get(title)?.kind === 'done') return undefined;
  return await askEnvoy(ways.proxies, pod, wanted.phase, signal);
}

/** @param answer undefined: it was not asked in this round, because it had the change already */
export function stateOfGateway(
  { title, pod, gateways }: GatewayPod,
  answer: Answer | undefined,
  questions: Questions,
): State {
  const { wanted, look, memory, inDomain } = questions;
  if (answer === undefined) return { kind: 'done' };
  const before = look?.pods.get(title);
  switch (answer.kind) {
    case 'gone':
      return { kind: 'gone' };
    case 'none':
      // One that never answered can't be asked: it may be no Envoy.
      return before === undefined ? unasked(answer.why, questions) : { kind: 'open', why: answer.why };
    case 'shown': {
      const standing = inDomain(() => standingOf(wanted, before, answer.shown, gateways));
      switch (standing.kind) {
        case 'has':
          return { kind: 'done' };
        case 'lacks':
          return { kind: 'open', why: standing.why };
        case 'looks-the-same':
          if (memory.recovered.has(idOf(pod))) return { kind: 'done' };
          return afterWait(questions, refusedBy(pod, questions).length > 0);
      }
    }
  }
}

/**
 * Gateways that refused the change, which is being taken back now, and have taken a later configuration since. Envoy shows
 * the same routes all along. istiod never goes back, so a configuration that comes after one with the change, and is
 * taken, and shows routes without it, is of a time when it had gone. What Envoy shows has to be asked for after this.
 */
export function recoveredGateways(
  pods: readonly GatewayPod[],
  answers: readonly { readonly istiod: string; readonly proxies: readonly SyncedProxy[] }[],
  questions: Questions,
): readonly string[] {
  const { wanted, inDomain } = questions;
  return pods.flatMap(({ pod, gateways }) => {
    const id = idOf(pod);
    const isRecovered = refusedBy(pod, questions).some(({ istiod, meant }) => {
      const isOther = inDomain(() => standingOf(wanted, undefined, meant.shown, gateways)).kind === 'lacks';
      const proxies = answers.find((one) => one.istiod === istiod)?.proxies ?? [];
      return isOther && proxies.some((one) => one.id === id && hasTakenLater(one.routes, meant.version));
    });
    return isRecovered ? [id] : [];
  });
}

/** What istiod meant the pod to have when it was looked at, and it refused to. */
function refusedBy(
  pod: GatewayPod['pod'],
  { look }: Questions,
): readonly { readonly istiod: string; readonly meant: Meant }[] {
  return [...(look?.istiods ?? [])].flatMap(([istiod, { refused }]) => {
    const meant = refused.get(idOf(pod));
    return meant === undefined ? [] : [{ istiod, meant }];
  });
}
