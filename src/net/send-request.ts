/** One HTTP request whose answer is short, to a server that is neither the cluster nor what is probed. */
import http from 'node:http';
import https from 'node:https';

export interface SentRequest {
  readonly headers: Readonly<Record<string, string>>;
  /** Makes it a POST. */
  readonly body?: string;
  /** PEM; absent: what Node trusts. */
  readonly ca?: string;
  /** The address of a proxy; absent: none. */
  readonly proxy?: string;
  readonly signal: AbortSignal;
  /** Bytes of the answer that are held at most. */
  readonly largest: number;
}

/** There was more of an answer than may be held. */
export class TooLargeAnswer extends Error {}

/** @throws TooLargeAnswer; Error with the code of Node: there was no answer */
export function sendRequest(
  url: URL,
  { headers, body, ca, proxy, signal, largest }: SentRequest,
): Promise<{ readonly status: number; readonly body: string }> {
  const isTls = url.protocol === 'https:';
  const settings = {
    keepAlive: false,
    ...(proxy !== undefined && { proxyEnv: { HTTP_PROXY: proxy, HTTPS_PROXY: proxy } }),
  };
  const options = {
    method: body === undefined ? 'GET' : 'POST',
    headers,
    agent: isTls ? new https.Agent(settings) : new http.Agent(settings),
    ...(ca === undefined ? {} : { ca }),
    signal,
  };
  return new Promise((resolve, reject) => {
    const request = (isTls ? https : http).request(url, options, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        chunks.push(chunk);
        if (size > largest) response.destroy(new TooLargeAnswer());
      });
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') });
      });
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}
