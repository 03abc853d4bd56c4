import { ROUTE_KINDS } from '../istio/types.ts';
import { splitList } from './lists.ts';
import { all, bad, good, quote, type Parsed } from './parsed.ts';
import type { RoutePick } from './types.ts';

const OBJECT_NAME = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;

/**
 * Base routes picked by hand: a route's name, `http[0]`, or either with its VirtualService in front. What is
 * before the first `/` is taken for a VirtualService's name when it can be one.
 *
 * @example parseRoutes('main, api/http[0]')
 */
export function parseRoutes(text: string): Parsed<readonly RoutePick[]> {
  const items = splitList(text);
  return items.ok ? all([...new Set(items.value)].map(parsePick)) : items;
}

function parsePick(text: string): Parsed<RoutePick> {
  const slash = text.indexOf('/');
  const virtualService = text.slice(0, Math.max(slash, 0));
  const hasObject = slash >= 0 && OBJECT_NAME.test(virtualService);
  const rest = hasObject ? text.slice(slash + 1).trim() : text;
  if (rest === '') return bad(`${quote(text)} names no route after the /`);
  const pick = hasObject ? { text, virtualService } : { text };

  const indexed = /^(\w+)\[(.*)\]$/.exec(rest);
  if (indexed === null) return good({ ...pick, at: { name: rest } });
  const kind = ROUTE_KINDS.find((name) => name === indexed[1]);
  if (kind === undefined || !/^(?:0|[1-9]\d{0,8})$/.test(indexed[2] ?? '')) {
    return bad(
      `${quote(text)} is not a position: routes are counted from 0 in http, tls and tcp, as in http[0]`,
    );
  }
  return good({ ...pick, at: { kind, index: Number(indexed[2]) } });
}
