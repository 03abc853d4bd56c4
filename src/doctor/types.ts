/** What `istiops doctor` knows: what was found out, part by part, and what it makes of that. */
import type { ProxyView } from '../confirm/proxy-view.ts';
import type { FailureReason } from '../base/errors.ts';
import type { Finding } from '../base/findings.ts';
import type { Access } from '../intent/types.ts';
import type { Snapshot } from '../plan/types.ts';

/** One part: what is known, or why nothing is. A part that fails keeps no other from being looked at. */
export type Examined<T> =
  | { readonly state: 'known'; readonly value: T }
  | { readonly state: 'unknown'; readonly reason: FailureReason; readonly why: string };

/** Whom the API server takes us for. */
export interface KnownUser {
  /** `system:serviceaccount:ci:deployer` */
  readonly user: string;
  readonly groups: readonly string[];
}

/** A right in the namespace, as the Role in README has it. */
export interface Right {
  readonly verb: string;
  /** Empty: Kubernetes' own. */
  readonly group: string;
  /** `virtualservices` */
  readonly resource: string;
  readonly isAllowed: boolean;
}

/** A version of istiod that pods run. */
export interface Istiod {
  /** `1.27.1`; the tag of the image, as it is. */
  readonly version: string;
  /** Of the label `istio.io/rev`. */
  readonly revision: string | null;
  readonly pods: number;
}

/** What a cluster says about us and itself. */
export interface ClusterFacts {
  /** The namespace that the rights are asked for. */
  readonly namespace: string;
  readonly identity: Examined<KnownUser>;
  readonly rights: Examined<readonly Right[]>;
  /** The Role to grant, as YAML, with its binding where the user is known. */
  readonly role: string;
  readonly istiod: Examined<readonly Istiod[]>;
}

/** What the proxies have of the VirtualServices of the namespace, and what keeps us from asking more of them. */
export interface ProxyFacts {
  readonly views: readonly ProxyView[];
  /** Parts of a sentence. */
  readonly gaps: readonly string[];
  /** The Roles that would let all be asked, as YAML; empty where no right is missing. */
  readonly roles: string;
}

/** All that was looked at. */
export interface Facts {
  readonly place: 'kubernetes' | 'manifests';
  /** How the place is reached, and the name that messages give it. */
  readonly way: Examined<{ readonly name: string; readonly access: Access | null }>;
  /** Null: files, or there is no way to a cluster. */
  readonly cluster: ClusterFacts | null;
  /** Null: there is no way to the objects. */
  readonly objects: Examined<Snapshot> | null;
  /** Null: files, or the VirtualServices are not known. */
  readonly proxies: Examined<ProxyFacts> | null;
  /** Sentences about what was read: files left alone. */
  readonly warnings: readonly string[];
}

/** What there is, and what stands in the way: its errors. */
export interface Diagnosis {
  readonly isReady: boolean;
  /** `cluster https://10.0.0.1:6443`; null: none was found. */
  readonly place: string | null;
  readonly access: Access | null;
  readonly identity: KnownUser | null;
  readonly rights: readonly Right[] | null;
  /** Null: not visible. */
  readonly istiod: readonly Istiod[] | null;
  readonly namespace: string | null;
  readonly virtualServices: number | null;
  readonly destinationRules: number | null;
  /** Of the gateway pods and sidecars that have routes of the VirtualServices, how many have those of now. Null: not known. */
  readonly proxies: { readonly upToDate: number; readonly asked: number } | null;
  /** Errors first, then warnings, then notices. */
  readonly findings: readonly Finding[];
}
