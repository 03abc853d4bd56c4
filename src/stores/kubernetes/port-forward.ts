/**
 * A stream to a port of a pod, through a WebSocket to the API server. Loads the library for WebSockets, so import it
 * with `import()`.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/kubelet/pkg/cri/streaming/portforward/websocket.go
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import type { TrafficError } from '../../base/errors.ts';
import { singleHeaders } from '../../net/headers.ts';
import { bodyWithin, LARGEST_REFUSAL } from './body.ts';
import type { HttpResponse, PreparedUpgrade } from './wire.ts';

/** Its messages begin with the number of a channel. */
const PROTOCOL = 'v4.channel.k8s.io';
const DATA = 0;
const FAULT = 1;

/** Bytes: servers send parts of 32 KiB. */
const LARGEST_MESSAGE = 1024 * 1024;
/** Characters of what the error channel says: a sentence. */
const LARGEST_FAULT = 1_000;

/** An open stream to a port of a pod. */
export interface Forward {
  readonly stream: Duplex;
  /** Whether this process may end while it is open: it may between two questions, and not before an answer. */
  readonly setIdle: (isIdle: boolean) => void;
}

export type Forwarding =
  | { readonly kind: 'open'; readonly forward: Forward }
  /** The server, or what stands before it, answers as to any other request. */
  | { readonly kind: 'refused'; readonly answer: HttpResponse };

export interface ForwardOptions {
  /** Of the pod, as it is in the URL. */
  readonly port: number;
  /** Ends the opening; a stream that is open is ended by destroying it. */
  readonly signal: AbortSignal;
  /** The error that says of the port what went wrong, in the words given: those of the server, or ours. */
  readonly faultOf: (words: string) => TrafficError;
}

/**
 * Opens a stream to a port of a pod. The stream fails where nothing listens on the port, or where the server breaks
 * the protocol, with the error of `faultOf`; destroying the stream ends the WebSocket.
 *
 * @throws the error of `faultOf`: the answer opens no such WebSocket; what Node's HTTP client throws when there is no
 * answer (`networkFault` in `network.ts` says what it means); the reason of the signal
 */
export async function openForward(
  { url, options }: PreparedUpgrade,
  { port, signal, faultOf }: ForwardOptions,
): Promise<Forwarding> {
  signal.throwIfAborted();
  const socket = new WebSocket(url, PROTOCOL, {
    ...options,
    followRedirects: false,
    // A few bytes could unfold to gigabytes.
    perMessageDeflate: false,
    maxPayload: LARGEST_MESSAGE,
  });
  return new Promise<Forwarding>((resolve, reject) => {
    const abort = (): void => {
      reject(signal.reason as Error);
      socket.terminate();
    };
    signal.addEventListener('abort', abort, { once: true });
    const settled = (): void => {
      signal.removeEventListener('abort', abort);
    };
    socket.once('close', settled);
    let connection: Socket | undefined;
    socket.once('upgrade', (response) => {
      connection = response.socket;
    });
    // As below, this goes on listening when the promise is settled.
    socket.on('error', (error) => {
      const words = `the API server opens no WebSocket of the protocol ${PROTOCOL}`;
      reject(connection === undefined ? error : faultOf(words));
    });
    socket.once('open', () => {
      settled();
      const stream = streamOver(socket, port, faultOf);
      // An end that nobody reads would not be noticed, and the next question would wait for an answer to it.
      const endIdle = (): void => {
        stream.destroy();
      };
      const setIdle = (isIdle: boolean): void => {
        socket.off('close', endIdle);
        if (isIdle) {
          connection?.unref();
          if (socket.readyState === WebSocket.OPEN) socket.once('close', endIdle);
          else endIdle();
        } else connection?.ref();
      };
      resolve({ kind: 'open', forward: { stream, setIdle } });
    });
    socket.once('unexpected-response', (_request, response) => {
      refusalIn(response)
        .then((answer) => {
          resolve({ kind: 'refused', answer });
        }, reject)
        .finally(() => {
          socket.terminate();
        });
    });
  });
}

/** What is read and written here is the data of the port. */
function streamOver(socket: WebSocket, port: number, faultOf: ForwardOptions['faultOf']): Duplex {
  const begun = new Set<number>();
  let fault = '';
  const stream = new Duplex({
    read: () => {
      if (socket.isPaused) socket.resume();
    },
    // One that can't be sent any more is no fault of its own: the WebSocket ends, and says why.
    write: (data: Buffer, _encoding, done) => {
      socket.send(Buffer.concat([Buffer.of(DATA), data]), () => {
        done();
      });
    },
    destroy: (error, done) => {
      socket.terminate();
      done(error);
    },
  });
  // It may fail before anybody reads it, and an error that nobody listens to would end this process.
  stream.on('error', () => undefined);
  socket.on('message', (message, isBinary) => {
    if (stream.destroyed) return;
    const [channel = -1] = Buffer.isBuffer(message) ? message : [];
    const content =
      isBinary && Buffer.isBuffer(message)
        ? payloadOf(message, begun.has(channel) ? undefined : port)
        : undefined;
    begun.add(channel);
    if (content === undefined) {
      stream.destroy(faultOf(`the API server does not speak the protocol ${PROTOCOL}`));
    } else if (channel === FAULT) {
      fault = (fault + content.toString('utf8')).slice(0, LARGEST_FAULT);
    } else if (content.length > 0 && !stream.push(content)) {
      socket.pause();
    }
  });
  socket.once('error', (error) => {
    const code = 'code' in error && typeof error.code === 'string' ? error.code : 'no code';
    stream.destroy(faultOf(`the connection through the API server broke off (${code})`));
  });
  socket.once('close', () => {
    if (fault !== '') stream.destroy(faultOf(fault));
    else stream.push(null);
  });
  return stream;
}

/**
 * What a message holds behind the number of its channel.
 *
 * @param port that the first message of a channel begins with, in two bytes; undefined: it is not the first
 * @returns undefined: it is no message of a port-forward to this port
 */
function payloadOf(message: Buffer, port: number | undefined): Buffer | undefined {
  const [channel] = message;
  if (channel !== DATA && channel !== FAULT) return undefined;
  if (port === undefined) return message.subarray(1);
  return message.length >= 3 && message.readUInt16LE(1) === port ? message.subarray(3) : undefined;
}

async function refusalIn(response: IncomingMessage): Promise<HttpResponse> {
  return {
    status: response.statusCode ?? 0,
    headers: singleHeaders(response.headers),
    ...(await bodyWithin(response, LARGEST_REFUSAL)),
  };
}
