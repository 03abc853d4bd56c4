import { memoizedFor } from '../../base/memoized.ts';
import type { Labels } from '../types.ts';

/** One HTTP request, as the client sends it and as the proxy that routes it sees its sender. */
export interface HttpRequest {
  readonly method: string;
  readonly scheme: string;
  /** The host header as sent, with its port where it has one. */
  readonly authority: string;
  /** With `?query`, as sent. */
  readonly path: string;
  /** Names in lower case; several values of one name are joined by commas, as Envoy joins them. */
  readonly headers: Readonly<Record<string, string>>;
  /** `mesh`, or `namespace/name` of the Gateway that it comes in by. */
  readonly gateway: string;
  /** Of the Gateway's server, or of the service that is called in the mesh; absent: not known. */
  readonly port?: number;
  /** Labels of the pod whose proxy routes it: the caller's in the mesh, the gateway's own at a gateway. */
  readonly sourceLabels: Labels;
  /** Labels that the pod may have besides: these keys, or any. Absent: it has no others. */
  readonly openLabels?: 'any' | readonly string[];
  /** The namespace of that pod; absent: not known. */
  readonly sourceNamespace?: string;
  /** Headers of which the value is not known, with the reason. */
  readonly openHeaders?: Readonly<Record<string, string>>;
  /** Method, path and query are not known: those that are here stand for any. */
  readonly isAny?: boolean;
}

/** What VirtualServices are chosen and cut down by, before any request is looked at. */
export type EntryPoint = Pick<
  HttpRequest,
  'authority' | 'gateway' | 'port' | 'sourceLabels' | 'openLabels' | 'sourceNamespace'
> & {
  /** At a gateway: the hosts of each server that it comes by, as Gateways write them (`hostsOfServers`); absent: not known. */
  readonly served?: readonly (readonly string[])[];
  /** Of requests that come in there; absent: not known. */
  readonly scheme?: string;
};

/** The authority without its port and in lower case: Istio lets Envoy ignore both when it looks for a host. */
export function hostOf(authority: string): string {
  return authority.replace(/:\d+$/, '').toLowerCase();
}

/** A request's path and query as Envoy compares them. */
export interface RequestTarget {
  /** Normalised, without query. */
  readonly path: string;
  /** The first value of each parameter, undecoded. */
  readonly query: ReadonlyMap<string, string>;
}

/**
 * The path as it is matched: cut before `?` and normalised (RFC 3986, and `\` is `/`), which Istio has Envoy do
 * by default; slashes are not merged and other escapes stay. The query is not decoded, and of a parameter given
 * twice only the first counts.
 *
 * @see https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/#MeshConfig-ProxyPathNormalization
 * @see https://github.com/envoyproxy/envoy/blob/main/source/common/http/utility.cc QueryParamsMulti
 */
export const targetOf = memoizedFor((request: HttpRequest): RequestTarget => {
  const [sent = ''] = request.path.split('#', 1);
  const start = sent.indexOf('?');
  return {
    path: normalised(start === -1 ? sent : sent.slice(0, start)),
    query: start === -1 ? new Map() : queryOf(sent.slice(start + 1)),
  };
});

/**
 * As Chromium's code in Envoy does it: that of a browser's URL, and besides, what needs no escape loses it and `|`
 * gets one.
 */
function normalised(path: string): string {
  // What most paths are made of stays as it is.
  if (/^\/[\w/-]*$/.test(path)) return path;
  const plain = path.replaceAll(/%(?:2[DE]|3\d|[46][1-9A-F]|[57][\dA]|5F|7E)/gi, (escape) =>
    decodeURIComponent(escape),
  );
  const url = `http://h${plain.replaceAll('|', '%7C')}`;
  return URL.canParse(url) ? new URL(url).pathname : plain;
}

function queryOf(text: string): ReadonlyMap<string, string> {
  const query = new Map<string, string>();
  for (const part of text.split('&')) {
    const equals = part.indexOf('=');
    const name = equals === -1 ? part : part.slice(0, equals);
    if (!query.has(name)) query.set(name, equals === -1 ? '' : part.slice(equals + 1));
  }
  return query;
}
