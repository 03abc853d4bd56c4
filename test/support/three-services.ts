/** Three services, each with a VirtualService and a DestinationRule of its own, and the lines that name their builds. */
import type { DestinationRule, VirtualService } from '../../src/istio/types.ts';
import { clusterOf, type Cluster } from './memory-store.ts';

const apiVersion = 'networking.istio.io/v1';

export const NAMES = ['web', 'orders', 'stock'] as const;

export function virtualServiceOf(name: string): VirtualService {
  return {
    apiVersion,
    kind: 'VirtualService',
    metadata: { name, namespace: 'shop', labels: { app: name } },
    spec: { hosts: [name], http: [{ name: 'main', route: [{ destination: { host: name, subset: 'v1' } }] }] },
  };
}

export function ruleOf(name: string): DestinationRule {
  return {
    apiVersion,
    kind: 'DestinationRule',
    metadata: { name, namespace: 'shop', labels: { app: name } },
    spec: { host: name, subsets: [{ name: 'v1', labels: { app: name, build: 'v1' } }] },
  };
}

/** The input `services` for a build of each. */
export function linesFor(build: string): string {
  return NAMES.map((name) => `app=${name} -> app=${name},build=${build}`).join('\n');
}

/** @param signal cancels what runs */
export function threeServices(signal?: AbortSignal): Cluster {
  const objects = NAMES.flatMap((name) => [virtualServiceOf(name), ruleOf(name)]);
  const pods = NAMES.flatMap((name) =>
    ['v1', 'v2', 'pr-10'].map((build) => ({
      name: `${name}-${build}`,
      namespace: 'shop',
      labels: { app: name, build },
      ready: true,
    })),
  );
  return Object.assign(clusterOf(objects, signal === undefined ? {} : { signal }), { pods });
}
