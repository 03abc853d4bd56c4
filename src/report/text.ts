import type { DestinationView, Finding, RouteView, Severity } from '../plan/types.ts';
import type { Outcome } from './types.ts';

export { visible, visibleLines } from '../base/log-text.ts';

/** At most `limit` characters, the last of them `…` where some were left out; never half a character. */
export function cut(text: string, limit: number): string {
  // A character has at most two UTF-16 units: no need to walk through a megabyte for the first 80.
  const characters = Array.from(text.slice(0, 2 * limit + 2));
  return characters.length <= limit ? text : `${characters.slice(0, limit - 1).join('')}…`;
}

/** `2,000`. Of a whole number; by hand, for the first `toLocaleString` of a process takes as long as its start. */
export function grouped(number: number): string {
  return String(number).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
}

/** `1 route`, `2,000 routes`. */
export function count(number: number, what: string): string {
  return `${grouped(number)} ${what}${number === 1 ? '' : 's'}`;
}

/** `20 %`, `33.33 %`. */
export function percent(share: number): string {
  return `${Number(share.toFixed(2))} %`;
}

/** Was it an operation that changes nothing? */
export function isReading({ operation }: Outcome): boolean {
  return operation === 'show' || operation === 'explain' || operation === 'history';
}

/** `shop/api-domain` */
export function ownerOf(view: RouteView): string {
  return `${view.namespace}/${view.virtualService}`;
}

/** `http[0]`, the way the input `routes` picks one; a preview, which it doesn't pick, is told by its name alone. */
export function positionOf(view: RouteView): string {
  return view.pick ?? view.kind;
}

/**
 * The subset, which is what people know a build by; the host where there is none, or where the routes at hand
 * lead to several hosts (`withHost`).
 */
export function destinationName(to: DestinationView, withHost: boolean): string {
  const host = to.port === null ? to.host : `${to.host}:${to.port}`;
  if (to.subset === null) return host;
  return withHost ? `${to.subset} (${host})` : to.subset;
}

/** Do these routes lead to more than one host, so that a subset's name alone could be either's? */
export function severalHosts(views: readonly (RouteView | null)[]): boolean {
  const hosts = new Set<string>();
  for (const view of views) for (const to of view?.destinations ?? []) hosts.add(to.host);
  return hosts.size > 1;
}

/** `3 ready pods`, `no ready pod`, or nothing where we don't know. */
export function podsOf(to: DestinationView): string {
  if (to.readyPods === null) return '';
  return to.readyPods === 0 ? 'no ready pod' : count(to.readyPods, 'ready pod');
}

/** Who made a route, for people. */
export function makerOf(view: RouteView): string {
  switch (view.madeBy) {
    case 'istiops':
      return 'istiops';
    case 'go-istiops':
      return 'the Go istiops';
    case 'user':
      return 'by hand';
  }
}

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'notice'];

/**
 * The findings that a person hasn't read yet, the worst first: a failure's message may hold the very errors
 * that made it fail.
 */
export function newsOf({ findings, failure }: Outcome): readonly Finding[] {
  const news =
    failure === null ? findings : findings.filter(({ message }) => !failure.message.includes(message));
  return SEVERITIES.flatMap((severity) => news.filter((finding) => finding.severity === severity));
}

/** Bytes in UTF-8, in which GitHub counts a summary; a lone surrogate becomes U+FFFD, three bytes. */
export function bytesOf(text: string): number {
  return UTF8.encode(text).length;
}

const UTF8 = new TextEncoder();
