import type { Selection } from '../istio/selection.ts';
import type { Labels, StringMatch } from '../istio/types.ts';

/** How requests come: what is not said is worked out from the VirtualServices. */
export interface RequestScope {
  /** `mesh`, `name` or `namespace/name`. */
  readonly gateway?: string;
  /** Of the Gateway's server or the service; absent: the URL's. */
  readonly port?: number;
  readonly sourceLabels?: Labels;
  readonly sourceNamespace?: string;
}

/** What is asked, less headers and the way it comes in. */
export interface RequestLine {
  /** `GET https://shop.io/v2/cart` */
  readonly text: string;
  readonly method: string;
  readonly scheme: 'http' | 'https';
  readonly authority: string;
  /** With `?query`, as written. */
  readonly path: string;
}

/** A service on the way of a request through several. */
export interface CalledService {
  /** As written: `orders.shop`, `POST http://orders.shop:8080/v1/orders`. */
  readonly text: string;
  readonly request: RequestLine;
  /** Its method, path and query are not said: whatever is asked of the service. */
  readonly isAnyRequest: boolean;
}

export interface ExpectationsFile {
  readonly path: string;
  /** Empty until the file is read, which `run` does. */
  readonly cases: readonly Expectation[];
}

/** A request and where it must go. */
export interface Expectation extends RequestScope {
  /** As the file names it, else the request. */
  readonly name: string;
  /** Position in the file, from 1. */
  readonly line: number;
  readonly request: RequestLine;
  readonly headers: Readonly<Record<string, string>>;
  /** As in the input; then `expect` is about the last of these services. Absent: it is about the first that gets it. */
  readonly follow?: readonly CalledService[];
  /** As in the input; absent: as that says. */
  readonly propagate?: readonly string[];
  readonly expect: ExpectedAnswer;
}

/** `answer`: by the proxy itself, 404 where no route matches the request. */
export type ExpectedAnswer =
  | { readonly kind: 'destinations'; readonly destinations: readonly ExpectedDestination[] }
  | { readonly kind: 'answer'; readonly status: number; readonly redirect?: string }
  | { readonly kind: 'redirect'; readonly redirect: string };

/** What is not said is not looked at. */
export interface ExpectedDestination {
  readonly host?: string;
  readonly subset?: string;
  /** Labels that the subset's pods have. */
  readonly pods?: Labels;
  /** Percent, both included. */
  readonly share: { readonly from: number; readonly to: number };
}

/** What operations have in common that shift traffic to a build: the build, and the service whose traffic it is to get. */
export interface ShiftIntent extends Selection {
  /** The labels of the pods, which are the subset's. */
  readonly podLabels: Labels;
  /** The service as given; absent: the one that the default route sends to. */
  readonly hostname?: string;
  /** 1 to 65535; absent: any. */
  readonly port?: number;
  /** Base routes picked by hand; empty: found by the rules of `plan/base-routes.ts`. */
  readonly routes: readonly RoutePick[];
  /** Where the service has no DestinationRule, make one. */
  readonly createRule?: true;
}

/** Of an operation that adds a build to those that are there. */
export interface AddingIntent extends ShiftIntent {
  /** The pods that base routes keep to which send to the whole service today. */
  readonly stableLabels?: Labels;
}

/** `stale`: only what sends to subsets without a ready pod. */
export type ClearMode = 'all' | 'stale';

/** Header name (lower case) to what it must be; all are ANDed. `{}`: present. */
export type HeaderMatch = Readonly<Record<string, StringMatch>>;

/** A base route named by hand: `name`, `http#1`, `tcp#2`, `vs-name/http#1`, `vs-name/name`. */
export interface RoutePick {
  /** As given, for messages. */
  readonly text: string;
  readonly virtualService?: string;
  readonly at:
    | {
        readonly kind: 'http' | 'tls' | 'tcp';
        /** Among the hand-written routes of its kind, from 0. */
        readonly index: number;
        /** Written as `http[0]`, which looks like a place in the YAML. */
        readonly isOlderNotation?: true;
      }
    | { readonly name: string };
}

/** The places where a kubeconfig is looked for, in the order in which they are by default. */
export const KUBECONFIG_SOURCES = ['input', 'env', 'in-cluster', 'home'] as const;

export type KubeconfigSource = (typeof KUBECONFIG_SOURCES)[number];

/** Certificates in PEM, or the path of a file that has them. */
export type CertificateAuthority =
  { readonly kind: 'pem'; readonly pem: string } | { readonly kind: 'file'; readonly path: string };

/** A way to a cluster without a kubeconfig: the API server accepts the OIDC tokens that GitHub gives to a job. */
export interface Keyless {
  /** `https://10.0.0.1:6443`, without a slash at its end. */
  readonly server: string;
  /** Absent: the server's certificate is of an authority that this machine trusts. */
  readonly certificateAuthority?: CertificateAuthority;
  /** For whom the tokens are: the API server accepts none that is for somebody else. */
  readonly audience: string;
}

/** Where the objects are. */
export type Place =
  | {
      readonly kind: 'kubernetes';
      /** A kubeconfig's text (YAML, or its base64); absent: found as kubectl does. Secret. */
      readonly kubeconfig?: string;
      /** A kubeconfig's path (command line only). */
      readonly kubeconfigPath?: string;
      readonly context?: string;
      /** The places to look at, in this order; absent: all. */
      readonly kubeconfigFrom?: readonly KubeconfigSource[];
      /** In place of a kubeconfig and all that is said of one. */
      readonly keyless?: Keyless;
    }
  | { readonly kind: 'manifests'; readonly path: string };

/** Which cluster, and who says so. */
export interface Access {
  readonly source: KubeconfigSource | 'keyless';
  /** In words: `the input "kubeconfig"`, `the kubeconfig /home/me/.kube/config`. */
  readonly origin: string;
  /** The context's name; `in-cluster` for the service account of a pod, `keyless` for GitHub's token. */
  readonly context: string;
  /** The API server's URL, without credentials. */
  readonly server: string;
}

/** What follows the last stage of a canary. */
export type CanaryFinish = 'promote' | 'keep';

/** What becomes of a stage of a canary that ends with too few requests to say anything. */
export type OnUnclear = 'continue' | 'rollback';

/** What `istiops keyless` prints: whom the API server lets in, and what they may do. */
export type KeylessPart = 'authentication' | 'authorization';
/** Who says that the proxies have what was written. */
export const CONFIRM_MODES = ['auto', 'proxies', 'wait'] as const;
export type ConfirmMode = (typeof CONFIRM_MODES)[number];

/** What becomes of a change when a later step of the job fails. */
export type OnFailure = 'keep' | 'rollback';

/** The words of a door: kebab-case input name to its text. Empty or blank text counts as not given. */
export type Words = Readonly<Record<string, string | undefined>>;
