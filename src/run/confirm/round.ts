/** One round of questions to everybody who must have a change, and what is still open after it. */
import type { Refusal } from '../../confirm/istiod.ts';
import type { MeshPod } from '../../ports/proxies.ts';
import type { GatewayPod } from './gateways.ts';
import { idOf } from './istiods.ts';
import type { Questions, State } from './questions.ts';
import { askGateway, recoveredGateways, stateOfGateway } from './round-gateways.ts';
import { askIstiod } from './round-mesh.ts';

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

/** Asks all of them at once; what they say is remembered for the next round (`questions.memory`). */
export async function askRound(
  pods: readonly GatewayPod[],
  istiods: readonly MeshPod[],
  questions: Questions,
): Promise<Round> {
  const [shown, answers] = await Promise.all([
    Promise.all(pods.map((pod) => askGateway(pod, questions))),
    Promise.all(istiods.map((pod) => askIstiod(pod, questions))),
  ]);
  const gateways = pods.map((pod, i) => {
    const state = stateOfGateway(pod, shown[i], questions);
    questions.memory.gateways.set(pod.title, state);
    return [pod.title, state] as const;
  });
  for (const id of recoveredGateways(pods, answers, questions)) questions.memory.recovered.add(id);
  const mesh = new Map(answers.flatMap((answer) => answer.mesh));
  const open = new Set([
    ...pods.flatMap(({ pod }, i) => (gateways[i]?.[1].kind === 'open' ? [idOf(pod)] : [])),
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
