/** Which routes a request meets, of thousands, without asking each. */
import type { Match, Route } from '../istio/types.ts';
import { targetOf, type HttpRequest } from '../istio/requests/request.ts';
import { literalStart } from '../istio/requests/strings.ts';
import { headerSubject } from './predicates.ts';
import { isMet } from './met.ts';

export interface Takers {
  /** Positions of the routes that the request meets, in their order; the first one gets it. */
  of(request: HttpRequest): readonly number[];
  /** How many blocks are asked whatever the request is: each question costs that much. */
  readonly cost: number;
}

interface Filed {
  readonly block: Match;
  readonly index: number;
}

/** A route without a match takes every request. */
export function blocksOf(route: Route): readonly Match[] {
  return route.match === undefined || route.match.length === 0 ? [{}] : route.match;
}

/**
 * Files each block under one thing that a request must have to meet it (a path, the beginning of one, a header),
 * so that a request is held against few. One that nobody can decide (a token's claim) counts as not met: it is the
 * same block before and after, so it takes the same requests.
 */
export function takersIn(routes: readonly Route[], namespace: string): Takers {
  const buckets = new Map<string, Filed[]>();
  const lengths = new Set<number>();
  for (const [index, route] of routes.entries()) {
    for (const block of blocksOf(route)) {
      const key = keyOf(block);
      const bucket = buckets.get(key);
      if (bucket === undefined) buckets.set(key, [{ block, index }]);
      else bucket.push({ block, index });
      if (key.startsWith('prefix ')) lengths.add(key.length - 'prefix '.length);
    }
  }
  return {
    cost: buckets.get('any')?.length ?? 0,
    of(request) {
      const found = new Set<number>();
      const look = (key: string): void => {
        for (const { block, index } of buckets.get(key) ?? [])
          if (!found.has(index) && isMet(block, request, namespace)) found.add(index);
      };
      look('any');
      const path = targetOf(request).path;
      look(`exact ${path}`);
      for (const length of lengths) if (length <= path.length) look(`prefix ${path.slice(0, length)}`);
      for (const [name, value] of Object.entries(request.headers)) {
        look(`header ${name}`);
        look(`header ${name}=${value}`);
      }
      return [...found].sort((a, b) => a - b);
    },
  };
}

function keyOf({ uri, ignoreUriCase, headers }: Match): string {
  if (uri !== undefined && ignoreUriCase !== true) {
    if (uri.exact !== undefined) return `exact ${uri.exact}`;
    const prefix = uri.prefix ?? (uri.regex === undefined ? '' : literalStart(uri.regex));
    if (prefix.length > 1) return `prefix ${prefix}`;
  }
  // Under some names stands what a request has anyway, and not among its headers.
  const asked = Object.entries(headers ?? {}).filter(
    ([name]) => headerSubject(name)?.startsWith('header ') === true,
  );
  const [name, match] = asked.find(([, { exact }]) => exact !== undefined) ?? asked[0] ?? [];
  if (name === undefined || match === undefined) return 'any';
  return `header ${name.toLowerCase()}${match.exact === undefined ? '' : `=${match.exact}`}`;
}
