import { createRedactor, type Redactor } from '../../base/redactor.ts';
import { TrafficError } from '../../base/errors.ts';
import { compareTexts } from '../../base/text.ts';
import { titleOf } from '../../base/title.ts';
import type { Write } from '../../plan/types.ts';
import type { ReadScope, Store } from '../../ports/store.ts';
import { READ_PATIENCE, WRITE_PATIENCE, type Attempts, type TimeLimits, type Time } from './calls.ts';
import { examine } from './examine.ts';
import { readGatewayPlaces } from './gateway-places.ts';
import { isLook, mayHaveWorkloads, readLists, readPods, together, type NamespaceObjects } from './lists.ts';
import {
  NO_OTHERS,
  readGatewayNamespaces,
  readGatewayServers,
  readOthers,
  withOthers,
  type GatewayLists,
  type OtherNamespaces,
} from './mesh.ts';
import { secretsIn } from '../../net/secrets.ts';
import { sleep } from '../../net/sleep.ts';
import { ForbiddenError, forbidden } from './refusals.ts';
import { identityOf } from './review.ts';
import { proxiesThrough } from './proxies.ts';
import { METRICS_PATIENCE, serviceMetrics } from './service-proxy.ts';
import { findConnection, type KubeconfigSources } from './sources.ts';
import { textChanges } from './texts.ts';
import { put, rehearseWrite, type WriteOptions } from './writes.ts';

/**
 * Milliseconds that what other namespaces have is good for. A run tries again for a minute after a conflict, and each of
 * these reads would be of the whole cluster.
 */
const OTHERS_AGE = 60_000;

export interface KubernetesOptions extends KubeconfigSources {
  /** Default: the kubeconfig context's, else `default`. */
  readonly namespace?: string | undefined;
  /**
   * Knows the secrets found so far, and learns those found here; no message of the store has one. Default: one of the
   * store's own, which tells `onSecret`.
   */
  readonly secrets?: Redactor | undefined;
  /** For the cluster's audit log: `istiops/1.0.0`. */
  readonly userAgent?: string | undefined;
  /** Ends reading and rehearsing that go on when it is aborted; what begins afterwards, the undoing, isn't ended. */
  readonly signal?: AbortSignal | undefined;
  /** Is told why a request is tried again, and when. */
  readonly onRetry?: ((sentence: string) => void) | undefined;
  readonly time?: Partial<Time> | undefined;
  /** Milliseconds; defaults: 15 s a try and 30 s in all to read, 20 s and 60 s to write, 10 s to reach the server. */
  readonly patience?:
    { readonly read?: Partial<TimeLimits>; readonly write?: Partial<TimeLimits> } | undefined;
}

/**
 * The store of a live cluster. Finds out how to reach it (see {@link findConnection}) without contacting it yet.
 *
 * @throws TrafficError invalid-input: no kubeconfig, or one that can't be used
 */
