import { meets } from '../istio/requests/meets.ts';
import type { HttpRequest } from '../istio/requests/request.ts';
import type { Match } from '../istio/types.ts';
import { gatewayName } from '../istio/gateways.ts';

/**
 * Does a request certainly meet a block? What can't be decided (a claim of a token) counts as not met: a route that
 * asks it takes the same requests before and after.
 *
 * @param namespace of the VirtualService, where its gateways are looked for
 */
export function isMet(block: Match, request: HttpRequest, namespace: string): boolean {
  return meets(withGatewayNames(block, namespace), request).state === 'met';
}

const renamed = new WeakMap<Match, Match>();

function withGatewayNames(block: Match, namespace: string): Match {
  if (block.gateways === undefined) return block;
  const known = renamed.get(block);
  if (known !== undefined) return known;
  const made = { ...block, gateways: block.gateways.map((name) => gatewayName(name, namespace)) };
  renamed.set(block, made);
  return made;
}
