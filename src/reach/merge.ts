import type { HttpRequest } from '../istio/requests/request.ts';
import { requestsOf } from './who.ts';
import type { ReachChange, UnaskedChange } from './types.ts';

/** One class whose answer changes, or is not what was asked for. */
export interface Observation {
  readonly object: string;
  readonly who: string;
  /** The route that they are of, where `who` doesn't say it. */
  readonly route?: string;
  /** `who` is the route. */
  readonly isRoute?: boolean;
  readonly before: string;
  readonly after: string;
  /** Absent: this was asked for. */
  readonly expected?: string;
  /** The operation was asked to do something for these requests. */
  readonly isAsked?: boolean;
  /** They get the same before and after. */
  readonly isSame?: boolean;
  readonly example: HttpRequest | null;
}

/** One sentence for all classes that change alike. */
export function mergeChanges(seen: readonly Observation[]): {
  readonly changes: readonly ReachChange[];
  readonly unexpected: readonly UnaskedChange[];
} {
  const changes: ReachChange[] = [];
  const unexpected: UnaskedChange[] = [];
  const groups = Map.groupBy(seen, (one) =>
    JSON.stringify([one.isRoute === true ? null : one.who, one.object, one.before, one.after, one.expected]),
  );
  for (const group of groups.values()) {
    const [first] = group;
    if (first === undefined) continue;
    const { object, before, after, example, expected } = first;
    const change = { object, who: whoAll(group), before, after, example, classes: group.length };
    if (expected === undefined) changes.push(change);
    else unexpected.push({ ...change, expected });
  }
  return { changes, unexpected };
}

function whoAll(group: readonly Observation[]): string {
  const [first] = group;
  if (first === undefined) return '';
  if (first.isRoute === true) return requestsOf([...new Set(group.map(({ who }) => who))]);
  const routes = new Set(group.map(({ route }) => route));
  return routes.size > 1 ? `${first.who}, on ${routes.size} routes` : first.who;
}
