import type { DestinationView, RouteView } from '../plan/view-types.ts';
import { SEVERITIES, type Finding } from '../base/findings.ts';
import { operationNamed } from '../operations/index.ts';
import type { Outcome } from './types.ts';
import { count } from '../base/text.ts';

export { visible, visibleLines } from '../base/log-text.ts';
export { ownerOf } from '../plan/owners.ts';

/** Parts of a page, with an empty line between them; empty ones are left out. */
export function joinSections(sections: readonly string[]): string {
  return sections.filter((section) => section !== '').join('\n\n');
}

/** Was it an operation that changes nothing? */
export function isReading({ operation }: Outcome): boolean {
  return operation !== null && operationNamed(operation).kind === 'read';
}

/** `http[0]`: the position in the YAML, counted from 0, so that a reader finds it in `kubectl get -o yaml`. */
export function positionOf({ kind, index }: Pick<RouteView, 'kind' | 'index'>): string {
  return `${kind}[${index}]`;
}

/**
 * The subset, which is what people know a build by; the host where there is none, or where the routes at hand
 * send to several hosts (`withHost`).
 */
export function destinationName(to: DestinationView, withHost: boolean): string {
  const host = to.port === null ? to.host : `${to.host}:${to.port}`;
  if (to.subset === null) return host;
  return withHost ? `${to.subset} (${host})` : to.subset;
}

/** Do these routes send to more than one host, so that a subset's name alone could be either's? */
export function severalHosts(views: readonly (RouteView | null)[]): boolean {
  const hosts = new Set<string>();
  for (const view of views) for (const to of view?.destinations ?? []) hosts.add(to.host);
  return hosts.size > 1;
}

/** `3 ready pods`, `no ready pod`, or nothing where we don't know. */
export function podsText(to: DestinationView): string {
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

/**
 * The findings that a person hasn't read yet, the worst first: a failure's message may hold the very errors
 * that made it fail.
 */
export function newsOf({ findings, failure }: Outcome): readonly Finding[] {
  const news =
    failure === null ? findings : findings.filter(({ message }) => !failure.message.includes(message));
  return SEVERITIES.flatMap((severity) => news.filter((finding) => finding.severity === severity));
}
