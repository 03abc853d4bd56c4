import { cut } from './text.ts';

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Characters of an address that a person reads. */
const LONGEST_TARGET = 200;

/**
 * Where an answer redirects to, for a message: without credentials and without the query, which may hold the state of a
 * login. Undefined: it is no redirect.
 *
 * @param location the header of this name
 * @param from the address that was asked, which a relative `location` is relative to
 * @example shownRedirect(302, '/login?state=x', 'https://10.0.0.1:6443/api') // 'https://10.0.0.1:6443/login'
 */
export function shownRedirect(
  status: number,
  location: string | undefined,
  from: string,
): string | undefined {
  const url = location !== undefined && REDIRECTS.has(status) ? URL.parse(location, from) : null;
  return url === null ? undefined : cut(`${url.protocol}//${url.host}${url.pathname}`, LONGEST_TARGET);
}
