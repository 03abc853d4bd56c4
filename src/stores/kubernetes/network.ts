import { TrafficError } from '../../base/errors.ts';
import type { AccessTerms } from './terms.ts';
import type { Wire } from './wire.ts';
import { ownValue } from '../../base/json.ts';

/** Why there was no answer, and what follows for another try. */
export interface NetworkFault {
  /**
   * `unsent`: the server can't have seen the request. `perhaps`: it may have, and may have done it. `never`: it can't
   * have seen it, and it would end the same way every time. `unclear`: it may have done it, and yet another try would
   * end the same way.
   */
  readonly again: 'unsent' | 'perhaps' | 'never' | 'unclear';
  readonly error: TrafficError;
}

/** The connection could not be made. */
const UNREACHED: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (connection refused)',
  ENOTFOUND: 'its name is unknown to DNS',
  EAI_AGAIN: 'DNS gave no answer',
  EHOSTUNREACH: 'no network leads there (host unreachable)',
  ENETUNREACH: 'no network leads there (network unreachable)',
  UND_ERR_CONNECT_TIMEOUT: 'it gave no answer to a connection attempt',
  UND_ERR_PRX_TLS: 'the proxy in between has no valid certificate',
  UND_ERR_PRX_CONN: 'the proxy in between closed the connection',
};

/**
 * The exchange broke off in the middle. API servers speak HTTP/2, where a gateway in between ends one request
 * (RST_STREAM) or announces the end of the connection (GOAWAY) and the others go on.
 */
const BROKEN_OFF = new Set([
  'ECONNRESET',
  'EPIPE',
  'ECONNABORTED',
  'ETIMEDOUT',
  'UND_ERR_SOCKET',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_INFO',
  'HPE_INVALID_EOF_STATE',
  'ERR_HTTP2_ERROR',
  'ERR_HTTP2_GOAWAY_SESSION',
  'ERR_HTTP2_INVALID_SESSION',
  'ERR_HTTP2_INVALID_STREAM',
  'ERR_HTTP2_SESSION_ERROR',
  'ERR_HTTP2_STREAM_CANCEL',
  'ERR_HTTP2_STREAM_ERROR',
]);

/** What Node's decoders of gzip, deflate and brotli say of a body that isn't what its header says. */
const UNREADABLE = /^(Z_|ERR__|ERR_BROTLI|ERR_ZLIB)/;

/** The server is there, but isn't the one that the kubeconfig or the inputs describe. */
function untrustedWords({ certificateName, untrusted }: AccessTerms): Readonly<Record<string, string>> {
  const authority = `its certificate comes from an authority that ${untrusted}`;
  return {
    CERT_HAS_EXPIRED: 'its certificate has expired',
    CERT_NOT_YET_VALID: "its certificate isn't valid yet: is this machine's clock right?",
    DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
    SELF_SIGNED_CERT_IN_CHAIN: authority,
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: authority,
    UNABLE_TO_GET_ISSUER_CERT: authority,
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: authority,
    CERT_SIGNATURE_FAILURE: authority,
    ERR_TLS_CERT_ALTNAME_INVALID: `its certificate is for another name than ${certificateName}`,
  };
}

/**
 * What a rejected request of the HTTP client means: a code says it, which may be down a chain of causes.
 */
