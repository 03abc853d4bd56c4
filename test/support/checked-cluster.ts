/** A cluster against whose changes nothing speaks, and what is found where a test makes something wrong. */
import type { Labels, PodView, Route, RouteDestination, ServiceView } from '../../src/istio/types.ts';
import { plan } from '../../src/run/plan.ts';
import type { Listing, Snapshot } from '../../src/plan/types.ts';
import type { Finding } from '../../src/base/findings.ts';
import { destinationRule, intentOf, snapshotOf, virtualService } from './plane.ts';

export const RULE = destinationRule({ v1: { app: 'api', build: '1' }, v2: { app: 'api', build: '2' } });
export const HOST = 'api.shop.svc.cluster.local';
export const SERVICE: ServiceView = {
  kind: 'Service',
  name: 'api',
  namespace: 'shop',
  hosts: [HOST],
  ports: [80],
  selector: { app: 'api' },
};

export const pod = (build: string, ready = true, more: Labels = {}): PodView => ({
  name: `api-${build}`,
  labels: { app: 'api', build, ...more },
  ready,
});
export const to = (
  subset: string,
  more: Partial<RouteDestination['destination']> = {},
): RouteDestination => ({
  destination: { host: 'api', ...(subset !== '' && { subset }), ...more },
});
export const known = <T>(...items: readonly T[]): Listing<T> => ({ state: 'known', items });

/** A cluster where nothing speaks against anything, but for what is given. */
export function cluster(
  http: readonly Route[] = [{ route: [to('v1')] }],
  given: Partial<Snapshot> = {},
): Snapshot {
  return {
    ...snapshotOf([virtualService({ http })], [RULE]),
    source: 'kubernetes',
    pods: known(pod('1'), pod('2')),
    services: known(SERVICE),
    ...given,
  };
}

export const BUILD = { 'pod-selector': 'app=api,build=2' };
export const WEIGHT = { operation: 'weight', ...BUILD, weight: '20' };
export const HEADERS = { operation: 'headers', ...BUILD, headers: 'x-a=1' };
export const PROMOTE = { operation: 'promote', ...BUILD };
export const STABLE = { 'stable-pod-selector': 'app=api,build=1' };

export type Words = Readonly<Record<string, string>>;

/** `error code`, and `error† code` where `force` may overrule it. */
export function codes(snapshot: Snapshot, words: Words = WEIGHT): string[] {
  return findings(snapshot, words).map(
    ({ severity, forceable, code }) => `${severity}${forceable ? '†' : ''} ${code}`,
  );
}

export function findings(snapshot: Snapshot, words: Words = WEIGHT): readonly Finding[] {
  return plan(snapshot, intentOf(words)).findings;
}

/** The same service with pods that nobody can tell: an ExternalName, or endpoints by hand. */
export function withoutSelector({ selector: _, ...service }: ServiceView): ServiceView {
  return service;
}
