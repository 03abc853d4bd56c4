import { covers } from './matches.ts';
import type { Match, Route } from './types.ts';

/** Route after route, in their order: which one takes all requests of a block first? */
export interface CoverIndex {
  add(route: Route, index: number): void;
  /** The position given to `add`, or undefined where none of the routes added so far covers the block. */
  first(block: Match): number | undefined;
}

interface Filed {
  readonly block: Match;
  readonly index: number;
}

/** What a block is filed under, by what it asks: a path's prefix, a whole path, a header, or nothing of these. */
type Drawer = 'prefix' | 'exact' | 'header' | 'any';

/**
 * Looks only at routes that could cover a block: those that ask the same or less of its path, else of one of
 * its headers. A comparison of each with each would take minutes on 10,000 routes.
 */
export function coverIndex(): CoverIndex {
  const drawers: Readonly<Record<Drawer, Map<string, Filed[]>>> = {
    prefix: new Map(),
    exact: new Map(),
    header: new Map(),
    any: new Map(),
  };
  /** Of the path prefixes filed so far: only these are worth looking for. */
  const lengths = new Set<number>();
  const file = (block: Match, index: number): void => {
    const [drawer, key] = placeOf(block);
    const filed = drawers[drawer].get(key);
    if (filed === undefined) drawers[drawer].set(key, [{ block, index }]);
    else filed.push({ block, index });
    if (drawer === 'prefix') lengths.add(key.length);
  };
  return {
    add({ match = [] }, index) {
      if (match.length === 0) file({}, index);
      for (const block of match) file(block, index);
    },
    first(narrow) {
      let first: number | undefined;
      const look = (drawer: Drawer, key: string): void => {
        const found = drawers[drawer].get(key)?.find(({ block }) => covers(block, narrow))?.index;
        if (found !== undefined && (first === undefined || found < first)) first = found;
      };
      look('any', '');
      const { uri, headers } = narrow;
      const path = uri?.exact ?? uri?.prefix ?? '';
      for (const length of lengths) if (length <= path.length) look('prefix', path.slice(0, length));
      if (uri?.exact !== undefined) look('exact', uri.exact);
      for (const name in headers) {
        look('header', name);
        const exact = headers[name]?.exact;
        if (exact !== undefined) look('header', `${name}=${exact}`);
      }
      return first;
    },
  };
}

/** Case counts even where it is ignored: what is written otherwise is a doubt, for which nothing covers it. */
function placeOf({ uri, headers }: Match): readonly [Drawer, string] {
  if (uri?.prefix !== undefined && uri.prefix !== '/') return ['prefix', uri.prefix];
  if (uri?.exact !== undefined) return ['exact', uri.exact];
  for (const name in headers) {
    const exact = headers[name]?.exact;
    return ['header', exact === undefined ? name : `${name}=${exact}`];
  }
  return ANY;
}

const ANY = ['any', ''] as const;
