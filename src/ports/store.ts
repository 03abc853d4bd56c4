import type { ClusterFacts } from '../doctor/types.ts';
import type { PodState } from '../gates/types.ts';
import type { MetricsPlace } from '../intent/metrics.ts';
import type { Access } from '../intent/types.ts';
import type { DestinationRule, VirtualService } from '../istio/types.ts';
import type { Snapshot, Write } from '../plan/types.ts';
import type { TextChange } from '../report/types.ts';
import type { GatewayPlaces } from './gateways.ts';
import type { Metrics } from './metrics.ts';
import type { Proxies } from './proxies.ts';

/**
 * For a look between two writes; of other namespaces it has what was read before.
 *
 * - `routes`: VirtualServices alone.
 * - `routing`: VirtualServices and DestinationRules.
 */
export type LookScope = 'routes' | 'routing';

/**
 * All of one or more namespaces.
 *
 * - `mesh`: all of the namespace, and VirtualServices and DestinationRules of other namespaces as far as we may read
 *   them. These may be up to a minute old where the store is asked again.
 * - `mesh-and-servers`: besides, what the gateways serve.
 * - `mesh-and-gateways`: besides `mesh`, where the pods of the gateways are.
 */
export type ReadScope = LookScope | 'mesh' | 'mesh-and-servers' | 'mesh-and-gateways';

/** The port to wherever the objects are: a cluster, or a folder of manifests. */
export interface Store {
  readonly kind: Snapshot['source'];
  /** For messages: `cluster https://10.0.0.1:6443`, `manifests in examples/`. */
  readonly place: string;
  /** How the place is reached; absent: files. */
  readonly access?: Access;
  /** What the cluster says about us and itself; absent: files. Never throws. */
  readonly examine?: () => Promise<ClusterFacts>;
  /** Prometheus behind a Service of the cluster, asked with these headers; absent: files. */
  readonly metrics?: (
    place: Extract<MetricsPlace, { kind: 'service' }>,
    headers: Readonly<Record<string, string>>,
  ) => Metrics;
  /** The way to istiod and the proxies; absent: files. */
  readonly proxies?: Proxies;
  /**
   * Where the pods of Gateways (`namespace/name`) are; absent: files.
   *
   * @throws TrafficError unreachable, timeout, unauthorized
   */
  readonly gateways?: (names: readonly string[]) => Promise<GatewayPlaces>;

  /**
   * Reads everything a plan needs: one list for each kind of object, in parallel, however many there are.
   *
   * @throws TrafficError unauthorized, forbidden (with the Role to grant), unreachable, timeout, not-found,
   * invalid-input (a manifest that Kubernetes would refuse: file, line, column)
   *
   * @param scope default: all of the namespace
   */
  read(scope?: ReadScope): Promise<Snapshot>;

  /**
   * The pods of the namespace, and what is wrong with them: one list. Absent: files.
   *
   * @throws TrafficError unauthorized, forbidden, unreachable, timeout
   */
  readonly pods?: () => Promise<readonly PodState[]>;

  /** Sentences about what was read: files left alone, links not followed. After `read`. */
  readonly warnings: readonly string[];

  /**
   * Asks the server to try a write without doing it (`dryRun=All`), so that admission speaks first.
   *
   * @returns the object as it would be stored; undefined where the place can't say
   * @throws TrafficError rejected with the webhook's own words, conflict, forbidden, …
   */
  rehearse(write: Write): Promise<VirtualService | DestinationRule | undefined>;

  /**
   * Replaces `before` by `after`; the resourceVersion is `before`'s. Returns the object as it then is.
   *
   * @throws TrafficError conflict: the object is no longer `before`, nothing was written; otherwise as `rehearse`;
   * `mayHaveBeenWritten` says that nobody knows whether it was written.
   */
  write(write: Write): Promise<VirtualService | DestinationRule>;

  /** The texts that `writes` change, before and after, for the diff: one a file, or one an object. */
  texts(writes: readonly Write[]): readonly TextChange[];
}
