/** How people come to a preview: by a link that sets its cookie, and from there on by baggage. */
import { BAGGAGE_SYNTAX } from '../../intent/baggage.ts';
import { COOKIE_SYNTAX, parseCookies } from '../../intent/cookies.ts';
import { INPUTS } from '../../intent/inputs.ts';
import { exactMember } from '../../intent/members.ts';
import type { GivenMatches } from '../../intent/read-alternatives.ts';
import type { Reader } from '../../intent/reader.ts';
import type { HeaderMatch } from '../../intent/types.ts';
import type { Labels } from '../../istio/types.ts';
import { subsetNames } from '../../plan/names.ts';

/** A path that sets the cookie of a preview, and one that removes it. */
export interface LinkIntent {
  /** `/.preview/pr-10` */
  readonly path: string;
  /** `/.preview/off` */
  readonly offPath: string;
  readonly cookie: { readonly name: string; readonly value: string };
  /** The host of the link; absent: the VirtualService's. */
  readonly authority?: string;
  /** Absent: https, as far as the cookie goes, and the redirect keeps what the request came by. */
  readonly scheme?: 'http' | 'https';
}

/** The last segment of the path that ends a preview. */
const OFF = 'off';

/** What a path and a cookie can have in them as it is. */
const PLAIN = /^[\w.~-]+$/;

/** The cookie that a link sets where none is given. */
const OWN_COOKIE = 'istiops';

/**
 * @param podLabels undefined where they are at fault, which the reader knows
 * @returns undefined where no link is asked for, or something is at fault
 */
export function readLink(
  reader: Reader,
  { headers, cookies, baggage }: GivenMatches,
  podLabels: Labels | undefined,
): LinkIntent | undefined {
  const isAsked = reader.read(INPUTS.link) ?? false;
  const prefix = reader.read(INPUTS.linkPath);
  const host = reader.read(INPUTS.linkHost);
  if (!isAsked) {
    const idle = [INPUTS.linkPath, INPUTS.linkHost].filter((input) => {
      const text = reader.text(input);
      return text !== undefined && text.trim() !== input.default;
    });
    if (idle.length > 0)
      reader.fault(INPUTS.link, `${idle.map(({ name }) => `\`${name}\``).join(' and ')} can't do without it`);
    return undefined;
  }
  if (headers !== undefined) {
    reader.fault(
      INPUTS.link,
      "it can't go together with `headers`: a browser that follows a link sends none of them",
    );
    return undefined;
  }
  if (baggage !== undefined && reader.text(INPUTS.bridge)?.trim() !== 'true') {
    reader.fault(
      INPUTS.link,
      'with `baggage` it requires `bridge`: a browser that follows a link sends no baggage',
    );
    return undefined;
  }
  if (cookies === undefined && (reader.text(INPUTS.services)?.trim().split('\n') ?? []).length > 1) {
    reader.fault(
      INPUTS.link,
      'with several services it requires `cookies`: one link sets one cookie, which all of them match',
    );
    return undefined;
  }
  const cookie = cookies === undefined ? ownCookie(podLabels) : givenCookie(reader);
  if (cookie === undefined || prefix === undefined) return undefined;
  const { name, value, segment } = cookie;
  if (segment === OFF) {
    reader.fault(
      INPUTS.link,
      `${prefix}${OFF} is the path that ends a preview: use another value for the cookie`,
    );
    return undefined;
  }
  return {
    path: `${prefix}${segment}`,
    offPath: `${prefix}${OFF}`,
    cookie: { name, value },
    ...(host !== undefined && { authority: host.authority }),
    ...(host?.scheme !== undefined && { scheme: host.scheme }),
  };
}

interface LinkCookie {
  readonly name: string;
  readonly value: string;
  /** Of the path. */
  readonly segment: string;
}

/** Named for the build; in the path, what all builds of the application have in common says nothing. */
function ownCookie(podLabels: Labels | undefined): LinkCookie | undefined {
  if (podLabels === undefined) return undefined;
  const { app: _, ...own } = podLabels;
  const [value] = subsetNames(podLabels);
  const [segment] = Object.keys(own).length === 0 ? [value] : subsetNames(own);
  return { name: OWN_COOKIE, value, segment };
}

function givenCookie(reader: Reader): LinkCookie | undefined {
  const { name, value } = exactMember(reader.text(INPUTS.cookies) ?? '') ?? { name: '', value: '' };
  if (PLAIN.test(value) && !name.includes('%')) return { name, value, segment: value };
  reader.fault(
    INPUTS.link,
    'the first line of `cookies` must be name=value, of letters, digits, ".", "_", "~" and "-": it is the cookie that the link sets',
  );
  return undefined;
}

/** The match on the cookie that a link sets where no cookie is given. */
export function cookieOfLink({ cookie: { name, value } }: LinkIntent): readonly HeaderMatch[] {
  const regexes = parseCookies(`${name}=${value}`);
  return regexes.ok ? regexes.value.map((regex) => ({ [COOKIE_SYNTAX.header]: { regex } })) : [];
}

/**
 * The baggage that a gateway adds to the requests of a preview.
 *
 * @returns `preview=pr-10`; undefined where no bridge is asked for, or something is at fault
 */
export function readBridge(
  reader: Reader,
  { headers, cookies, baggage }: GivenMatches,
  link: LinkIntent | undefined,
): string | undefined {
  if (reader.read(INPUTS.bridge) !== true) return undefined;
  if (headers === undefined && cookies === undefined && link === undefined) {
    reader.fault(
      INPUTS.bridge,
      'it requires `headers`, `cookies` or `link`: what makes a request one of the preview at the gateway',
    );
    return undefined;
  }
  const member = baggage === undefined ? undefined : exactMember(reader.text(INPUTS.baggage) ?? '');
  if (member === undefined) {
    reader.fault(
      INPUTS.bridge,
      'it requires `baggage`, whose first line is name=value: that is what the gateway adds',
    );
    return undefined;
  }
  return `${member.name}=${BAGGAGE_SYNTAX.encoded(member.value)}`;
}
