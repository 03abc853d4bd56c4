/** In what two outcomes of a change differ, for the report of what went by the guard. */
import { resolveHost } from '../../src/istio/hosts.ts';
import type {
  DestinationRule,
  Labels,
  Route,
  RouteDestination,
  VirtualService,
} from '../../src/istio/types.ts';
import { canonicalJson } from '../../src/base/json.ts';
import type { Phase, Snapshot } from '../../src/plan/types.ts';

export function snapshotAfter(snapshot: Snapshot, phases: readonly Phase[]): Snapshot {
  const after = new Map(
    phases.flatMap(({ writes }) => writes.map((write) => [keyOf(write.after), write.after] as const)),
  );
  const current = <T extends VirtualService | DestinationRule>(object: T): T =>
    (after.get(keyOf(object)) as T | undefined) ?? object;
  return {
    ...snapshot,
    virtualServices: snapshot.virtualServices.map(current),
    destinationRules: snapshot.destinationRules.map(current),
  };
}

function keyOf({ kind, metadata }: VirtualService | DestinationRule): string {
  return `${kind} ${metadata.namespace}/${metadata.name}`;
}

export interface Difference {
  readonly words: string;
  /** Does any request get something else by it? */
  readonly isFelt: boolean;
}

/** The first of the kinds that applies, the least harmful first. */
export function differenceOf(before: Snapshot, right: Snapshot, wrong: Snapshot): Difference {
  if (isAlike(right, wrong, (one) => one.spec))
    return { words: 'only subsets that no route uses differ', isFelt: false };
  if (isAlike(right, wrong, requests(right, wrong)))
    return { words: 'only names of subsets or entries without a share differ', isFelt: false };
  const isUnmade = isAlike(before, wrong, (one) => one.spec);
  return { words: isUnmade ? 'the change is not made' : 'requests get something else', isFelt: true };
}

function isAlike(
  a: Snapshot,
  b: Snapshot,
  textOf: (one: VirtualService, snapshot: Snapshot) => unknown,
): boolean {
  const [left, right] = [a, b].map((snapshot) =>
    canonicalJson(snapshot.virtualServices.map((one) => textOf(unnamed(one), snapshot))),
  );
  return left === right;
}

function unnamed(one: VirtualService): VirtualService {
  const { http } = one.spec;
  if (http === undefined) return one;
  return { ...one, spec: { ...one.spec, http: http.map(({ name: _, ...route }) => route) } };
}

/** Where each route sends: pods by their labels, in percent, whatever the subset is called. */
function requests(...all: readonly Snapshot[]): (one: VirtualService, snapshot: Snapshot) => unknown {
  const known = all.flatMap((snapshot) => snapshot.destinationRules);
  return ({ metadata: { namespace }, spec }, { destinationRules }) => {
    const rules = [...destinationRules, ...known];
    const routes = (list: readonly Route[] = []): unknown =>
      list.map(({ route = [], ...rest }) => [rest, sharesOf(route, namespace, rules)]);
    return [routes(spec.http), routes(spec.tls), routes(spec.tcp)];
  };
}

function sharesOf(
  list: readonly RouteDestination[],
  namespace: string,
  rules: readonly DestinationRule[],
): Readonly<Record<string, number>> {
  const total = list.reduce((sum, { weight = 0 }) => sum + weight, 0);
  const shares: Record<string, number> = {};
  for (const { weight = 0, destination, ...rest } of list) {
    const percent = list.length === 1 ? 100 : total === 0 ? 100 / list.length : (100 * weight) / total;
    if (percent === 0) continue;
    const host = resolveHost(destination.host, namespace);
    const { subset = '' } = destination;
    const key = canonicalJson([
      host,
      labelsOf(host, subset, rules) ?? subset,
      destination.port ?? null,
      rest,
    ]);
    shares[key] = Math.round((shares[key] ?? 0) + percent);
  }
  return shares;
}

function labelsOf(host: string, subset: string, rules: readonly DestinationRule[]): Labels | undefined {
  if (subset === '') return {};
  return rules
    .filter(({ metadata, spec }) => resolveHost(spec.host, metadata.namespace) === host)
    .flatMap(({ spec }) => spec.subsets ?? [])
    .find(({ name }) => name === subset)?.labels;
}
