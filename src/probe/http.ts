/** The probe's one request over HTTP. Import it with `import()`: few runs ask anything. */
import http from 'node:http';
import https from 'node:https';
import tls from 'node:tls';
import { singleHeaders } from '../net/headers.ts';
import { proxyFor } from '../net/proxy.ts';
import { VERSION } from '../base/version.ts';
import type { ProbeAnswer, ProbeRequest } from '../ports/ask.ts';
import { ownValue } from '../base/json.ts';

/** Bytes of a body that are read where nobody wants more. */
const MAX_BODY = 65_536;

const WHY: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection broke off',
  EPIPE: 'the connection broke off',
  ENOTFOUND: 'its name is unknown to DNS',
  EAI_AGAIN: 'DNS gave no answer',
  EHOSTUNREACH: 'no network leads there',
  ENETUNREACH: 'no network leads there',
};

/** As {@link Ask}, through the proxy of the environment if there is one. */
export async function askByHttp(
  { url, headers, timeout, most = MAX_BODY, signal }: ProbeRequest,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ProbeAnswer> {
  const began = performance.now();
  const took = (): number => Math.round(performance.now() - began);
  const limit = AbortSignal.timeout(timeout);
  try {
    const answer = await send(new URL(url), {
      headers: { accept: '*/*', 'user-agent': `istiops/${VERSION}`, ...asBytes(headers) },
      signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
      most,
      env,
    });
    return { kind: 'answer', ...answer, milliseconds: took() };
  } catch (thrown) {
    const why = limit.aborted ? `none within ${timeout / 1000} s` : reasonOf(thrown);
    return { kind: 'none', why, milliseconds: took() };
  }
}

interface Sending {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  readonly most: number;
  readonly env: Readonly<Record<string, string | undefined>>;
}

function send(
  url: URL,
  { headers, signal, most, env }: Sending,
): Promise<Omit<Extract<ProbeAnswer, { kind: 'answer' }>, 'kind' | 'milliseconds'>> {
  const proxy = proxyFor(url, env);
  // A connection of its own for each: a load balancer in between may pick another backend by connection.
  const settings = {
    keepAlive: false,
    ...(proxy !== undefined && { proxyEnv: { HTTP_PROXY: proxy, HTTPS_PROXY: proxy } }),
  };
  const isTls = url.protocol === 'https:';
  const agent = isTls ? new https.Agent(settings) : new http.Agent(settings);
  const options = { agent, headers, signal, ...(isTls && { secureContext: trusting() }) };
  return new Promise((resolve, reject) => {
    const request = (isTls ? https : http).get(url, options, (response) => {
      const chunks: Buffer[] = [];
      let length = 0;
      const finish = (): void => {
        resolve({
          status: response.statusCode ?? 0,
          headers: singleHeaders(response.headers),
          body: Buffer.concat(chunks).subarray(0, most).toString('utf8'),
        });
        response.destroy();
      };
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        length += chunk.length;
        if (length >= most) finish();
      });
      response.once('end', finish);
      response.once('error', reject);
    });
    request.once('error', reject);
  });
}

let context: tls.SecureContext | undefined;

/** What Node trusts (`NODE_EXTRA_CA_CERTS` included), and what this machine does. Read once: it takes a while. */
function trusting(): tls.SecureContext {
  if (context !== undefined) return context;
  const authorities = new Set([...tls.getCACertificates('default'), ...tls.getCACertificates('system')]);
  return (context = tls.createSecureContext({ ca: [...authorities] }));
}

/** Node takes the characters of a header for bytes; what Envoy compares is the UTF-8 of the match. */
function asBytes(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Buffer.from(value, 'utf8').toString('latin1')]),
  );
}

/** Never its message, which may quote what was sent. */
function reasonOf(thrown: unknown): string {
  for (let error: unknown = thrown, depth = 0; error instanceof Error && depth < 5; depth++) {
    if ('code' in error && typeof error.code === 'string') {
      const why = ownValue(WHY, error.code);
      return why === undefined ? error.code : `${why} (${error.code})`;
    }
    error = error instanceof AggregateError ? error.errors[0] : error.cause;
  }
  return 'the request failed, and Node gives no code that says why';
}
