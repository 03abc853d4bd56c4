/** Which route answers a request, of thousands, without asking each. */
import { isObject } from '../base/json.ts';
import { resultOf, type Result } from '../istio/requests/answer.ts';
import { meets } from '../istio/requests/meets.ts';
import { targetOf, type HttpRequest } from '../istio/requests/request.ts';
import type { ListedRoute } from '../istio/requests/route-list.ts';
import { regexEffort } from '../istio/regex.ts';
import { literalStart } from '../istio/requests/strings.ts';
import type { Match, StringMatch } from '../istio/types.ts';
import { blocksOf } from './listed.ts';
import { headerSubject } from './predicates.ts';

/** One list of routes, ready to be asked about many requests. */
export interface Asked {
  readonly list: readonly ListedRoute[];
  /** What `answer` says of the list, without the routes that `without` chooses. */
  readonly ask: (request: HttpRequest, without?: (listed: ListedRoute) => boolean) => Result;
  /** Positions of all routes that could match the request, in their order. */
  readonly near: (request: HttpRequest) => readonly number[];
  /** The blocks of a route of the list that the request meets. */
  readonly met: (request: HttpRequest, listed: ListedRoute) => readonly Match[];
  /** The position of a route of the list; undefined: it is in another one. */
  readonly positionOf: (listed: ListedRoute) => number | undefined;
  /** Steps (of a `Budget`) that it takes to hold the request against the list. */
  readonly effort: (request: HttpRequest) => number;
}

/** A route with the blocks that a request could match. */
interface Near {
  readonly index: number;
  readonly blocks: readonly Match[];
}

interface LookedUp {
  readonly request: HttpRequest;
  readonly effort: number;
  readonly near: readonly Near[];
  readonly results: Map<((listed: ListedRoute) => boolean) | undefined, Result>;
}

/**
 * Files each block under one thing that a request must have to match it (a path, the beginning of one, a header), so
 * that a request is held against few. What is left out could not have matched, so the answer is that of the whole list.
 */
export function askable(list: readonly ListedRoute[]): Asked {
  const known = askables.get(list) ?? makeAskable(list);
  askables.set(list, known);
  return known;
}

/** Several VirtualServices of one host have a list in common. */
const askables = new WeakMap<readonly ListedRoute[], Asked>();

function makeAskable(list: readonly ListedRoute[]): Asked {
  const files = filesOf(list);
  let places: ReadonlyMap<ListedRoute, number> | undefined;
  // One request is asked about several times in a row.
  let last: LookedUp | undefined;
  const lookUp = (request: HttpRequest): LookedUp => {
    if (last?.request !== request) last = { request, ...nearOf(request, files), results: new Map() };
    return last;
  };
  const positionOf = (listed: ListedRoute): number | undefined => {
    places ??= new Map(list.map((one, index) => [one, index]));
    return places.get(listed);
  };
  return {
    list,
    near: (request) => lookUp(request).near.map(({ index }) => index),
    met(request, listed) {
      const place = positionOf(listed);
      const blocks = lookUp(request).near.find(({ index }) => index === place)?.blocks ?? [];
      return blocks.filter((block) => meets(block, request).state === 'met');
    },
    positionOf,
    effort: (request) => lookUp(request).effort,
    ask(request, without) {
      const { near, results } = lookUp(request);
      const known = results.get(without);
      if (known !== undefined) return known;
      const result = resultAmong(list, near, request, without);
      results.set(without, result);
      return result;
    },
  };
}

/** A block of the list by its number, counted through all routes: blocks in order are routes in order. */
interface Files {
  readonly blocks: readonly Filed[];
  readonly drawers: ReadonlyMap<string, readonly number[]>;
  /** Of the prefixes that blocks are filed under. */
  readonly lengths: ReadonlySet<number>;
}

interface Filed {
  readonly index: number;
  readonly block: Match;
  /** Steps that it takes to hold a request against it. */
  readonly effort: number;
}

function filesOf(list: readonly ListedRoute[]): Files {
  const drawers = new Map<string, number[]>();
  const lengths = new Set<number>();
  const blocks: Filed[] = [];
  for (const [index, { route }] of list.entries()) {
    for (const block of blocksOf(route)) {
      const key = drawerOf(block);
      const drawer = drawers.get(key);
      if (drawer === undefined) drawers.set(key, [blocks.length]);
      else drawer.push(blocks.length);
      if (key.startsWith(PREFIX)) lengths.add(key.length - PREFIX.length);
      blocks.push({ index, block, effort: matchEffort(block) });
    }
  }
  return { blocks, drawers, lengths };
}

