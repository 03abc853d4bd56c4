/** All that a route does, in a form that can be compared, so that a report never calls a changed route the same. */
import { canonicalJson } from '../base/json.ts';
import type { RoutePair, RouteView } from './view-types.ts';

/**
 * The fields in which a route differs besides name, match and destinations; empty where in none.
 *
 * @example 'mirror removed, timeout and retries changed'
 */
export function fieldsNote({ before, after, differs }: RoutePair): string {
  const fields = differs.filter((part) => !['name', 'match', 'destinations'].includes(part));
  const ways = Map.groupBy(fields, (field) => {
    if (before?.settings[field] === undefined) return 'added';
    return after?.settings[field] === undefined ? 'removed' : 'changed';
  });
  return [...ways].map(([way, names]) => `${names.join(' and ')} ${way}`).join(', ');
}

/** All that a route is and does; ready pods and labels are only there for information. */
export function contentOf(view: RouteView): string {
  return canonicalJson([...partsOf(view)]);
}

function partsOf({ name, match, action, destinations, settings }: RouteView): ReadonlyMap<string, unknown> {
  const sent = destinations.map((to) => [to.host, to.subset, to.port, to.share]);
  const { route = null, ...fields } = settings;
  return new Map<string, unknown>([
    ['name', name],
    ['match', match],
    ['destinations', [action, sent, route]],
    ...Object.entries(fields),
  ]);
}

/**
 * What differs between two views of a route: `name`, `match`, `destinations` (where it sends, or what it does in place of
 * sending), or a field as Istio names it: `mirror`, `timeout`.
 */
export function differences(before: RouteView, after: RouteView): readonly string[] {
  const [old, now] = [partsOf(before), partsOf(after)];
  return [...new Set([...old.keys(), ...now.keys()])].filter(
    (part) => canonicalJson(old.get(part) ?? null) !== canonicalJson(now.get(part) ?? null),
  );
}
