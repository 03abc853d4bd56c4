/** How a link of istiops is told from other routes. */
import { isObject } from '../base/json.ts';
import type { Route } from '../istio/types.ts';

/** A link is called `istiops-link-<subset>`, which access logs show. */
export const LINK_PREFIX = 'istiops-link-';

/** The path that ends every preview. */
export const OFF_NAME = `${LINK_PREFIX}off`;

/**
 * Did istiops make the route as a link, or as the path that ends one? Its name says so, and it does nothing else.
 *
 * @returns the subset whose preview it opens; `null` for the one that ends them; undefined for every other route
 */
export function linkSubset(route: Route): string | null | undefined {
  const { name, match = [], redirect, headers, ...others } = route;
  if (name?.startsWith(LINK_PREFIX) !== true || Object.keys(others).length > 0) return undefined;
  const cookie = linkCookie(headers);
  const isLink =
    cookie !== undefined &&
    isObject(redirect) &&
    redirect['uri'] === '/' &&
    redirect['redirectCode'] === 302 &&
    Object.keys(redirect).every((field) => ['uri', 'redirectCode', 'scheme'].includes(field)) &&
    match.length === 1 &&
    match.every(
      ({ uri, gateways: _, ...more }) => uri?.exact !== undefined && Object.keys(more).length === 0,
    );
  if (!isLink) return undefined;
  if (name === OFF_NAME && cookie.includes('; Max-Age=0;')) return null;
  return name.slice(LINK_PREFIX.length);
}

/** The cookie that a route sets, if it changes nothing else of the headers. */
export function linkCookie(headers: unknown): string | undefined {
  if (!isObject(headers) || Object.keys(headers).join() !== 'response') return undefined;
  const { response } = headers;
  if (!isObject(response) || Object.keys(response).join() !== 'add') return undefined;
  const { add } = response;
  if (!isObject(add) || Object.keys(add).join() !== 'set-cookie') return undefined;
  const cookie = add['set-cookie'];
  return typeof cookie === 'string' ? cookie : undefined;
}

export function isLink(route: Route): boolean {
  return linkSubset(route) !== undefined;
}