export async function kubernetesStore(options: KubernetesOptions): Promise<Store> {
  const secrets = options.secrets ?? createRedactor(options.onSecret);
  const connection = findConnection({ ...options, onSecret: secrets.learn });
  // The password of a proxy may come from the environment, of which no kubeconfig tells.
  for (const { text, kind } of secretsIn(connection.cluster.proxyUrl)) secrets.learn(text, kind);
  const namespace = options.namespace ?? connection.namespace ?? 'default';

  const { openWire } = await import('./client.ts');
  const wire = openWire(connection, {
    env: options.env,
    userAgent: options.userAgent ?? 'istiops',
    secrets,
  });
  /** By the title of the object that they are about, each sentence once. */
  const warnings = new Map<string, Set<string>>();
  const time: Time = {
    now: options.time?.now ?? (() => performance.now()),
    sleep: options.time?.sleep ?? sleep,
    random: options.time?.random ?? Math.random,
    limit: options.time?.limit ?? ((milliseconds) => AbortSignal.timeout(milliseconds)),
  };
  const reading = (): Attempts => ({
    wire,
    time,
    patience: { ...READ_PATIENCE, ...options.patience?.read },
    signal: options.signal?.aborted === true ? undefined : options.signal,
    onRetry: options.onRetry,
  });
  const writing = (): WriteOptions => ({
    ...reading(),
    patience: { ...WRITE_PATIENCE, ...options.patience?.write },
    fieldManager: 'istiops',
    onWarning: (object, sentence) => {
      warnings.set(object, (warnings.get(object) ?? new Set()).add(sentence));
    },
  });
  let known: { readonly others: OtherNamespaces; readonly at: number } | undefined;
  const othersFor = async (scope: ReadScope | undefined, attempts: Attempts): Promise<OtherNamespaces> => {
    if (scope === undefined) return NO_OTHERS;
    // Between two writes nobody waits for what was read at the beginning.
    if (isLook(scope)) return known?.others ?? NO_OTHERS;
    if (known !== undefined && time.now() - known.at < OTHERS_AGE) return known.others;
    const others = await readOthers(namespace, attempts);
    known = { others, at: time.now() };
    return others;
  };
  let hasWorkloads = false;
  const gatewaysFor = async (
    scope: ReadScope | undefined,
    own: Promise<NamespaceObjects>,
    attempts: Attempts,
  ): Promise<GatewayLists> => {
    if (scope === 'mesh-and-gateways') return readGatewayNamespaces(await own, namespace, attempts);
    return scope === 'mesh-and-servers' ? readGatewayServers(await own, namespace, attempts) : {};
  };
  /** Who may do nothing may still ask as whom; where that fails, the refusal says enough. */
  const toldAsWhom = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (thrown) {
      if (!(thrown instanceof ForbiddenError)) throw thrown;
      const known = await identityOf(reading()).catch(() => undefined);
      throw known === undefined ? thrown : forbidden(thrown.refused, wire, known);
    }
  };
  const refuseElsewhere = ({ after }: Write): void => {
    if (after.metadata.namespace === namespace) return;
    throw new TrafficError(
      'internal',
      `${titleOf(after)} is in another namespace than ${namespace}, so it was not written.`,
    );
  };
  return {
    kind: 'kubernetes',
    place: `cluster ${connection.server}`,
    access: {
      source: connection.source,
      origin: connection.origin,
      context: connection.context,
      server: connection.server,
    },
    examine: () => examine(namespace, reading()),
    metrics: (at, headers) =>
      serviceMetrics(at, headers, namespace, () => ({
        ...reading(),
        patience: METRICS_PATIENCE,
        onRetry: undefined,
      })),
    gateways: (names) => readGatewayPlaces(names, reading()),
    proxies: proxiesThrough(wire, reading),
    async read(scope) {
      const [own, others, gateways] = await toldAsWhom(
        together(reading(), (each) => {
          const lists = readLists(namespace, each, isLook(scope) ? scope : undefined);
          return [lists, othersFor(scope, each), gatewaysFor(scope, lists, each)];
        }),
      );
      if (!isLook(scope)) hasWorkloads = mayHaveWorkloads(own);
      return { source: 'kubernetes', namespace, ...withOthers(own, others), ...gateways };
    },
    pods: () => readPods(namespace, reading(), hasWorkloads),
    get warnings() {
      // Writes are rehearsed together, and the answers come in any order.
      const objects = [...warnings].sort(([a], [b]) => compareTexts(a, b));
      return objects.flatMap(([, sentences]) => [...sentences]);
    },
    async rehearse(write) {
      refuseElsewhere(write);
      return toldAsWhom(rehearseWrite(write, writing()));
    },
    // A write that has begun is seen through to its end: broken off, nobody would know whether it was done.
    async write(write) {
      refuseElsewhere(write);
      return toldAsWhom(put(write, { ...writing(), signal: undefined }));
    },
    texts: textChanges,
  };
}
