/** Who is asked: the pods of gateways and of istiod that are there and ready. */
import { toTrafficError } from '../../base/errors.ts';
import type { MeshPod } from '../../ports/proxies.ts';
import { gatewayPods, type GatewayPod } from './gateways.ts';
import { istiodPods } from './istiods.ts';
import { noneReady, type Ways } from './ways.ts';

export interface Members {
  readonly pods: readonly GatewayPod[];
  readonly istiods: readonly MeshPod[];
  /** Who isn't there to be asked, as parts of a sentence. */
  readonly waits: readonly string[];
}

/**
 * Those that are ready now.
 *
 * @param known taken where they can't be listed
 * @throws TrafficError cancelled
 */
export async function membersOf(ways: Ways, known?: Members): Promise<Members> {
  try {
    const [pods, istiods] = await Promise.all([
      gatewayPods(ways),
      ways.isIstiodAsked ? istiodPods(ways) : [],
    ]);
    const isServed = (name: string): boolean => pods.some(({ gateways }) => gateways.includes(name));
    return {
      pods,
      istiods,
      waits: [
        ...ways.gateways.flatMap(({ name }) => (isServed(name) ? [] : [noneReady(`Gateway ${name}`)])),
        ...(ways.isMeshAsked && istiods.length === 0 ? [noneReady('istiod')] : []),
      ],
    };
  } catch (thrown) {
    const { reason, message } = toTrafficError(thrown);
    if (reason === 'cancelled') throw thrown;
    if (known !== undefined) return known;
    return { pods: [], istiods: [], waits: [`they can't be listed (${message.replace(/\.$/, '')})`] };
  }
}

export function isAnybodyThere({ pods, istiods }: Members, { isMeshAsked }: Ways): boolean {
  return pods.length > 0 || (isMeshAsked && istiods.length > 0);
}

export function areSameMembers(a: Members, b: Members): boolean {
  const names = ({ pods, istiods }: Members): string =>
    JSON.stringify([pods.map(({ title }) => title), istiods.map(({ name }) => name)]);
  return names(a) === names(b);
}
