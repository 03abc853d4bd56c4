import { bad, good, quote, type Parsed } from './parsed.ts';
import { parseProbeUrl } from './probe.ts';
import { parseNamespace } from './service.ts';

/** Where Prometheus is. */
export type MetricsPlace =
  /** A Service that the API server proxies to. */
  | {
      readonly kind: 'service';
      readonly scheme: 'http' | 'https';
      /** Absent: the namespace of the run. */
      readonly namespace?: string;
      readonly name: string;
      /** Its number or its name. */
      readonly port: string;
      /** `/prometheus`; empty: none. */
      readonly path: string;
    }
  /** An address, with its base path and no slash at the end. */
  | { readonly kind: 'url'; readonly url: string };

/** The API server's own form has the scheme behind the namespace: `namespaces/mon/services/https:prometheus:9090`. */
const SERVICE = /^(?:(https?):)?(?:([^/:]+)\/(?:(https?):(?=[^/:]+:))?)?([^/:]+)(?::([^/:]+))?(\/.*)?$/;
/** Of Kubernetes: the name of a Service, and of its port. */
const LABEL = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

/**
 * Where Prometheus is: a Service, `namespace/name:port`, asked through the API server, or an address. A base path is
 * kept (`/prometheus` of Mimir); the path of the API itself is left out.
 *
 * @example parseMetrics('istio-system/prometheus:9090')
 * @example parseMetrics('https:istio-system/prometheus:9090')
 * @see https://kubernetes.io/docs/tasks/access-application-cluster/access-cluster-services/#manually-constructing-apiserver-proxy-urls
 */
export function parseMetrics(given: string): Parsed<MetricsPlace> {
  const text = given.trim();
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return parseAddress(text);
  const [, first, namespace, second = first, name = '', port, path = ''] = SERVICE.exec(text) ?? [];
  const scheme = first ?? second;
  if (name === '' || scheme !== second)
    return bad('it is neither a Service (namespace/name:port) nor an https:// address');
  if (namespace !== undefined && !parseNamespace(namespace).ok)
    return bad(`${quote(namespace)} is not the name of a namespace`);
  if (!LABEL.test(name))
    return bad(
      name.includes('.')
        ? `${quote(name)} is not the name of a Service: an address begins with https://, a Service is namespace/name:port`
        : `${quote(name)} is not the name of a Service`,
    );
  if (port === undefined)
    return bad(`it names no port of the Service: did you mean ${quote(`${text.replace(/\/$/, '')}:9090`)}?`);
  if (!isPort(port)) return bad(`${quote(port)} is no port: its number or its name`);
  const base = basePath(path);
  if (!/^(?:\/[\w.~-]+)*$/.test(base) || /\/\.{1,2}(?:\/|$)/.test(base))
    return bad(`${quote(path)} is no base path of Prometheus`);
  return good({
    kind: 'service',
    scheme: scheme === 'https' ? 'https' : 'http',
    ...(namespace === undefined ? {} : { namespace }),
    name,
    port,
    path: base,
  });
}

function parseAddress(text: string): Parsed<MetricsPlace> {
  const parsed = parseProbeUrl(text);
  if (!parsed.ok) {
    return {
      ok: false,
      problems: parsed.problems.map((one) => one.replace('probe-headers', 'metrics-headers')),
    };
  }
  const url = new URL(parsed.value);
  if (url.search !== '' || url.hash !== '')
    return bad('it has a query or a fragment: only the address and the base path of Prometheus belong here');
  return good({ kind: 'url', url: `${url.origin}${basePath(url.pathname)}` });
}

/** Without the API's own path, which somebody may have copied along. */
function basePath(path: string): string {
  return path.replace(/\/+$/, '').replace(/\/api\/v1(?:\/query)?$/, '');
}

function isPort(port: string): boolean {
  if (/^\d+$/.test(port)) return Number(port) >= 1 && Number(port) <= 65_535;
  return port.length <= 63 && LABEL.test(port);
}
