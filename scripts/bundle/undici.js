/**
 * In the bundle, in place of `undici`, whose index also loads caches, mocks and WebSockets: what the Kubernetes client
 * has of it. Node reads all that is in a bundle, used or not, at every start.
 */
import connect from 'undici/lib/api/api-connect.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';
import ProxyAgent from 'undici/lib/dispatcher/proxy-agent.js';
import web from 'undici/lib/web/fetch/index.js';

// Its index also gives it `request`, `stream` and others. A ProxyAgent calls `connect`, and `fetch` calls none.
Object.assign(Dispatcher.prototype, { connect });

export const { fetch } = web;
export { Agent, ProxyAgent };
