/** What a link and a bridge are made of: `link-path`, `link-host`, and the members that they write into headers. */
import { bad, good, quote, type Parsed } from './parsed.ts';

/** Where a link is asked for. */
export interface LinkHost {
  /** With its port, where it has one. */
  readonly authority: string;
  /** Absent: nobody said. */
  readonly scheme?: 'http' | 'https';
}

/** @example parseLinkPath('/.preview/') */
export function parseLinkPath(given: string): Parsed<string> {
  const text = given.trim();
  if (!text.startsWith('/') || !text.endsWith('/'))
    return bad('it has no "/" at its beginning or at its end');
  if (!/^\/(?:[\w.~-]+\/)+$/.test(text))
    return bad('it has to be segments of letters, digits, ".", "_", "~" and "-"');
  // A proxy would resolve them before it looks for a route.
  if (/\/\.{1,2}\//.test(text)) return bad('a segment of dots alone is resolved by the proxy');
  return good(text);
}

/** @example parseLinkHost('https://shop.example.com') // { authority: 'shop.example.com', scheme: 'https' } */
export function parseLinkHost(given: string): Parsed<LinkHost> {
  const [, scheme, authority = ''] = /^(?:(https?):\/\/)?([^/]*)\/?$/i.exec(given.trim()) ?? [];
  if (!/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d{1,5})?$/i.test(authority))
    return bad(`${quote(given.trim())} is no host, with or without https:// in front`);
  const lower = scheme?.toLowerCase();
  return good({
    authority: authority.toLowerCase(),
    ...((lower === 'http' || lower === 'https') && { scheme: lower }),
  });
}
