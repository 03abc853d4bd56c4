import { connect } from 'node:net';
import type { WebSocket } from 'ws';

/** Each message begins with the number of its channel. */
const DATA = 0;
const FAULT = 1;

export const FORWARD_PROTOCOL = 'v4.channel.k8s.io';

/** A message of a channel; the first of each has the port, in two bytes. */
export function message(channel: 'data' | 'fault', content: Buffer | string): Buffer {
  return Buffer.concat([Buffer.of(channel === 'data' ? DATA : FAULT), Buffer.from(content)]);
}

/** What a port-forward begins with: the port, on both channels. */
export function greeting(port: number): readonly Buffer[] {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(port);
  return [message('data', bytes), message('fault', bytes)];
}

/**
 * Joins a WebSocket with a port of this machine, as a kubelet joins it with one of a pod: from then on it is a
 * port-forward, and ends with the connection.
 *
 * @param port that the pod is said to have
 * @param target the one that stands behind it
 * @see https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/kubelet/pkg/cri/streaming/portforward/websocket.go
 */
export function forward(socket: WebSocket, pod: string, port: number, target: number): void {
  for (const first of greeting(port)) socket.send(first);
  const connection = connect(target, '127.0.0.1');
  connection.on('data', (data) => {
    socket.send(message('data', data));
  });
  connection.once('error', ({ message: why }) => {
    socket.send(message('fault', `error forwarding port ${port} to pod ${pod}, uid : ${why}`));
  });
  connection.once('close', () => {
    socket.close();
  });
  socket.on('message', (data: Buffer) => {
    if (data[0] === DATA) connection.write(data.subarray(1));
  });
  socket
    .on('error', () => undefined)
    .once('close', () => {
      connection.destroy();
    });
}
