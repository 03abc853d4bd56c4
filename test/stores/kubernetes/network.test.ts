import { expect, test } from 'vitest';
import { networkFault } from '../../../src/stores/kubernetes/network.ts';
import { KUBECONFIG_TERMS as terms } from '../../../src/stores/kubernetes/terms.ts';

const failed = (cause: Error) => new TypeError('fetch failed', { cause });
const coded = (code: string, message = 'words') => Object.assign(new Error(message), { code });

test.each([
  ['ECONNREFUSED', 'unsent', 'unreachable', 'nothing listens there'],
  ['ENOTFOUND', 'unsent', 'unreachable', 'unknown to DNS'],
  ['UND_ERR_CONNECT_TIMEOUT', 'unsent', 'unreachable', 'no answer to a connection attempt'],
  ['CERT_HAS_EXPIRED', 'never', 'unreachable', 'its certificate has expired (CERT_HAS_EXPIRED)'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'never', 'unreachable', 'self-signed'],
  [
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'never',
    'unreachable',
    'an authority that the kubeconfig does not trust',
  ],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'never', 'unreachable', "for another name than the kubeconfig's server"],
  [
    'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
    'never',
    'unauthorized',
    "doesn't accept the client certificate of ci",
  ],
  [
    'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE',
    'never',
    'unauthorized',
    "doesn't accept the client certificate of ci",
  ],
  ['ERR_OSSL_PEM_NO_START_LINE', 'never', 'unauthorized', 'The certificates or the key of ci'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'never', 'unreachable', 'speaks another protocol'],
  ['HPE_INVALID_CONSTANT', 'unclear', 'unreachable', 'speaks another protocol'],
  ['ECONNRESET', 'perhaps', 'unreachable', 'broke off before it answered'],
  ['UND_ERR_SOCKET', 'perhaps', 'unreachable', 'broke off before it answered'],
  // One request of an HTTP/2 connection ended by a gateway, and the whole connection.
  ['ERR_HTTP2_STREAM_ERROR', 'perhaps', 'unreachable', 'broke off before it answered'],
  ['UND_ERR_INFO', 'perhaps', 'unreachable', 'broke off before it answered'],
  // The answer ends in the middle of a chunk.
  ['HPE_INVALID_EOF_STATE', 'perhaps', 'unreachable', 'broke off before it answered'],
  ['Z_DATA_ERROR', 'perhaps', 'unreachable', "can't be decompressed"],
  ['EWHATEVER', 'unclear', 'unreachable', 'EWHATEVER'],
])('a fault of the network, in words and tried again or not: %s', (code, again, reason, words) => {
  const fault = networkFault(failed(coded(code)), { server: 'https://k8s:6443', who: 'ci', terms });
  expect(fault.again).toBe(again);
  expect(fault.error.reason).toBe(reason);
  expect(fault.error.message).toContain(words);
  expect(fault.error.message).toContain(reason === 'unauthorized' ? 'ci' : 'https://k8s:6443');
});

test('of a name with several addresses the first counts', () => {
  const all = new AggregateError([coded('ECONNREFUSED'), coded('ENETUNREACH')]);
  expect(networkFault(failed(all), { server: 's', who: 'w', terms }).error.message).toContain(
    'nothing listens there',
  );
});

test.each([
  [407, 'never'],
  [403, 'never'],
  [503, 'unsent'],
])('a proxy that answers %d', (status, again) => {
  const error = coded('UND_ERR_ABORTED', `Proxy response (${status}) !== 200 when HTTP Tunneling`);
  const fault = networkFault(failed(error), { server: 's', who: 'w', terms });
  expect(fault.again).toBe(again);
  expect(fault.error.message).toContain(`the proxy in between answered ${status}`);
});

test.each([
  [
    'connect ECONNREFUSED 127.0.0.1:1080',
    'unsent',
    "The proxy socks5://p:1080, through which the API server https://k8s:6443 is asked, can't be reached: nothing listens there",
  ],
  [
    'Socks5 proxy rejected connection - HostUnreachable',
    'unsent',
    'through the SOCKS proxy socks5://p:1080: "Socks5 proxy rejected connection - HostUnreachable"',
  ],
  ['Socks5 Authentication failed', 'unsent', '"Socks5 Authentication failed"'],
  ['Proxy connection timed out', 'unsent', '"Proxy connection timed out"'],
  ['bad port', 'never', 'port 6443 is one that HTTP clients refuse to use'],
])('an error without a code: %s', (words, again, expected) => {
  const wire = { server: 'https://k8s:6443', who: 'ci', terms, proxy: 'socks5://p:1080' };
  const fault = networkFault(failed(new Error(words)), wire);
  expect(fault.again).toBe(again);
  expect(fault.error.message).toContain(expected);
});

test('behind a proxy it is the proxy that can not be reached', () => {
  const wire = { server: 'https://k8s:6443', who: 'ci', terms, proxy: 'http://proxy:3128' };
  const { error } = networkFault(failed(coded('ENOTFOUND')), wire);
  expect(error.message).toBe(
    "The proxy http://proxy:3128, through which the API server https://k8s:6443 is asked, can't be reached: its name is unknown to DNS. Check proxy-url in the kubeconfig, HTTPS_PROXY and NO_PROXY.",
  );
});

test('a message of the client is never shown: it may quote the token', () => {
  const fault = networkFault(new TypeError('"Bearer s3cr3t" is an invalid header value'), {
    server: 's',
    who: 'w',
    terms,
  });
  expect(fault.again).toBe('unclear');
  expect(fault.error.message).not.toContain('s3cr3t');
  expect(networkFault('thrown text', { server: 's', who: 'w', terms }).again).toBe('unclear');
});
