import { createServer } from 'node:https';
import { WebSocketServer } from 'ws';
import type { Api } from './api.ts';
import { ensure, paths } from './api.ts';
import { issue, type Certificate } from './certs.ts';
import { forward, FORWARD_PROTOCOL } from './forwarding.ts';
import { ROOT_NAMESPACE } from './istiod.ts';
import { conditions } from './sample-manifests.ts';

/** A pod's name, its labels, and which ports of this machine stand behind its own. */
export interface MeshPod {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly ports: Readonly<Record<number, number>>;
}

/**
 * As much of a kubelet as a port-forward needs: the API server finds it by the Node of the pod, asks whether the
 * caller may, and passes the WebSocket on.
 */
export interface Kubelet {
  /** Creates the pod in the root namespace, Running and ready. */
  add(pod: MeshPod): Promise<void>;
  remove(pod: string): Promise<void>;
  setReady(pod: string, ready: boolean): Promise<void>;
  /** Port-forwards so far. */
  readonly forwards: number;
  close(): Promise<void>;
}

const NODE = 'plane';
const PODS = paths.pods(ROOT_NAMESPACE);

/** Starts it, and registers it as a Node. */
export async function startKubelet(api: Api, ca: Certificate, port: number): Promise<Kubelet> {
  const behind = new Map<string, MeshPod['ports']>();
  const server = createServer(issue(ca, { name: 'kubelet', hosts: ['127.0.0.1'] }), (_request, response) => {
    response.writeHead(404).end();
  });
  let forwards = 0;
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => FORWARD_PROTOCOL });
  server.on('upgrade', (request, socket, head) => {
    const url = new URL(request.url ?? '/', 'https://kubelet');
    const [, pod = ''] = /^\/portForward\/[^/]+\/([^/]+)$/.exec(url.pathname) ?? [];
    const wanted = Number(url.searchParams.get('port'));
    const target = behind.get(pod)?.[wanted];
    forwards += 1;
    sockets.handleUpgrade(request, socket, head, (opened) => {
      // Port 1 of this machine: nobody listens there.
      forward(opened, pod, wanted, target ?? 1);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  server.unref();
  await ensure(api, '/api/v1/nodes', {
    metadata: { name: NODE },
    status: {
      addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
    },
  });

  const setReady = async (pod: string, ready: boolean): Promise<void> => {
    await api.patch(`${PODS}/${pod}/status`, {
      status: { phase: 'Running', conditions: conditions(ready) },
    });
  };
  return {
    add: async ({ name, labels, ports }) => {
      behind.set(name, ports);
      await api.post(PODS, {
        metadata: { name, labels },
        spec: { nodeName: NODE, containers: [{ name: 'main', image: 'none' }] },
      });
      await setReady(name, true);
    },
    remove: async (pod) => {
      behind.delete(pod);
      await api.delete(`${PODS}/${pod}?gracePeriodSeconds=0`);
    },
    setReady,
    get forwards() {
      return forwards;
    },
    close: async () => {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
