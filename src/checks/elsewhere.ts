/**
 * A service often has several VirtualServices: one for its callers in the mesh, one for a gateway. A share or a preview in
 * the one changes nothing for the requests of the other, and neither Istio nor its analyzer sees anything wrong in it.
 *
 * @see https://istio.io/latest/docs/ops/common-problems/network-issues/#route-rules-have-no-effect-on-ingress-gateway-requests
 */
import { finding, type Finding } from '../base/findings.ts';
import { titleOf } from '../base/title.ts';
import { gatewaysOf } from '../istio/gateways.ts';
import { resolveHost } from '../istio/hosts.ts';
import { destinationsOf, placeOf, routesOf, subsetOf } from '../istio/routes.ts';
import type { VirtualService } from '../istio/types.ts';
import { relativeWeights } from '../istio/weights.ts';
import type { Shift } from '../plan/draft.ts';
import { OTHER_ROUTES } from '../plan/other-routes.ts';
import { joinFirst } from '../plan/select.ts';
import type { CheckContext } from './context.ts';

/** VirtualServices that send to the service, have nothing of the build, and are not selected. */
export function checkElsewhere({
  snapshot,
  draft: { shift, virtualServices },
}: CheckContext): readonly Finding[] {
  if (shift === undefined || virtualServices.every(({ before, after }) => before === after)) return [];
  const own = new Set(
    [...virtualServices.map(({ before }) => before), ...shift.served.map((one) => one.virtualService)].map(
      titleOf,
    ),
  );
  const others = snapshot.virtualServices.flatMap((other) => {
    const places = own.has(titleOf(other)) ? [] : placesToService(other, shift);
    return places.length === 0 ? [] : [{ other, places }];
  });
  const shown = others.slice(0, MOST_SHOWN);
  const rest = others.length - shown.length;
  return shown.map(({ other, places }, i) => {
    const more = i === shown.length - 1 && rest > 0 ? ` The same holds for ${rest} more.` : '';
    const message =
      `${titleOf(other)} sends to ${shift.service.host} as well (${joinFirst(places)}, ${ways(other)}) and is not part of this change: its requests go where they went. ` +
      `${changeToo(other, snapshot.namespace)} if they are to reach ${shift.target.name}.${more}`;
    return finding(OTHER_ROUTES, 'notice', message, other);
  });
}

const MOST_SHOWN = 5;

function changeToo({ metadata }: VirtualService, namespace: string): string {
  return metadata.namespace === namespace
    ? 'Select it, too (`virtual-service`, `label-selector`),'
    : `Change it as well (\`namespace: ${metadata.namespace}\`),`;
}

/** Its routes that get requests to the service; none where one of them sends to the build already. */
function placesToService(other: VirtualService, { service, target }: Shift): readonly string[] {
  // What it gets as a delegate comes by the gateways of another one.
  if ((other.spec.hosts ?? []).length === 0) return [];
  const { namespace } = other.metadata;
  const routes = routesOf(other).flatMap((placed) => {
    const destinations = destinationsOf(placed.route);
    const weights = relativeWeights(destinations);
    const subsets = destinations.flatMap(({ destination }, i) =>
      resolveHost(destination.host, namespace) === service.host &&
      isPort(destination.port?.number, service.port) &&
      (weights[i] ?? 0) > 0
        ? [subsetOf(destination)]
        : [],
    );
    return subsets.length === 0 ? [] : [{ place: placeOf(placed), subsets }];
  });
  const hasBuild = routes.some(({ subsets }) => subsets.includes(target.name));
  return hasBuild ? [] : routes.map(({ place }) => place);
}

/** A destination without a port may mean any. */
function isPort(given: number | undefined, asked: number | undefined): boolean {
  return given === undefined || asked === undefined || given === asked;
}

function ways(virtualService: VirtualService): string {
  return gatewaysOf(virtualService)
    .map((gateway) => (gateway === 'mesh' ? 'within the mesh' : `by gateway ${gateway}`))
    .join(' and ');
}
