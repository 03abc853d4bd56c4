/** HTTP requests on a stream to a port of a pod, one after the other. What answers there is believed in nothing. */
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { TrafficError } from '../../base/errors.ts';
import { bodyWithin, LARGEST_LIST, type BodyText } from './body.ts';

export interface PodResponse extends BodyText {
  readonly status: number;
  /** The stream is free for another request; else it is destroyed. */
  readonly isReusable: boolean;
}

export interface PodQuestion {
  readonly port: number;
  /** With its query. */
  readonly path: string;
  /** Destroys the stream. */
  readonly signal: AbortSignal;
  /** The error that says of the port what went wrong. */
  readonly faultOf: (words: string) => TrafficError;
}

/** Milliseconds: as long as Node can wait. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * `GET` on a stream that is free.
 *
 * @throws the error that the stream fails with; else that of `faultOf`: no HTTP, no answer, or a part of one. The stream
 * is destroyed then.
 */
export async function getOver(stream: Duplex, question: PodQuestion): Promise<PodResponse> {
  const { signal, faultOf } = question;
  const end = (): void => {
    stream.destroy();
  };
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  // Neither a stream that was lost nor the timer of a limit keeps a process alive, and its end would be no answer.
  const hold = setInterval(() => undefined, LONGEST_TIMER);
  let response: IncomingMessage | undefined;
  try {
    const sent = requestOn(stream, question);
    response = await responseTo(sent, stream);
    const freed = untilFree(stream);
    const body = await bodyWithin(response, LARGEST_LIST);
    // What is left of a body that is too long, or of a connection that the server ends, is no beginning of an answer.
    if (body.tooMuch !== undefined || !sent.shouldKeepAlive) stream.destroy();
    return { status: response.statusCode ?? 0, ...body, isReusable: await freed };
  } catch (thrown) {
    stream.destroy();
    const { errored } = stream;
    if (errored instanceof TrafficError) throw errored;
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
    if (code.startsWith('HPE_')) throw faultOf(`what answers there is no HTTP (${code})`);
    throw faultOf(response === undefined ? 'it ended without an answer' : 'its answer was cut off');
  } finally {
    clearInterval(hold);
    signal.removeEventListener('abort', end);
  }
}

function requestOn(stream: Duplex, { port, path }: PodQuestion): ClientRequest {
  const headers = { Host: `127.0.0.1:${port}`, Accept: 'application/json', Connection: 'keep-alive' };
  // Without an agent there is no proxy of the environment, and nobody else's request on the stream.
  return request({ createConnection: () => stream, method: 'GET', path, headers });
}

async function responseTo(sent: ClientRequest, stream: Duplex): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const ended = (): void => {
    reject(new Error('It ended.'));
  };
  stream.once('close', ended);
  sent.once('response', resolve);
  // Goes on listening when the promise is settled: an error that nobody listens to would end this process.
  sent.on('error', reject);
  sent.once('upgrade', () => {
    reject(new Error('It changes to another protocol.'));
  });
  if (stream.destroyed) ended();
  else sent.end();
  try {
    return await promise;
  } finally {
    stream.off('close', ended);
  }
}

/** Node's client lets go of the stream after the end of a body, if the server keeps the connection. */
async function untilFree(stream: Duplex): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const free = (): void => {
    resolve(true);
  };
  const closed = (): void => {
    resolve(false);
  };
  stream.once('free', free).once('close', closed);
  try {
    return await promise;
  } finally {
    stream.off('free', free).off('close', closed);
  }
}
