import { reachOfPlan } from '../operations/reach.ts';
import { feltOtherwise } from '../reach/unasked.ts';
import type { Finding } from '../base/findings.ts';
import type { CheckContext } from './context.ts';

/**
 * Would anybody feel the change? Envoy uses the first route that matches, of all VirtualServices for the host: a
 * preview below a route that gets all its requests does nothing, nor does a share in a VirtualService that nobody's
 * proxy has.
 *
 * @see https://istio.io/latest/docs/concepts/traffic-management/#routing-rule-precedence
 */
export function checkReachable({ snapshot, intent, phases }: CheckContext): readonly Finding[] {
  const reach = reachOfPlan(snapshot, intent, phases);
  // A plan that nobody asked for is refused by the guard, in words of its own.
  return reach.unexpected.length > 0 ? [] : feltOtherwise(reach);
}
