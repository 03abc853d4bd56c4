import { destinationsOf } from '../istio/routes.ts';
import type { RouteDestination, VirtualService } from '../istio/types.ts';
import { sameJson } from '../base/json.ts';
import { pickOf, type UserRoute } from './base-routes.ts';
import { type PendingBaseline, type Baseline } from './baseline.ts';
import { finding, type Finding } from '../base/findings.ts';
import { titleOf } from '../base/title.ts';
import { rebase, listOf, scaled } from './split.ts';

/** What is remembered of a base route; where somebody else changed its list, what they wrote counts. */
export function currentBaseline(
  virtualService: VirtualService,
  base: UserRoute,
  memory: Baseline | undefined,
  findings: Finding[],
): PendingBaseline {
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
  return rebase(memory, list, namespace);
}

/**
 * Is the list what the memory means? Only then the memory is followed, so whatever a list goes back to follows from
 * what it is now: a memory that was forged can't bring in a host, a subset or a header that isn't in the list.
 */
export function isExplainedBy(
  memory: Baseline,
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
const meanings = new WeakMap<Baseline, readonly RouteDestination[]>();

function meaningOf(memory: Baseline, namespace: string): readonly RouteDestination[] {
  const known = meanings.get(memory);
  if (known !== undefined) return known;
  const meant = listOf(memory, namespace);
  meanings.set(memory, meant);
  return meant;
}
