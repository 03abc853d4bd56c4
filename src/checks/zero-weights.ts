import { finding, type Finding } from '../base/findings.ts';
import { titleOf } from '../base/title.ts';
import { destinationsOf, placeOf, routesOf } from '../istio/routes.ts';
import { isVirtualService } from '../istio/kinds.ts';
import { relativeWeights } from '../istio/weights.ts';
import { joinFirst } from '../plan/select.ts';
import type { CheckContext } from './context.ts';

/**
 * Of several destinations one needs a weight: Istio's webhook refuses a VirtualService without, and where there is no
 * webhook, Envoy refuses all routes of the proxy for it. Nothing of that is known before files are applied.
 *
 * @see https://github.com/istio/istio/blob/master/pkg/config/validation/validation.go validateWeights
 */
export function checkZeroWeights({ phases }: CheckContext): readonly Finding[] {
  const written = new Map(
    phases.flatMap(({ writes }) =>
      writes.flatMap(({ after }) => (isVirtualService(after) ? [[titleOf(after), after] as const] : [])),
    ),
  );
  return [...written].flatMap(([title, virtualService]) => {
    const places = routesOf(virtualService)
      .filter(({ route }) => {
        const weights = relativeWeights(destinationsOf(route));
        return weights.length > 1 && weights.every((weight) => weight === 0);
      })
      .map(placeOf);
    if (places.length === 0) return [];
    const message =
      `All weights of ${joinFirst(places)} of ${title} are 0: Istio refuses such a VirtualService, whatever else is changed in it. ` +
      'Give at least one destination a weight.';
    return [finding('weights-all-zero', 'warning', message, virtualService)];
  });
}
