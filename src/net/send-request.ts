/** One HTTP request whose answer is short, to a server that is neither the cluster nor what is probed. */
import http from 'node:http';
import https from 'node:https';
import { singleHeaders } from './headers.ts';

export interface SentRequest {
  readonly headers: Readonly<Record<string, string>>;
  /** Absent: POST with a body, GET without. */
  readonly method?: string;
  readonly body?: string;
  /** PEM; absent: what Node trusts. */
  readonly ca?: string;
  /** The address of a proxy; absent: none. */
  readonly proxy?: string;
  readonly signal: AbortSignal;
  /** Bytes of the answer that are held at most. */
  readonly largest: number;
}

export interface SentAnswer {
  readonly status: number;
  /** By lower-case name; of a header that is there several times, its values as one. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** There was more of an answer than may be held. */
export class TooLargeAnswer extends Error {}

/** @throws TooLargeAnswer; Error with the code of Node: there was no answer */
export function sendRequest(
  url: URL,
  { headers, method, body, ca, proxy, signal, largest }: SentRequest,
): Promise<SentAnswer> {
  const isTls = url.protocol === 'https:';
  const settings = {
    keepAlive: false,
    ...(proxy !== undefined && { proxyEnv: { HTTP_PROXY: proxy, HTTPS_PROXY: proxy } }),
  };
  const options = {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
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
        resolve({
          status: response.statusCode ?? 0,
          headers: singleHeaders(response.headers),
          body: Buffer.concat(chunks).toString('utf8'),
        });
      });
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}
