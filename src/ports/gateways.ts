import type { Labels } from '../istio/types.ts';
import type { MissingRight } from './proxies.ts';

/** A Gateway, and where its pods are. */
export interface GatewayPlace {
  /** `namespace/name` */
  readonly name: string;
  /** Labels of its pods; empty: every gateway's pods serve it. */
  readonly selector: Labels;
  readonly namespaces: readonly string[];
  /**
   * True: its pods are in these namespaces and in no other. False: the pods of the whole cluster may not be listed, and
   * these are its own namespace and the one where Istio's gateways usually are.
   */
  readonly areAll: boolean;
}

/** What was found out about Gateways. One that is not there is in neither list. */
export interface GatewayPlaces {
  readonly found: readonly GatewayPlace[];
  readonly missing: readonly MissingRight[];
}
