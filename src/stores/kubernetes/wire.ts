import type { RequestOptions } from 'node:https';
import type { JsonObject } from '../../base/json.ts';
import type { AccessTerms } from './terms.ts';

/** What an exec plugin or an identity provider hands out. */
export interface Credential {
  readonly token?: string;
  /** PEM. */
  readonly certificate?: string;
  readonly key?: string;
  /** Milliseconds since 1970; absent: good for as long as we run. */
  readonly expires?: number;
}

/** One HTTP request to the API server. */
export interface Call {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** `/api/v1/namespaces/shop/pods` */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** More than every request has, by name. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: JsonObject;
  /** The answer is a list of objects, and may be large. */
  readonly isList?: true;
}

/** What came back, whatever its status. */
export interface HttpResponse {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
  /** The body is more than we are ready to hold, and `text` is only its beginning: `more than 64 MiB`. */
  readonly tooMuch?: string;
}

/** The way to one API server as one user. */
export interface Wire {
  /** `https://10.0.0.1:6443` */
  readonly server: string;
  /** `user "ci" of context "prod" (the input "kubeconfig")` */
  readonly who: string;
  /** What messages call the settings by which the server is reached. */
  readonly terms: AccessTerms;
  /** The whole message of a 401, where the source of the credentials knows more than that they are refused. */
  readonly refused?: (answer: HttpResponse) => string;
  /** The proxy in between, without credentials: `http://proxy.corp:3128`. */
  readonly proxy?: string;
  /**
   * Gets credentials for a request. Apart from the sending, because an exec plugin or an identity provider takes
   * its own time, and what is slow or refused there is not the API server's fault.
   *
   * @throws TrafficError unauthorized, timeout
   */
  prepare(call: Call): Promise<Prepared>;
  /** Words of a server or of another program, without any secret that we know of. */
  shown(words: string): string;
}

/** A request with the credentials that it is sent with. */
export interface Prepared {
  readonly send: Send;
  /**
   * Is to be called when the server refuses these credentials (401). Says whether others can be had: then the next
   * `prepare` gets them, unless another request has got them meanwhile.
   */
  readonly renew: () => boolean;
}

/** A way to an API server that can open WebSockets, too. */
export interface UpgradingWire extends Wire {
  /**
   * Gets credentials for a request that becomes a WebSocket, which the HTTP client of the other requests can't make.
   *
   * @param path with its query: `/api/v1/namespaces/shop/pods/web-1/portforward?ports=15000`
   * @throws TrafficError unauthorized, timeout
   */
  prepareUpgrade(path: string): Promise<PreparedUpgrade>;
}

/** What a WebSocket is opened with. Secret. */
export interface PreparedUpgrade {
  /** `wss://10.0.0.1:6443/api/v1/…` */
  readonly url: string;
  /** Its headers, certificates and the agent that knows the proxy in between, for one connection. */
  readonly options: RequestOptions;
  readonly renew: Prepared['renew'];
}

/** Throws what the HTTP client throws when there is no answer: `networkFault` in `network.ts` says what it means. */
export type Send = (signal: AbortSignal) => Promise<HttpResponse>;

/** What a request is about, for messages. */
export interface About {
  readonly verb: 'list' | 'get' | 'update' | 'create' | 'delete';
  /** `virtualservices` */
  readonly resource: string;
  readonly namespace: string;
  /** `VirtualService shop/api`, where it is about one. */
  readonly object?: string;
}
