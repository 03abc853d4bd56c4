import { destinationsOf } from '../istio/routes.ts';
import type { RouteDestination, VirtualService } from '../istio/types.ts';
import { sameJson } from '../base/json.ts';
import { pickOf, type HandRoute } from './base-routes.ts';
import { type Draft as Memory, type Memory as Remembered } from './baseline.ts';
import { finding } from '../base/findings.ts';
import { titleOf } from './objects.ts';
import { adopt, listOf, scaled } from './split.ts';
import type { Finding } from './types.ts';

/** What is remembered of a base route; where somebody else changed its list, what they wrote counts. */
export function recall(
  virtualService: VirtualService,
  base: HandRoute,
  memory: Remembered | undefined,
  findings: Finding[],
): Memory {
  const list = destinationsOf(base.route);
  if (memory === undefined) return { list, asks: [] };
  const { namespace } = virtualService.metadata;
  if (isExplainedBy(memory, list, namespace)) return memory;
  findings.push(
    finding(
      'baseline-changed',
      'notice',
      `Somebody else changed the destinations of ${pickOf(base)} of ${titleOf(virtualService)} since istiops last wrote them: ` +
        'what they wrote, less the builds that istiops added, is the new baseline.',
      virtualService,
    ),
  );
  return adopt(memory, list, namespace);
}

/**
 * Is the list what the memory means? Only then the memory is followed, so whatever a list goes back to follows from
 * what it is now: a memory that was forged can't bring in a host, a subset or a header that isn't in the list.
 */
export function isExplainedBy(
  memory: Remembered,
  list: readonly RouteDestination[],
  namespace: string,
): boolean {
  const meant = meaningOf(memory, namespace);
  const written = withWeights(list);
  return sameJson(written, withWeights(meant)) || sameJson(written, withWeights(scaled(meant)));
}

/** Among several, an absent weight is 0. */
function withWeights(list: readonly RouteDestination[]): readonly RouteDestination[] {
  return list.length === 1 ? list : list.map((entry) => ({ ...entry, weight: entry.weight ?? 0 }));
}

/** Thousands of routes share a memory. */
const meanings = new WeakMap<Remembered, readonly RouteDestination[]>();

function meaningOf(memory: Remembered, namespace: string): readonly RouteDestination[] {
  const known = meanings.get(memory);
  if (known !== undefined) return known;
  const meant = listOf(memory, namespace);
  meanings.set(memory, meant);
  return meant;
}
