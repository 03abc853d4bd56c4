/** What `istiops doctor` knows: what was found out, part by part, and what it makes of that. */
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

/** All that was looked at. */
export interface Facts {
  readonly place: 'kubernetes' | 'manifests';
  /** How the place is reached, and the name that messages give it. */
  readonly way: Examined<{ readonly name: string; readonly access: Access | null }>;
  /** Null: files, or there is no way to a cluster. */
  readonly cluster: ClusterFacts | null;
  /** Null: there is no way to the objects. */
  readonly objects: Examined<Snapshot> | null;
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
  /** Errors first, then warnings, then notices. */
  readonly findings: readonly Finding[];
}
