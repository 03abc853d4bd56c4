/** A service in a cluster in memory: its builds 1, 2 and 3 are ready, and build 1 has the subset `v1`. */
import { expect } from 'vitest';
import { TrafficError } from '../../src/base/errors.ts';
import type { DestinationRule, VirtualService } from '../../src/istio/types.ts';
import type { Outcome } from '../../src/report/types.ts';
import { API, metadata, podOf, RULE } from './api-service.ts';
import { clusterOf, type Cluster } from './memory-store.ts';

type Words = Readonly<Record<string, string>>;

/** Routes to the same service from outside. */
export const PUBLIC: VirtualService = {
  ...API,
  metadata: { ...metadata, name: 'public' },
  spec: { ...API.spec, gateways: ['public'] },
};

export const PODS = ['1', '2', '3'].map((build) => podOf(build));

export const DENIED = new TrafficError('rejected', 'the webhook says no');

/** @param objects default: one VirtualService and the DestinationRule */
export function threeBuilds(...objects: Parameters<typeof clusterOf>[0]): Cluster {
  return Object.assign(clusterOf(objects.length > 0 ? objects : [API, RULE]), { pods: PODS });
}

/** The cluster after operations, with nothing in its journal. */
export async function after(made: Cluster, ...steps: readonly Words[]): Promise<Cluster> {
  for (const words of steps) expect((await made.run(words)).failure).toBeNull();
  made.journal.length = 0;
  return made;
}

/** Of the DestinationRule, in order. */
export function subsetNames(made: Cluster): readonly string[] {
  const { spec } = made.state()['DestinationRule shop/api'] as Pick<DestinationRule, 'spec'>;
  return spec.subsets?.map(({ name }) => name) ?? [];
}

/** `conflict: Somebody else …`, as the log has it. */
export function failureOf({ failure }: Outcome): string {
  return `${failure?.reason ?? 'none'}: ${failure?.message ?? ''}`;
}
