/** The smallest service that a run can change: one VirtualService, and the DestinationRule of its subset. */
import type { DestinationRule, VirtualService } from '../../src/istio/types.ts';

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
