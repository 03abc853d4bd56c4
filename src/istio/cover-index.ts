import { covers } from './matches.ts';
import type { Match, Route } from './types.ts';

/** Route after route, in their order: which one takes all requests of a block first? */
export interface CoverIndex {
  add(route: Route, index: number): void;
  /** The position given to `add`, or undefined where none of the routes added so far covers the block. */
  first(block: Match): number | undefined;
}

/**
 * Looks only at routes that could cover a block: those that ask the same or less of its path, else of one of
 * its headers. A comparison of each with each would take minutes on 10,000 routes.
 */
export function coverIndex(): CoverIndex {
  const buckets = new Map<string, { readonly block: Match; readonly index: number }[]>();
  /** Of the path prefixes filed so far: only these are worth looking for. */
  const lengths = new Set<number>();
  return {
    add(route, index) {
      const blocks = route.match === undefined || route.match.length === 0 ? [{}] : route.match;
      for (const block of blocks) {
        const key = keyOf(block);
        const bucket = buckets.get(key);
        if (bucket === undefined) buckets.set(key, [{ block, index }]);
        else bucket.push({ block, index });
        if (block.uri?.prefix !== undefined) lengths.add(block.uri.prefix.length);
      }
    },
    first(narrow) {
      let first: number | undefined;
      const look = (key: string): void => {
        const found = buckets.get(key)?.find(({ block }) => covers(block, narrow))?.index;
        if (found !== undefined && (first === undefined || found < first)) first = found;
      };
      look('any');
      const { uri, headers } = narrow;
      const path = uri?.exact ?? uri?.prefix ?? '';
      for (const length of lengths) if (length <= path.length) look(`prefix ${path.slice(0, length)}`);
      if (uri?.exact !== undefined) look(`exact ${uri.exact}`);
      for (const [name, { exact }] of Object.entries(headers ?? {})) {
        look(`header ${name}`);
        if (exact !== undefined) look(`header ${name}=${exact}`);
      }
      return first;
    },
  };
}

/** The one thing that a block is filed under. */
function keyOf({ uri, ignoreUriCase, headers }: Match): string {
  if (uri?.prefix !== undefined && uri.prefix !== '/') return pathKey('prefix', uri.prefix, ignoreUriCase);
  if (uri?.exact !== undefined) return pathKey('exact', uri.exact, ignoreUriCase);
  const [header] = Object.entries(headers ?? {});
  if (header === undefined) return 'any';
  const [name, { exact }] = header;
  return exact === undefined ? `header ${name}` : `header ${name}=${exact}`;
}

/** A path that ignores case is filed where every path is looked for. */
function pathKey(kind: string, path: string, ignoreCase: boolean | undefined): string {
  return ignoreCase === true ? 'any' : `${kind} ${path}`;
}
