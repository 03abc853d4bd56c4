import { covers } from './matches.ts';
import type { Match, Route, StringMatch } from './types.ts';

/** Routes in their order: which is the first that matches all requests of a block? */
export interface CoverIndex {
  add(route: Route, index: number): void;
  /** The position given to `add`, or undefined where none of the routes added so far covers the block. */
  first(block: Match): number | undefined;
}

interface IndexedBlock {
  readonly block: Match;
  readonly index: number;
}

/**
 * Looks only at routes that could cover a block: those that require the same or less of its path, else of one of its
 * headers or of another field. A comparison of each with each would take minutes on 10,000 routes. The
 * guard has an index of its own (`reach/asking.ts`): it looks for routes that one request may meet, not for routes that
 * cover a block.
 */
export function coverIndex(): CoverIndex {
  const drawers = new Map<string, IndexedBlock[]>();
  /** Of the path prefixes filed so far: only these are worth looking for. */
  const lengths = new Set<number>();
  const file = (block: Match, index: number): void => {
    const key = drawerOf(block);
    const filed = drawers.get(key);
    if (filed === undefined) drawers.set(key, [{ block, index }]);
    else filed.push({ block, index });
    if (key.startsWith(PREFIX)) lengths.add(key.length - PREFIX.length);
  };
  return {
    add({ match = [] }, index) {
      if (match.length === 0) file({}, index);
      for (const block of match) file(block, index);
    },
    first(narrow) {
      let first: number | undefined;
      const look = (key: string): void => {
        const found = drawers.get(key)?.find(({ block }) => covers(block, narrow))?.index;
        if (found !== undefined && (first === undefined || found < first)) first = found;
      };
      look(ANY);
      const { uri } = narrow;
      const path = uri?.exact ?? uri?.prefix ?? '';
      for (const length of lengths) if (length <= path.length) look(PREFIX + path.slice(0, length));
      if (uri?.exact !== undefined) look(`exact ${uri.exact}`);
      if (uri?.regex !== undefined) look(`regex ${uri.regex}`);
      for (const [field, name, match] of namedOf(narrow)) {
        look(nameKey(field, name));
        if (match.exact !== undefined) look(valueKey(field, name, match.exact));
      }
      return first;
    },
  };
}

const ANY = 'any';
const PREFIX = 'prefix ';

/** Case counts even where it is ignored: what is written otherwise is a doubt, for which nothing covers it. */
function drawerOf(block: Match): string {
  const { uri } = block;
  if (uri?.prefix !== undefined && uri.prefix !== '/') return PREFIX + uri.prefix;
  if (uri?.exact !== undefined) return `exact ${uri.exact}`;
  if (uri?.regex !== undefined && uri.regex !== '.*' && uri.regex !== '.+') return `regex ${uri.regex}`;
  const named = namedOf(block);
  const [field, name, match] = named.find(([, , { exact }]) => exact !== undefined) ?? named[0] ?? [];
  if (field === undefined || name === undefined) return ANY;
  return match?.exact === undefined ? nameKey(field, name) : valueKey(field, name, match.exact);
}

function nameKey(field: string, name: string): string {
  return `${field} ${name}`;
}

function valueKey(field: string, name: string, value: string): string {
  return `${field} ${name}=${value}`;
}

/** Of these, what covers a block has nothing that the block hasn't. */
const MAPS = ['headers', 'queryParams', 'withoutHeaders'] as const;

function namedOf(block: Match): readonly (readonly [field: string, name: string, match: StringMatch])[] {
  return MAPS.flatMap((field) =>
    Object.entries(block[field] ?? {}).map(([name, match]) => [field, name, match] as const),
  );
}