/** Routes of which a block is left out are asked as if they were without it, and answer as they are. */
function resultAmong(
  list: readonly ListedRoute[],
  near: readonly Near[],
  request: HttpRequest,
  without: (listed: ListedRoute) => boolean = () => false,
): Result {
  const originals = new Map<ListedRoute, ListedRoute>();
  const some: ListedRoute[] = [];
  for (const { index, blocks } of near) {
    const listed = list[index];
    if (listed === undefined || without(listed)) continue;
    const { match = [] } = listed.route;
    if (match.length === 0 || blocks.length === match.length) some.push(listed);
    else {
      const part = { ...listed, route: { ...listed.route, match: blocks } };
      originals.set(part, listed);
      some.push(part);
    }
  }
  const result = resultOf(some, request);
  return originals.size === 0 ? result : ofOriginals(result, originals);
}

function ofOriginals(result: Result, originals: ReadonlyMap<ListedRoute, ListedRoute>): Result {
  const whole = <T extends { readonly listed: ListedRoute }>(taker: T): T => ({
    ...taker,
    listed: originals.get(taker.listed) ?? taker.listed,
  });
  switch (result.kind) {
    case 'none':
      return result;
    case 'route':
      return { ...result, taker: whole(result.taker) };
    case 'undecided':
      return {
        ...result,
        candidates: result.candidates.map((one) => ({
          ...one,
          taker: one.taker === null ? null : whole(one.taker),
        })),
      };
  }
}

function nearOf(
  request: HttpRequest,
  { blocks, drawers, lengths }: Files,
): { readonly near: readonly Near[]; readonly effort: number } {
  const { path } = targetOf(request);
  const found: number[] = [...(drawers.get(ANY) ?? [])];
  const look = (key: string): void => {
    for (const number of drawers.get(key) ?? []) found.push(number);
  };
  look(`exact ${path}`);
  for (const length of lengths) if (length <= path.length) look(PREFIX + path.slice(0, length));
  for (const name in request.headers) {
    look(`header ${name}`);
    look(`header ${name}=${request.headers[name] ?? ''}`);
  }
  found.sort((a, b) => a - b);
  const near: { index: number; blocks: Match[] }[] = [];
  let effort = lengths.size;
  for (const number of found) {
    const one = blocks[number];
    if (one === undefined) continue;
    effort += one.effort;
    const known = near.at(-1);
    if (known?.index === one.index) known.blocks.push(one.block);
    else near.push({ index: one.index, blocks: [one.block] });
  }
  return { near, effort };
}

/** A regex takes as long as its program is large. */
function matchEffort({
  uri,
  scheme,
  method,
  authority,
  headers,
  withoutHeaders,
  queryParams,
}: Match): number {
  let effort = 2;
  const add = (match: StringMatch | undefined): void => {
    effort += match?.regex === undefined ? 1 : regexEffort(match.regex);
  };
  for (const match of [uri, scheme, method, authority]) if (match !== undefined) add(match);
  for (const map of [headers, withoutHeaders, queryParams]) for (const name in map) add(map[name]);
  return effort;
}

const ANY = 'any';
const PREFIX = 'prefix ';

function drawerOf({ uri, ignoreUriCase, headers }: Match): string {
  if (uri !== undefined && ignoreUriCase !== true) {
    if (uri.exact !== undefined) return `exact ${uri.exact}`;
    const prefix = uri.prefix ?? (uri.regex === undefined ? '' : literalStart(uri.regex));
    if (prefix.length > 1) return PREFIX + prefix;
  }
  // Some names stand for what a request has anyway, and not among its headers.
  const asked = Object.entries(headers ?? {}).filter(
    // What a record brings back may be anything.
    ([name, match]) => isObject(match) && headerSubject(name)?.startsWith('header ') === true,
  );
  const [name, match] = asked.find(([, { exact }]) => exact !== undefined) ?? asked[0] ?? [];
  if (name === undefined || match === undefined) return ANY;
  return `header ${name.toLowerCase()}${match.exact === undefined ? '' : `=${match.exact}`}`;
}
