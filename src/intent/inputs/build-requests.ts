import { parseBaggage } from '../baggage.ts';
import { parseCookies } from '../cookies.ts';
import { parseHeaders } from '../headers.ts';
import { input } from '../input.ts';
import { parseLinkHost, parseLinkPath } from '../link.ts';
import { parseBoolean, parseWeight } from '../scalars.ts';

/** Which requests the build gets. */
export const BUILD_REQUEST_INPUTS = {
  headers: input({
    name: 'headers',
    description:
      'Headers of the requests that the build gets. Each line is one alternative; within a line, all headers must match. For rollback: those of the preview to remove. For explain: headers that every request has, with exact values only.',
    accepted: 'name=exact, name^=prefix, name~=regex (RE2) or name; commas for "and", lines for "or"',
    example: 'x-cid=seu_madruga,x-env^=pr-',
    parse: parseHeaders,
  }),
  cookies: input({
    name: 'cookies',
    description:
      'Cookies of the requests that the build gets. Each line is one alternative. Together with `headers` or `baggage`, a request must match all of them.',
    accepted: 'name=exact, name^=prefix, name~=regex (RE2) or name, one on a line',
    example: 'canary=always',
    parse: parseCookies,
  }),
  baggage: input({
    name: 'baggage',
    description:
      'Members of the W3C header baggage, which tracing libraries pass on from service to service, of the requests that the build gets. Each line is one alternative. Together with `headers` or `cookies`, a request must match all of them.',
    accepted: 'name=exact, name^=prefix, name~=regex (RE2) or name, one on a line; values decoded',
    example: 'preview=pr-10',
    parse: parseBaggage,
  }),
  link: input({
    name: 'link',
    description:
      'Adds a path to the VirtualServices of a gateway that sets the cookie of the preview, so that a link opens it: /.preview/NAME, and /.preview/off to leave it. Without `cookies`, the link has a cookie of its own. The output preview-url is the link.',
    default: 'false',
    accepted: 'true or false, without `headers`',
    example: 'true',
    parse: parseBoolean,
  }),
  linkPath: input({
    name: 'link-path',
    description: 'What the paths of links begin with.',
    default: '/.preview/',
    accepted: 'a path with "/" at both ends',
    example: '/_preview/',
    parse: parseLinkPath,
  }),
  linkHost: input({
    name: 'link-host',
    description:
      'The host of the output preview-url. Without it: the one host of the VirtualService. With https:// in front (a load balancer ends TLS), the link redirects to https; with http://, the cookie works without TLS.',
    accepted: 'a host, with or without http:// or https:// in front',
    example: 'https://shop.example.com',
    parse: parseLinkHost,
  }),
  bridge: input({
    name: 'bridge',
    description:
      'The gateway adds the baggage to the requests of the preview, so that services behind it get them by baggage. A request then needs the headers and cookies, or the baggage. For rollback: the preview was made with it.',
    default: 'false',
    accepted: 'true or false, with `baggage`, and with `headers`, `cookies` or `link`',
    example: 'true',
    parse: parseBoolean,
  }),
  weight: input({
    name: 'weight',
    description: 'The share of all requests that the build gets, in percent.',
    accepted: 'a whole number from 0 to 100',
    example: '20',
    parse: parseWeight,
  }),
};
