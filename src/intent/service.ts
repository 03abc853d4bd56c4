import { bad, good, quote, type Parsed } from './parsed.ts';

const DNS_LABEL = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
const HOST_LABEL = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/i;

/** A destination's host: a Kubernetes service's name, short or in full, or a ServiceEntry's host. */
export function parseHostname(given: string): Parsed<string> {
  const text = given.trim();
  const scheme = /^[a-z][-+.a-z0-9]*:\/\//i.exec(text);
  if (scheme !== null) return bad(`leave out ${quote(scheme[0])}`);
  if (text.includes('*')) return bad('a destination is one host: no wildcard');
  const port = /^[^:/]+:(\d+)$/.exec(text);
  if (port !== null) return bad(`leave out ":${port[1] ?? ''}": the port goes in \`port\``);
  if (text.includes('/')) return bad('a host has no path or namespace before it');
  if (text.endsWith('.')) return bad('leave out the dot at the end');
  if (text.length > 253 || !text.split('.').every((label) => HOST_LABEL.test(label))) {
    return bad(
      'it is not a DNS name: parts of letters, digits and `-`, at most 63 characters each, joined by dots',
    );
  }
  return good(text);
}

/** The end of a service's full name: `cluster.local` of `api.shop.svc.cluster.local`. */
export function parseClusterDomain(given: string): Parsed<string> {
  const text = given.trim().toLowerCase();
  if (/(?:^|\.)svc(?:\.|$)/.test(text)) return bad('leave out "svc": the domain is what comes after it');
  if (text.length > 253 || !text.split('.').every((label) => DNS_LABEL.test(label)))
    return bad(
      'it is not a DNS name: parts of letters, digits and `-`, at most 63 characters each, joined by dots',
    );
  return good(text);
}

/** 1 to 65535, in plain digits: `80x`, `1e3` and `0x50` are mistakes, not ports. */
export function parsePort(given: string): Parsed<number> {
  const text = given.trim();
  const port = Number(text);
  if (text === '0') return bad('it is below 1');
  if (!/^[1-9]\d*$/.test(text)) return bad('it is not a whole number in plain digits');
  return port > 65535 ? bad('it is above 65535') : good(port);
}

export function parseNamespace(given: string): Parsed<string> {
  const text = given.trim();
  if (text.includes('*')) return bad('it is one namespace: no wildcard');
  if (!DNS_LABEL.test(text)) {
    return bad(
      'it is not the name of a namespace: lower-case letters, digits and `-`, at most 63 characters',
    );
  }
  return good(text);
}
