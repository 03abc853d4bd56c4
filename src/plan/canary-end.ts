import { sameJson } from '../base/json.ts';
import { destinationsOf, routesOf } from '../istio/routes.ts';
import type { Labels, VirtualService } from '../istio/types.ts';
import { CANARY, canaryOf } from './canary-state.ts';
import { withAnnotation, type Change } from './objects.ts';

/**
 * A VirtualService that changes loses the note of its canary where the change is about the canary's build, or leaves
 * the build without a route. The run that watches the canary sees that, and leaves the rest to whoever did it. What a
 * canary writes itself has another note, and stays.
 *
 * @param labels of the build that the change is about; undefined: of no single one
 */
export function withoutEndedCanary(
  { before, after }: Change<VirtualService>,
  labels: Labels | undefined,
): Change<VirtualService> {
  const text = before.metadata.annotations?.[CANARY];
  if (before === after || text === undefined || after.metadata.annotations?.[CANARY] !== text)
    return { before, after };
  const state = canaryOf(before);
  const isOver =
    state === undefined ||
    (labels !== undefined && sameJson(labels, state.labels)) ||
    !sendsToSubset(after, state.subset);
  return isOver ? { before, after: withAnnotation(after, CANARY, undefined) } : { before, after };
}

function sendsToSubset(virtualService: VirtualService, subset: string): boolean {
  return routesOf(virtualService).some(({ route }) =>
    destinationsOf(route).some(({ destination }) => destination.subset === subset),
  );
}
