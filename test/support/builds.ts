/** A service whose build 1 has the subset `v1`, and whose build 7 comes and goes. */
import type { DestinationRule, Labels, Route, RouteDestination } from '../../src/istio/types.ts';
import { plan } from '../../src/run/plan.ts';
import { SUBSETS } from '../../src/plan/subsets.ts';
import type { Snapshot } from '../../src/plan/types.ts';
import { destinationRule, intentOf, snapshotOf, virtualService } from './plane.ts';

export type Words = Readonly<Record<string, string>>;

export const V1 = { app: 'api', build: '1' };
export const V7 = { app: 'api', build: '7' };
export const BUILD = { 'pod-selector': 'app=api,build=7' };
export const WEIGHT = { operation: 'weight', ...BUILD, weight: '20' };

/** @param subset empty: the whole service */
export function to(subset: string, weight?: number, host = 'api'): RouteDestination {
  return {
    destination: { host, ...(subset !== '' && { subset }) },
    ...(weight !== undefined && { weight }),
  };
}

export const MAIN: Route = { route: [to('v1')] };

/** @param own subsets that `istiops/subsets` names */
export function rule(
  name: string,
  subsets: Readonly<Record<string, Labels>>,
  { own, ...more }: { own?: string; host?: string; namespace?: string; labels?: Labels } = {},
): DestinationRule {
  const { host = 'api', namespace = 'shop', labels = { app: 'api' } } = more;
  const made = destinationRule(subsets);
  return {
    ...made,
    metadata: { name, namespace, labels, ...(own !== undefined && { annotations: { [SUBSETS]: own } }) },
    spec: { ...made.spec, host },
  };
}

/** One VirtualService with these routes, beside these rules. */
export function routed(http: readonly Route[], ...rules: readonly DestinationRule[]): Snapshot {
  return snapshotOf([virtualService({ http })], rules);
}

/** The lists of destinations, and the names of the subsets of each rule. */
export function stateOf(snapshot: Snapshot): unknown {
  const text = ({ destination: { host, subset }, weight }: RouteDestination): string =>
    [host, ...(subset === undefined ? [] : [subset]), ...(weight === undefined ? [] : [weight])].join(' ');
  return {
    routes: snapshot.virtualServices.flatMap(({ spec }) =>
      [...(spec.http ?? []), ...(spec.tcp ?? [])].map(({ route = [] }) => route.map(text).join(', ')),
    ),
    subsets: snapshot.destinationRules.map(({ spec }) => (spec.subsets ?? []).map(({ name }) => name).join()),
  };
}

export function codesOf(snapshot: Snapshot, words: Words): string[] {
  return plan(snapshot, intentOf(words)).findings.map(({ code }) => code);
}
