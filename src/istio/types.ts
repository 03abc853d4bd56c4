/**
 * The parts of Istio's and Kubernetes' objects that we read, as plain JSON. Every interface lets unknown fields
 * pass: what we don't know is kept as it is.
 *
 * @see https://istio.io/latest/docs/reference/config/networking/virtual-service/
 * @see https://istio.io/latest/docs/reference/config/networking/destination-rule/
 */
import type { JsonObject } from '../base/json.ts';

export interface ObjectMeta extends JsonObject {
  readonly name: string;
  readonly namespace: string;
  readonly labels?: Labels;
  readonly annotations?: Labels;
  readonly resourceVersion?: string;
}

/** What Istio takes the traffic of a port for. */
export type PortProtocol = 'http' | 'tls' | 'tcp' | 'udp';

/** String to string: labels and annotations. */
export type Labels = Readonly<Record<string, string>>;

export interface KubeObject extends JsonObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

export interface VirtualService extends KubeObject {
  readonly kind: 'VirtualService';
  readonly spec: VirtualServiceSpec;
}

export interface VirtualServiceSpec extends JsonObject {
  readonly hosts?: readonly string[];
  readonly gateways?: readonly string[];
  readonly http?: readonly Route[];
  readonly tls?: readonly Route[];
  readonly tcp?: readonly Route[];
}

/** The three lists of routes of a VirtualService. */
export const ROUTE_KINDS = ['http', 'tls', 'tcp'] as const;
export type RouteKind = (typeof ROUTE_KINDS)[number];

/** An entry of `http`, `tls` or `tcp`: only `http` has a name, redirects, delegates and the like. */
export interface Route extends JsonObject {
  readonly name?: string;
  readonly match?: readonly Match[];
  readonly route?: readonly RouteDestination[];
}

/** One match block. Its fields are ANDed; the blocks of a route are ORed. */
export interface Match extends JsonObject {
  readonly uri?: StringMatch;
  readonly scheme?: StringMatch;
  readonly method?: StringMatch;
  readonly authority?: StringMatch;
  readonly headers?: Readonly<Record<string, StringMatch>>;
  readonly withoutHeaders?: Readonly<Record<string, StringMatch>>;
  readonly queryParams?: Readonly<Record<string, StringMatch>>;
  readonly ignoreUriCase?: boolean;
  readonly port?: number;
  readonly gateways?: readonly string[];
  readonly sourceLabels?: Labels;
  readonly sourceNamespace?: string;
  readonly sniHosts?: readonly string[];
  readonly destinationSubnets?: readonly string[];
  readonly sourceSubnet?: string;
}

/** One of `exact`, `prefix`, `regex` (RE2, whole value); `{}` on a header means that it is present. */
export interface StringMatch extends JsonObject {
  readonly exact?: string;
  readonly prefix?: string;
  readonly regex?: string;
}

export interface RouteDestination extends JsonObject {
  readonly destination: Destination;
  /** Relative to the other entries of the list; absent means 0, but 100 % for the only entry. */
  readonly weight?: number;
}

export interface Destination extends JsonObject {
  readonly host: string;
  readonly subset?: string;
  readonly port?: { readonly number?: number };
}

export interface DestinationRule extends KubeObject {
  readonly kind: 'DestinationRule';
  readonly spec: DestinationRuleSpec;
}

export interface DestinationRuleSpec extends JsonObject {
  readonly host: string;
  readonly subsets?: readonly Subset[];
}

export interface Subset extends JsonObject {
  readonly name: string;
  readonly labels?: Labels;
}

/** What the checks need to know of a pod, or of a WorkloadEntry (a virtual machine) in its place. */
export interface PodView {
  readonly name: string;
  readonly labels: Labels;
  /** The pod's Ready condition is true and it isn't being deleted; of a WorkloadEntry: its health checks don't fail. */
  readonly ready: boolean;
  /** Of all its containers; absent: none. */
  readonly restarts?: number;
  /** Why containers wait or have ended, the last time: `CrashLoopBackOff`, `OOMKilled`; absent: no reason. */
  readonly troubles?: readonly string[];
  /** The Deployment behind its ReplicaSet, else its owner; absent: it has none. */
  readonly workload?: string;
}

/** What the checks need to know of a Service or a ServiceEntry: the hosts it gives, its ports, its pods. */
export interface ServiceView {
  readonly kind: 'Service' | 'ServiceEntry';
  readonly name: string;
  readonly namespace: string;
  /** Fully qualified; a ServiceEntry may have several and wildcards (`*.example.com`). */
  readonly hosts: readonly string[];
  readonly ports: readonly number[];
  /** What Istio takes the traffic of ports for; those that are not in it are detected by their first bytes. */
  readonly protocols?: ReadonlyMap<number, PortProtocol>;
  /** A Service that is another name of this host: proxies send there in its place. */
  readonly externalName?: string;
  /** It has no cluster IP, or the resolution NONE: who calls it chooses a pod. */
  readonly isHeadless?: boolean;
  /** Of a ServiceEntry: it says no resolution, and NONE is what Istio takes then. */
  readonly lacksResolution?: boolean;
  /** Pods that are not ready get its requests as well (`publishNotReadyAddresses`). */
  readonly publishesNotReady?: boolean;
  /** Namespaces whose proxies know it; absent: all. */
  readonly exportedTo?: readonly string[];
  /** Labels of the endpoints that a ServiceEntry lists itself. */
  readonly endpoints?: readonly Labels[];
  /** Labels of the pods behind it; absent where it has no selector. */
  readonly selector?: Labels;
}
