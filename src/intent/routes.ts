import { ROUTE_KINDS } from '../istio/types.ts';
import { splitList } from './lists.ts';
import { all, bad, good, quote, type Parsed } from './parsed.ts';
import type { RoutePick } from './types.ts';

const OBJECT_NAME = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;

/**
 * Base routes picked by hand: a route's name, `http#2` (the second hand-written http route), or either with its
 * VirtualService in front. What is before the first `/` is taken for a VirtualService's name when it can be one.
 *
 * `http[1]` is the older way to write `http#2`: it counts from 0. Everywhere else `http[1]` is a place in the YAML,
 * where the previews of istiops count as well.
 *
 * @example parseRoutes('main, api/http#1')
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

  const counted = /^(http|tls|tcp)#(.*)$/.exec(rest);
  const counting = ROUTE_KINDS.find((name) => name === counted?.[1]);
  if (counting !== undefined) {
    if (!/^[1-9]\d{0,8}$/.test(counted?.[2] ?? ''))
      return bad(`${quote(text)} is not a position: hand-written routes are counted from 1, as in http#1`);
    return good({ ...pick, at: { kind: counting, index: Number(counted?.[2]) - 1 } });
  }

  const indexed = /^(\w+)\[(.*)\]$/.exec(rest);
  if (indexed === null) return good({ ...pick, at: { name: rest } });
  const kind = ROUTE_KINDS.find((name) => name === indexed[1]);
  if (kind === undefined || !/^(?:0|[1-9]\d{0,8})$/.test(indexed[2] ?? '')) {
    return bad(
      `${quote(text)} is not a position: the first hand-written route is http#1 (or http[0]), tls#1 or tcp#1`,
    );
  }
  return good({ ...pick, at: { kind, index: Number(indexed[2]), isOlderNotation: true } });
}
