import { ApiError, paths } from '../plane/api.ts';
import { GATEWAY } from '../plane/envoy.ts';
import { lastingAnnotations } from '../../support/lasting.ts';
import type { Plane } from './plane.ts';

/** A VirtualService or DestinationRule, as far as tests read it. */
export interface Stored {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly resourceVersion: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly http?: readonly {
      readonly name?: string;
      readonly timeout?: string;
      readonly route?: readonly { readonly destination: { readonly subset?: string } }[];
    }[];
    readonly subsets?: readonly {
      readonly name: string;
      readonly labels: Readonly<Record<string, string>>;
    }[];
  };
}

export interface Both {
  readonly virtualService: Stored;
  readonly destinationRule: Stored;
}

export async function read({ api }: Plane, namespace: string, name = 'api'): Promise<Both> {
  const [virtualService, destinationRule] = await Promise.all([
    api.get<Stored>(`${paths.virtualServices(namespace)}/${name}`),
    api.get<Stored>(`${paths.destinationRules(namespace)}/${name}`),
  ]);
  return { virtualService, destinationRule };
}

/** What must be as it was after a rollback: both specs, and the annotations but for who did it. */
export function traces({ virtualService, destinationRule }: Both): readonly unknown[] {
  return [virtualService, destinationRule].map(({ spec, metadata: { annotations = {} } }) => ({
    spec,
    annotations: lastingAnnotations(annotations),
  }));
}

/** A destination of the app's http port. */
export const to = (host: string, subset: string): Readonly<Record<string, unknown>> => ({
  destination: { host, subset, port: { number: 80 } },
});

const COLLECTIONS = {
  VirtualService: paths.virtualServices,
  DestinationRule: paths.destinationRules,
  Gateway: paths.gateways,
  ServiceEntry: paths.serviceEntries,
  WorkloadEntry: paths.workloadEntries,
} as const;

/** Writes an object of Istio that isn't there yet. */
export async function create(
  { api }: Plane,
  kind: keyof typeof COLLECTIONS,
  metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  },
  spec: Readonly<Record<string, unknown>>,
): Promise<void> {
  const apiVersion = 'networking.istio.io/v1';
  await api.post(COLLECTIONS[kind](metadata.namespace), { apiVersion, kind, metadata, spec });
}

/** Writes a VirtualService with these http routes, and a DestinationRule with a subset for each of these builds. */
export async function createTraffic(
  plane: Plane,
  namespace: string,
  host: string,
  http: readonly unknown[],
  builds: readonly string[],
): Promise<void> {
  const metadata = { namespace, name: 'api', labels: { app: 'api' } };
  const subsets = builds.map((build) => ({ name: build, labels: { build } }));
  await create(plane, 'DestinationRule', metadata, { host, subsets });
  await create(plane, 'VirtualService', metadata, { hosts: [host], gateways: [GATEWAY], http });
}

/** Changes an object as a person with an editor would: read, change, put, again if somebody was faster. */
export async function edit(
  { api }: Plane,
  path: string,
  change: (spec: Record<string, unknown>) => Record<string, unknown>,
): Promise<void> {
  for (;;) {
    const current = await api.get<{ spec: Record<string, unknown> }>(path);
    try {
      await api.put(path, { ...current, spec: change(current.spec) });
      return;
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 409)) throw error;
    }
  }
}
