/**
 * In the bundle, in place of `undici`, whose index also loads `fetch`, caches, mocks and WebSockets: what the Kubernetes
 * client has of it, and what sends requests. Node reads all that is in a bundle, used or not, at every start.
 */
import connect from 'undici/lib/api/api-connect.js';
import request from 'undici/lib/api/api-request.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';
import ProxyAgent from 'undici/lib/dispatcher/proxy-agent.js';

// Its index also gives it `stream`, `pipeline` and others. A ProxyAgent calls `connect`.
Object.assign(Dispatcher.prototype, { connect, request });

/** The Kubernetes client's own sender has it, in place of which `src/stores/kubernetes/client.ts` sends requests. */
export function fetch() {
  throw new Error('There is no fetch in this bundle: see scripts/bundle/undici.js.');
}

export { Agent, ProxyAgent };
