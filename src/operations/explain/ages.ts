/** Files don't say which of several VirtualServices for a host is the oldest, and istiod goes by that. */
import { textIn } from '../../base/json.ts';
import { titleOf } from '../../base/title.ts';
import { gatewaysOf } from '../../istio/gateways.ts';
import { hostsOf } from '../../istio/hosts.ts';
import { hostOf } from '../../istio/requests/request.ts';
import { meshNames } from '../../istio/requests/mesh-names.ts';
import { wildcardMeets } from '../../istio/requests/server-hosts.ts';
import type { VirtualService } from '../../istio/types.ts';
import type { Snapshot } from '../../plan/types.ts';
import type { AskedRequest } from './entry.ts';

/** Of more VirtualServices for one host, only so many are tried as the oldest. */
const MOST_TRIED = 20;

/** The VirtualServices for a request of which any may be the oldest; empty where there is only one, or ages are known. */
export function possiblyOldest(
  { virtualServices }: Pick<Snapshot, 'virtualServices'>,
  { authority, gateway, sourceNamespace }: AskedRequest,
): readonly VirtualService[] {
  const host = hostOf(authority);
  const names = gateway === 'mesh' ? [host, ...meshNames(host, sourceNamespace)] : [host];
  const found = virtualServices.filter(
    (one) =>
      textIn(one.metadata['creationTimestamp']) === '' &&
      gatewaysOf(one).includes(gateway) &&
      hostsOf(one).some((given) => names.some((name) => wildcardMeets(given, name))),
  );
  return found.length < 2 ? [] : found.slice(0, MOST_TRIED);
}

/** @example 'VirtualService shop/api is the oldest for the host' */
export function ageCondition(oldest: VirtualService): string {
  return `${titleOf(oldest)} is the oldest for the host`;
}
