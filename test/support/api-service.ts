/** The smallest service that a run can change: one VirtualService, and the DestinationRule of its subset. */
import type { DestinationRule, PodView, VirtualService } from '../../src/istio/types.ts';

const apiVersion = 'networking.istio.io/v1';
export const metadata = { name: 'api', namespace: 'shop', labels: { app: 'api' } };

export const API: VirtualService = {
  apiVersion,
  kind: 'VirtualService',
  metadata,
  spec: { hosts: ['api'], http: [{ name: 'main', route: [{ destination: { host: 'api', subset: 'v1' } }] }] },
};

export const RULE: DestinationRule = {
  apiVersion,
  kind: 'DestinationRule',
  metadata,
  spec: { host: 'api', subsets: [{ name: 'v1', labels: { app: 'api', build: '1' } }] },
};

/** A pod of a build of it. */
export function podOf(build: string, isReady = true): PodView & { readonly namespace: string } {
  return { name: `api-${build}`, namespace: 'shop', labels: { app: 'api', build }, ready: isReady };
}

/** The selectors of build 2. */
export const BUILD = { 'label-selector': 'app=api', 'pod-selector': 'app=api,build=2' };
export const WEIGHT = { operation: 'weight', ...BUILD, weight: '20' };
export const ROLLBACK = { operation: 'rollback', ...BUILD };

/** Their titles, as a cluster in memory logs them. */
export const [VS, DR] = ['VirtualService shop/api', 'DestinationRule shop/api'];
