import { expect, test } from 'vitest';
import { schemeFor, serversOf } from '../../src/istio/gateways.ts';

const plain = { port: { number: 80, protocol: 'HTTP' }, hosts: ['*.example.com'] };
const redirect = { ...plain, tls: { httpsRedirect: true } };
const tls = { port: { number: 443, protocol: 'HTTPS' }, hosts: ['a.example.com'], tls: { mode: 'SIMPLE' } };

test.for([
  ['http', 'plain requests get there', [plain, tls]],
  ['https', 'they are redirected', [redirect, tls]],
  ['https', 'no server takes them', [tls]],
  ['http', 'no server is for the host', [{ ...tls, hosts: ['b.example.com'] }]],
  ['http', 'nothing is known', []],
] as const)('%s where %s', ([scheme, , servers]) => {
  expect(schemeFor(serversOf({ servers }), 'a.example.com')).toBe(scheme);
});
