/** One HTTP request on a stream to a port of a pod. What answers there is believed in nothing. */
import { request, type IncomingMessage } from 'node:http';
import { Readable, type Duplex } from 'node:stream';
import { TrafficError } from '../../base/errors.ts';
import { bodyWithin, LARGEST_LIST, type BodyText } from './body.ts';

export interface PodResponse extends BodyText {
  readonly status: number;
}

/**
 * `GET` on a stream of its own, which is destroyed in the end.
 *
 * @param path with its query
 * @param faultOf the error that says of the port what went wrong
 * @throws the error that the stream fails with; else that of `faultOf`: no HTTP, no answer, or a part of one
 */
export async function getOver(
  stream: Duplex,
  port: number,
  path: string,
  faultOf: (words: string) => TrafficError,
): Promise<PodResponse> {
  let response: IncomingMessage | undefined;
  try {
    response = await responseOn(stream, port, path);
    const body = await bodyWithin(Readable.toWeb(response), LARGEST_LIST);
    return { status: response.statusCode ?? 0, ...body };
  } catch (thrown) {
    const { errored } = stream;
    if (errored instanceof TrafficError) throw errored;
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
    if (code.startsWith('HPE_')) throw faultOf(`what answers there is no HTTP (${code})`);
    throw faultOf(response === undefined ? 'it ended without an answer' : 'its answer was cut off');
  } finally {
    stream.destroy();
  }
}

async function responseOn(stream: Duplex, port: number, path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { Host: `127.0.0.1:${port}`, Accept: 'application/json' };
    // Without an agent there is no proxy of the environment, and no second request on the stream.
    if (stream.destroyed) {
      reject(new Error('It ended before it was asked.'));
      return;
    }
    stream.once('close', () => {
      reject(new Error('It ended.'));
    });
    const sent = request({ createConnection: () => stream, method: 'GET', path, headers });
    sent.once('response', resolve);
    // Goes on listening when the promise is settled: an error that nobody listens to would end this process.
    sent.on('error', reject);
    sent.once('upgrade', () => {
      reject(new Error('It changes to another protocol.'));
    });
    sent.end();
  });
}
