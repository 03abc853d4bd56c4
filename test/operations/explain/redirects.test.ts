import { expect, test } from 'vitest';
import type { Route } from '../../../src/istio/types.ts';
import { explained, on } from '../../support/explaining.ts';

type Redirect = NonNullable<Route['redirect']>;

function location(from: string, redirect: Redirect, words: Readonly<Record<string, string>> = {}): unknown {
  const { result } = explained(from, [on({ hosts: ['*'], http: [{ redirect }] })], words);
  return result.kind === 'route' ? result.does.redirect : result.kind;
}

test.for<[title: string, redirect: Redirect, from: string, to: string]>([
  ['path and query stay', {}, 'http://shop.io/a?b=1', 'http://shop.io/a?b=1'],
  ['the path is the normalised one', {}, 'http://shop.io/a/../b', 'http://shop.io/b'],
  ['the scheme stays', {}, 'https://shop.io/a', 'https://shop.io/a'],
  ['the port stays', {}, 'http://shop.io:8080/a', 'http://shop.io:8080/a'],
  ["so does the scheme's own port", {}, 'http://shop.io:80/a', 'http://shop.io:80/a'],
  ['the query goes to the new path', { uri: '/new' }, 'http://shop.io/a?b=1', 'http://shop.io/new?b=1'],
  ['there is no query to go there', { uri: '/new' }, 'http://shop.io/a', 'http://shop.io/new'],
  ['the new path has a query', { uri: '/new?c=2' }, 'http://shop.io/a?b=1', 'http://shop.io/new?c=2'],
  ['another host', { authority: 'new.io' }, 'http://shop.io/a', 'http://new.io/a'],
  ['another host, the port is lost', { authority: 'new.io' }, 'http://shop.io:8080/a', 'http://new.io/a'],
  ['another host and port', { authority: 'new.io', port: 8443 }, 'http://shop.io/a', 'http://new.io:8443/a'],
  ['to HTTPS', { scheme: 'https' }, 'http://shop.io/a', 'https://shop.io/a'],
  ['to HTTPS, less the port of HTTP', { scheme: 'https' }, 'http://shop.io:80/a', 'https://shop.io/a'],
  ['to HTTP, less the port of HTTPS', { scheme: 'http' }, 'https://shop.io:443/a', 'http://shop.io/a'],
  ['to HTTPS with a port', { scheme: 'https' }, 'http://shop.io:8080/a', 'https://shop.io:8080/a'],
  ['to HTTPS with its port', { scheme: 'https' }, 'http://shop.io:443/a', 'https://shop.io:443/a'],
  [
    'to HTTPS from the port of HTTP of an IPv6 address',
    { scheme: 'https' },
    'http://[fd00::1]:80/a',
    'https://[fd00::1]/a',
  ],
  ['to HTTPS from an IPv6 address', { scheme: 'https' }, 'http://[fd00::80]/a', 'https://[fd00::80]/a'],
  ['a port is added', { port: 8443 }, 'http://shop.io/a', 'http://shop.io:8443/a'],
  ['a port takes the place of another', { port: 8443 }, 'http://shop.io:8080/a', 'http://shop.io:8443/a'],
  ['a port behind an IPv6 address', { port: 8443 }, 'http://[fd00::1]:80/a', 'http://[fd00::1]:8443/a'],
  ['a port is added to an IPv6 address', { port: 8443 }, 'http://[fd00::1]/a', 'http://[fd00::1]:8443/a'],
  ['the port of HTTP goes without saying', { port: 80 }, 'http://shop.io/a', 'http://shop.io/a'],
  ['the port of HTTP is one for HTTPS', { port: 80 }, 'https://shop.io/a', 'https://shop.io:80/a'],
  ['the port of HTTPS is one for HTTP', { port: 443 }, 'http://shop.io/a', 'http://shop.io:443/a'],
  [
    'the port of HTTPS goes without saying',
    { port: 443, scheme: 'https' },
    'http://shop.io/a',
    'https://shop.io/a',
  ],
  [
    'the port that it came to',
    { derivePort: 'FROM_REQUEST_PORT' },
    'http://shop.io:8080/a',
    'http://shop.io:8080/a',
  ],
  [
    'the port that it came to, at another host',
    { derivePort: 'FROM_REQUEST_PORT', authority: 'new.io' },
    'http://shop.io:8080/a',
    'http://new.io:8080/a',
  ],
  [
    'the port of the protocol',
    { derivePort: 'FROM_PROTOCOL_DEFAULT', authority: 'new.io' },
    'http://shop.io:8080/a',
    'http://new.io/a',
  ],
])('where a redirect leads: %s (%j of %s to %s)', ([, redirect, from, to]) => {
  expect(location(from, redirect)).toBe(to);
});

test("a redirect to the port that the request came to means the gateway's, not the URL's", () => {
  const redirect = { derivePort: 'FROM_REQUEST_PORT' };
  expect(location('http://shop.io:8080/a', redirect, { port: '9000' })).toBe('http://shop.io:9000/a');
});
