/**
 * Files each block of a list of routes under one thing that a request must have to match it (a path, the beginning of
 * one, a header), so that a request is held against few.
 */
import { isObject } from '../base/json.ts';
import { regexEffort } from '../istio/regex.ts';
import { targetOf, type HttpRequest } from '../istio/requests/request.ts';
import type { ListedRoute } from '../istio/requests/kept-routes.ts';
import { literalStart } from '../istio/requests/strings.ts';
import type { Match, StringMatch } from '../istio/types.ts';
import { blocksOf } from './listed.ts';
import { headerSubject } from './predicates.ts';

/** A block of the list by its number, counted through all routes: blocks in order are routes in order. */
export interface Files {
  readonly blocks: readonly Filed[];
  readonly any: Drawer;
  readonly byPath: ReadonlyMap<string, Drawer>;
  /** By the length of the prefixes, and then by these. */
  readonly byPrefix: ReadonlyMap<number, ReadonlyMap<string, Drawer>>;
  readonly byHeader: ReadonlyMap<string, HeaderDrawers>;
}

/** Numbers of blocks, in their order. */
type Drawer = readonly number[];

interface HeaderDrawers {
  readonly any: Drawer;
  readonly byValue: ReadonlyMap<string, Drawer>;
}

interface Filed {
  readonly index: number;
  readonly block: Match;
  /** Steps that it takes to hold a request against it. */
  readonly effort: number;
}

/** The index of a list; blocks keep their order in the list. */
export function filesOf(list: readonly ListedRoute[]): Files {
  const any: number[] = [];
  const byPath = new Map<string, number[]>();
  const byPrefix = new Map<number, Map<string, number[]>>();
  const byHeader = new Map<string, { any: number[]; byValue: Map<string, number[]> }>();
  const drawerAt = (place: FilingPlace): number[] => {
    switch (place.by) {
      case 'any':
        return any;
      case 'path':
        return madeIn(byPath, place.path, newDrawer);
      case 'prefix': {
        const { prefix } = place;
        const ofLength = madeIn(byPrefix, prefix.length, () => new Map<string, number[]>());
        return madeIn(ofLength, prefix, newDrawer);
      }
      case 'header': {
        const { name, value } = place;
        const drawers = madeIn(byHeader, name, () => ({ any: [], byValue: new Map<string, number[]>() }));
        return value === undefined ? drawers.any : madeIn(drawers.byValue, value, newDrawer);
      }
    }
  };
  const blocks: Filed[] = [];
  for (const [index, { route }] of list.entries()) {
    for (const block of blocksOf(route)) {
      drawerAt(filingPlace(block)).push(blocks.length);
      blocks.push({ index, block, effort: matchEffort(block) });
    }
  }
  return { blocks, any, byPath, byPrefix, byHeader };
}

function newDrawer(): number[] {
  return [];
}

function madeIn<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

/** A route with the blocks that a request could match. */
export interface Near {
  readonly index: number;
  readonly blocks: readonly Match[];
}

/** @returns what could match the request, in the order of the list, and the steps that it takes to find out what does */
export function nearOf(
  request: HttpRequest,
  { blocks, any, byPath, byPrefix, byHeader }: Files,
): { readonly near: readonly Near[]; readonly effort: number } {
  const { path } = targetOf(request);
  const found = [...any];
  const open = (drawer: Drawer | undefined): void => {
    if (drawer !== undefined) for (const number of drawer) found.push(number);
  };
  open(byPath.get(path));
  for (const [length, ofLength] of byPrefix)
    if (length <= path.length) open(ofLength.get(path.slice(0, length)));
  for (const name in request.headers) {
    const drawers = byHeader.get(name);
    if (drawers === undefined) continue;
    open(drawers.any);
    open(drawers.byValue.get(request.headers[name] ?? ''));
  }
  found.sort((a, b) => a - b);
  const near: { index: number; blocks: Match[] }[] = [];
  let effort = byPrefix.size;
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

/** What a block is filed under; a header without a value: whatever it is. */
type FilingPlace =
  | { readonly by: 'any' }
  | { readonly by: 'path'; readonly path: string }
  | { readonly by: 'prefix'; readonly prefix: string }
  | { readonly by: 'header'; readonly name: string; readonly value: string | undefined };

function filingPlace({ uri, ignoreUriCase, headers }: Match): FilingPlace {
  if (uri !== undefined && ignoreUriCase !== true) {
    if (uri.exact !== undefined) return { by: 'path', path: uri.exact };
    const prefix = uri.prefix ?? (uri.regex === undefined ? '' : literalStart(uri.regex));
    if (prefix.length > 1) return { by: 'prefix', prefix };
  }
  // Some names stand for what a request has anyway, and not among its headers.
  const asked = Object.entries(headers ?? {}).filter(
    // What a record brings back may be anything.
    ([name, match]) => isObject(match) && headerSubject(name)?.startsWith('header ') === true,
  );
  const [name, match] = asked.find(([, { exact }]) => exact !== undefined) ?? asked[0] ?? [];
  if (name === undefined || match === undefined) return { by: 'any' };
  return { by: 'header', name: name.toLowerCase(), value: match.exact };
}