export function networkFault(
  thrown: unknown,
  { server, who, proxy, terms }: Pick<Wire, 'server' | 'who' | 'proxy' | 'terms'>,
): NetworkFault {
  const { code, message } = rootOf(thrown);
  const there = `The API server ${server} can't be reached`;
  const unreached = ownValue(UNREACHED, code);
  if (unreached !== undefined) {
    // Behind a proxy nobody but the proxy connects to the server: what could not be reached is the proxy.
    if (proxy !== undefined)
      return fault(
        'unsent',
        `The proxy ${proxy}, through which the API server ${server} is asked, can't be reached: ${unreached}. Check ${terms.proxy}.`,
      );
    return fault(
      'unsent',
      `${there}: ${unreached}. Check the server's address, the network, VPN or proxy in between.`,
    );
  }
  const untrusted = ownValue(untrustedWords(terms), code);
  if (untrusted !== undefined) {
    const todo = `Check ${terms.trust}: they must be of the same cluster.`;
    return fault('never', `The API server ${server} can't be trusted: ${untrusted} (${code}). ${todo}`);
  }
  if (
    /ALERT_(BAD_CERTIFICATE|CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED|HANDSHAKE_FAILURE|UNSUPPORTED_CERT)/.test(
      code,
    )
  ) {
    const words = `The API server ${server} doesn't accept the client certificate of ${who} (${code}): it is missing, expired or of another cluster.`;
    return { again: 'never', error: new TrafficError('unauthorized', words) };
  }
  if (/^ERR_OSSL|^ERR_CRYPTO/.test(code)) {
    const words = `The certificates or the key of ${who} can't be used (${code}): are they whole, and PEM inside their base64?`;
    return { again: 'never', error: new TrafficError('unauthorized', words) };
  }
  if (BROKEN_OFF.has(code)) {
    return fault(
      'perhaps',
      `The connection to the API server ${server} broke off before it answered (${code}).`,
    );
  }
  if (UNREADABLE.test(code)) {
    return fault('perhaps', `The answer of the API server ${server} can't be decompressed (${code}).`);
  }
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|UNEXPECTED_MESSAGE|^HPE_/.test(code)) {
    return fault(
      // Without TLS, or once it stands, the request was sent before the answer was read.
      code.startsWith('HPE_') ? 'unclear' : 'never',
      `${there}: what answers there speaks another protocol (${code}). Is it https:// or http://?`,
    );
  }
  // The proxy's clients: undici's for requests, hpagent's for WebSockets.
  const proxied = /Proxy response \((\d+)\)|Bad response: (\d+)|Proxy Authentication Required/.exec(message);
  if (proxied !== null) {
    const status = Number(proxied[1] ?? proxied[2] ?? 407);
    const words = `${there}: the proxy in between${proxy === undefined ? '' : ` (${proxy})`} answered ${status}. Check HTTPS_PROXY, NO_PROXY or proxy-url.`;
    return fault(status >= 500 ? 'unsent' : 'never', words);
  }
  const refusedBySocks =
    /\b(?:Socks[45] (?:[Pp]roxy|[Aa]uthentication|initial|final|handshake)|Proxy connection timed out)[^:]*/.exec(
      message,
    );
  if (refusedBySocks !== null) {
    const by = proxy === undefined ? 'the SOCKS proxy in between' : `the SOCKS proxy ${proxy}`;
    return fault('unsent', `${there} through ${by}: "${refusedBySocks[0].trim()}". Check ${terms.proxy}.`);
  }
  // What the standard of fetch blocks, by which the client goes, and kubectl does not.
  if (/\bbad port\b/.test(message)) {
    const words = `port ${URL.parse(server)?.port ?? ''} is one that HTTP clients refuse to use, because other protocols have it`;
    return fault(
      'never',
      `${there}: ${words}. Have it at another port, by a port-forward or a proxy-url perhaps.`,
    );
  }
  // The message may quote a header, the token's among them, so it isn't shown.
  const known = code === '' ? ', and Node gives no code that says why' : `: ${code}`;
  return fault('unclear', `${there}${known}. Check ${terms.access}.`);
}

function fault(again: NetworkFault['again'], words: string): NetworkFault {
  return { again, error: new TrafficError('unreachable', words) };
}

/** The first code down the chain of causes; of an AggregateError (several addresses of a name) its first. */
function rootOf(thrown: unknown): { readonly code: string; readonly message: string } {
  let message = '';
  for (let error: unknown = thrown, depth = 0; error instanceof Error && depth < 8; depth++) {
    message += ` ${error.message}`;
    const proxied = /^Proxy response/.test(error.message);
    if ('code' in error && typeof error.code === 'string' && error.code !== '' && !proxied) {
      return { code: error.code, message };
    }
    error = error instanceof AggregateError ? error.errors[0] : error.cause;
  }
  // The client for SOCKS keeps the words of an error, and not its code.
  const [, code = ''] = /\bconnect (E[A-Z]+)\b/.exec(message) ?? [];
  return { code, message };
}
