/** Which route answers a request, of thousands, without asking each. */
import { answer, type Result } from '../istio/requests/answer.ts';
import { targetOf, type HttpRequest } from '../istio/requests/request.ts';
import type { ListedRoute } from '../istio/requests/route-list.ts';
import { literalStart } from '../istio/requests/strings.ts';
import type { Match } from '../istio/types.ts';
import { blocksOf } from './listed.ts';
import { headerSubject } from './predicates.ts';

/** One list of routes, ready to be asked about many requests. */
export interface Asked {
  readonly list: readonly ListedRoute[];
  /** What `answer` says of the list, without the routes that `without` chooses. */
  readonly ask: (request: HttpRequest, without?: (listed: ListedRoute) => boolean) => Result;
  /** Positions of all routes that could match the request, in their order. */
  readonly near: (request: HttpRequest) => readonly number[];
  /** How many routes are held against a request whatever the request is: each question costs that much. */
  readonly cost: number;
}

/**
 * Files each block under one thing that a request must have to match it (a path, the beginning of one, a header), so
 * that a request is held against few. What is left out could not have matched, so the answer is that of the whole list.
 */
export function askable(list: readonly ListedRoute[]): Asked {
  const drawers = new Map<string, number[]>();
  const lengths = new Set<number>();
  for (const [index, { route }] of list.entries()) {
    for (const block of blocksOf(route)) {
      const key = drawerOf(block);
      const drawer = drawers.get(key);
      if (drawer === undefined) drawers.set(key, [index]);
      else if (drawer.at(-1) !== index) drawer.push(index);
      if (key.startsWith('prefix ')) lengths.add(key.length - 'prefix '.length);
    }
  }
  // One request is asked about several times in a row.
  let last: { readonly request: HttpRequest; readonly near: readonly number[]; result?: Result } | undefined;
  const lookUp = (request: HttpRequest): NonNullable<typeof last> => {
    if (last?.request !== request) last = { request, near: positions(request, drawers, lengths) };
    return last;
  };
  const routesNear = (request: HttpRequest): readonly ListedRoute[] =>
    lookUp(request).near.flatMap((index) => list[index] ?? []);
  return {
    list,
    near: (request) => lookUp(request).near,
    cost: drawers.get(ANY)?.length ?? 0,
    ask(request, without) {
      if (without !== undefined)
        return answer(
          routesNear(request).filter((listed) => !without(listed)),
          request,
        ).result;
      const known = lookUp(request);
      known.result ??= answer(routesNear(request), request).result;
      return known.result;
    },
  };
}

function positions(
  request: HttpRequest,
  drawers: ReadonlyMap<string, readonly number[]>,
  lengths: ReadonlySet<number>,
): readonly number[] {
  const { path } = targetOf(request);
  const found: number[] = [...(drawers.get(ANY) ?? [])];
  const look = (key: string): void => {
    for (const index of drawers.get(key) ?? []) found.push(index);
  };
  look(`exact ${path}`);
  for (const length of lengths) if (length <= path.length) look(`prefix ${path.slice(0, length)}`);
  for (const name in request.headers) {
    look(`header ${name}`);
    look(`header ${name}=${request.headers[name] ?? ''}`);
  }
  found.sort((a, b) => a - b);
  return found.filter((index, i) => index !== found[i - 1]);
}

const ANY = 'any';

function drawerOf({ uri, ignoreUriCase, headers }: Match): string {
  if (uri !== undefined && ignoreUriCase !== true) {
    if (uri.exact !== undefined) return `exact ${uri.exact}`;
    const prefix = uri.prefix ?? (uri.regex === undefined ? '' : literalStart(uri.regex));
    if (prefix.length > 1) return `prefix ${prefix}`;
  }
  // Some names stand for what a request has anyway, and not among its headers.
  const asked = Object.entries(headers ?? {}).filter(
    ([name]) => headerSubject(name)?.startsWith('header ') === true,
  );
  const [name, match] = asked.find(([, { exact }]) => exact !== undefined) ?? asked[0] ?? [];
  if (name === undefined || match === undefined) return ANY;
  return `header ${name.toLowerCase()}${match.exact === undefined ? '' : `=${match.exact}`}`;
}
