import { numberedLines, isToken } from './match-line.ts';
import { all, withPlace, bad, good, quote, type Parsed } from './parsed.ts';
import type { HeaderMatch, RequestLine } from './types.ts';

/**
 * Requests, one a line: a method, which is GET where there is none, and a URL. Path and query stay as they are
 * written: an escape or a slash more is what a route may be about.
 *
 * @example parseRequests('POST https://shop.io/v2/cart?page=2')
 */
export function parseRequests(text: string): Parsed<readonly RequestLine[]> {
  const lines = numberedLines(text);
  return all(
    lines.map(({ line, number }) =>
      lines.length === 1 ? parseRequest(line) : withPlace(`line ${number}`, parseRequest(line)),
    ),
  );
}

/** One of `parseRequests`. */
export function parseRequest(given: string): Parsed<RequestLine> {
  const text = given.trim();
  const words = text.split(/\s+/);
  const url = words.at(-1) ?? '';
  const method = words.length === 1 ? 'GET' : (words[0] ?? '');
  if (words.length > 2) return bad(`${quote(text)} is more than a method and a URL`);
  if (!isToken(method)) return bad(`${quote(method)} can't be a method`);
  if (method !== method.toUpperCase()) {
    return bad(
      `methods have case, and this one is hardly ever written so: did you mean ${method.toUpperCase()}?`,
    );
  }
  const [, scheme, authority = '', path = '', fragment = ''] =
    /^(?:(https?):\/\/)?([^/?#]*)([^#]*)(.*)$/i.exec(url) ?? [];
  if (scheme === undefined) {
    return bad(`${quote(url)} is no URL with http:// or https:// (the host says whose routes it meets)`);
  }
  if (authority.includes('@'))
    return bad('leave out the user and password: a proxy never sees them in a URL');
  if (!/^(?:[\w*.-]+|\[[\da-f:.]+\])(?::\d+)?$/i.test(authority))
    return bad(`${quote(authority)} is no host`);
  if (/[^\u0021-\u007e]/.test(path)) {
    return bad(
      `${quote(path)} has characters that Envoy answers with 400: write them as %XX, as a browser does`,
    );
  }
  if (fragment !== '') return bad(`leave out ${quote(fragment)}: a client does not send it`);
  return good({
    text: `${method} ${url}`,
    method,
    scheme: scheme.toLowerCase() === 'https' ? 'https' : 'http',
    authority,
    path: path.startsWith('/') ? path : `/${path}`,
  });
}

/** `mesh`, a Gateway of the namespace, or `namespace/name`. */
export function parseGateway(given: string): Parsed<string> {
  const text = given.trim();
  return /^(?:[a-z0-9](?:[-a-z0-9]*[a-z0-9])?\/)?[a-z0-9](?:[-.a-z0-9]*[a-z0-9])?$/.test(text)
    ? good(text)
    : bad('it is neither mesh nor the name of a Gateway, with or without its namespace in front');
}

/**
 * Header matches as the headers of a request: all lines together, exact values alone.
 *
 * @example requestHeaders([{ 'x-cid': { exact: 'a' } }]) // { 'x-cid': 'a' }
 */
export function requestHeaders(lines: readonly HeaderMatch[]): Parsed<Readonly<Record<string, string>>> {
  const entries = lines.flatMap((line) => Object.entries(line));
  const names = entries.map(([name]) => name);
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  const parsed = all([
    ...entries.map(([name, { exact }]) =>
      exact === undefined
        ? bad(
            `a request has one value of ${quote(name)}: write ${name}=value, or ${name}="" for an empty one`,
          )
        : good([name, exact] as const),
    ),
    ...[...twice].map((name) => bad(`the header ${quote(name)} is there twice`)),
  ]);
  return parsed.ok ? good(Object.fromEntries(parsed.value)) : parsed;
}
