import { fakeTime } from './fake-time.ts';
import type { JsonObject } from '../../src/base/json.ts';
import type { DestinationRule, VirtualService } from '../../src/istio/types.ts';
import type { Write } from '../../src/plan/types.ts';
import type { Store } from '../../src/ports/store.ts';
import { TrafficError, type FailureReason } from '../../src/base/errors.ts';
import { kubernetesStore, type KubernetesOptions } from '../../src/stores/kubernetes/store.ts';
import { kubeconfig, type FakeServer } from './api-server/server.ts';

export const virtualService: JsonObject = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'api', labels: { app: 'api' }, annotations: { team: 'shop' } },
  spec: {
    hosts: ['api'],
    http: [
      {
        name: 'main',
        x_unknown: { kept: [1, null] },
        route: [{ destination: { host: 'api', subset: 'v1' } }],
      },
    ],
  },
};

export const destinationRule: JsonObject = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'DestinationRule',
  metadata: { name: 'api', labels: { app: 'api' } },
  spec: { host: 'api', subsets: [{ name: 'v1', labels: { app: 'api', build: '1' } }] },
};

export const pod = (name: string, ready: boolean, metadata: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: 'api', build: '1' }, ...metadata },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
});

export const service: JsonObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'api' },
  spec: { selector: { app: 'api' }, ports: [{ name: 'http', port: 5000 }] },
};

export const serviceEntry: JsonObject = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'ServiceEntry',
  metadata: { name: 'partner' },
  spec: { hosts: ['partner.io', '*.partner.io'], ports: [{ number: 443, name: 'https' }] },
};

export const everything = [virtualService, destinationRule, pod('api-1', true), service, serviceEntry];

/**
 * The time of a try is over when the server leaves it without an answer, and never before: a slow machine is no slow
 * server.
 */
function limitBy(server: FakeServer): NonNullable<KubernetesOptions['time']>['limit'] & object {
  const tries: { readonly what: string; readonly controller: AbortController }[] = [];
  server.onHang(({ verb, path }) => {
    for (const { what, controller } of tries) {
      const [listed] = /(?<=^list )\w+/.exec(what) ?? [];
      const isIt = listed === undefined ? verb !== 'LIST' : verb === 'LIST' && path.includes(`/${listed}`);
      if (isIt) controller.abort();
    }
  });
  return (_milliseconds, what) => {
    const controller = new AbortController();
    tries.push({ what, controller });
    return controller.signal;
  };
}

export interface Opened {
  readonly store: Store;
  readonly pauses: readonly number[];
  readonly retries: readonly string[];
  readonly secrets: ReadonlySet<string>;
}

/**
 * A store on the server, without waiting: pauses are only noted, and a try is over when the server hangs.
 *
 * @param options.time what of the clock is another; undefined: the real one
 */
export async function openStore(
  server: FakeServer,
  options: Partial<KubernetesOptions> = {},
): Promise<Opened> {
  const { pauses, ...clock } = fakeTime();
  const time = { ...clock, limit: limitBy(server), ...options.time };
  const retries: string[] = [];
  const secrets = new Set<string>();
  const store = await kubernetesStore({
    kubeconfig: kubeconfig(server),
    env: {},
    userAgent: 'istiops/1.2.3',
    onRetry: (sentence) => retries.push(sentence),
    onSecret: (secret) => secrets.add(secret),
    ...options,
    time: 'time' in options && options.time === undefined ? undefined : time,
  });
  return { store, pauses, retries, secrets };
}

/** The error that a promise ends with; fails when there is none. */
export async function errorOf(
  promise: Promise<unknown>,
): Promise<{ reason: FailureReason; message: string }> {
  try {
    await promise;
  } catch (thrown) {
    if (thrown instanceof TrafficError) return { reason: thrown.reason, message: thrown.message };
    throw thrown;
  }
  throw new Error('nothing was thrown');
}

/** The error that a function throws. */
export function faultOf(action: () => unknown): Promise<{ reason: FailureReason; message: string }> {
  return errorOf(Promise.resolve().then(action));
}

/** Reads the VirtualService `api` and makes a write of it that sets its first route's weight. */
export async function weightWrite(
  store: Store,
  weight: number,
): Promise<Write & { readonly kind: 'VirtualService' }> {
  const { virtualServices } = await store.read();
  const before = virtualServices.find(({ metadata }) => metadata.name === 'api');
  if (before === undefined) throw new Error('no VirtualService api');
  return { kind: 'VirtualService', before, after: withWeight(before, weight) };
}

export function withWeight(before: VirtualService, weight: number): VirtualService {
  const [first, ...rest] = before.spec.http ?? [];
  const route = [{ destination: { host: 'api', subset: 'v1' }, weight }];
  return { ...before, spec: { ...before.spec, http: [{ ...first, route }, ...rest] } };
}

export async function subsetWrite(store: Store): Promise<Write & { readonly kind: 'DestinationRule' }> {
  const { destinationRules } = await store.read();
  const before = destinationRules[0];
  if (before === undefined) throw new Error('no DestinationRule');
  const subsets = [...(before.spec.subsets ?? []), { name: 'v2', labels: { app: 'api', build: '2' } }];
  const after: DestinationRule = { ...before, spec: { ...before.spec, subsets } };
  return { kind: 'DestinationRule', before, after };
}
