/**
 * A tcp or tls route is part of the listener of a proxy. Where it changes, Envoy puts a new part in place of the old one,
 * and closes the connections of the old one when its drain time is over: all of them, whatever share moves. Requests of
 * http routes lose nothing.
 *
 * @see https://www.envoyproxy.io/docs/envoy/latest/configuration/listeners/lds
 * @see https://github.com/istio/istio/issues/38616
 */
import { finding, type Finding } from '../base/findings.ts';
import { sameJson } from '../base/json.ts';
import { titleOf } from '../base/title.ts';
import { placeOf } from '../istio/routes.ts';
import type { VirtualService } from '../istio/types.ts';
import type { Change } from '../plan/objects.ts';
import { joinFirst } from '../plan/select.ts';
import type { CheckContext } from './context.ts';

/** Changed tcp and tls routes: their open connections end. */
export function checkConnections({ draft: { virtualServices } }: CheckContext): readonly Finding[] {
  return virtualServices.flatMap((change) => {
    const places = changedPlaces(change);
    if (places.length === 0) return [];
    const message =
      `Open connections of ${joinFirst(places)} of ${titleOf(change.before)} end with this change, those that stay with their build as well: ` +
      'proxies close them when their drain time is over (45 s, unless `drainDuration` of the mesh says otherwise), and new ones get the new shares.';
    return [finding('connections-end', 'notice', message, change.before)];
  });
}

function changedPlaces({ before, after }: Change<VirtualService>): readonly string[] {
  if (before === after) return [];
  return (['tls', 'tcp'] as const).flatMap((kind) =>
    (before.spec[kind] ?? []).flatMap((route, index) =>
      sameJson(route, after.spec[kind]?.[index] ?? null) ? [] : [placeOf({ kind, index })],
    ),
  );
}
