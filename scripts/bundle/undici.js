/**
 * In the bundle, in place of `undici`, whose index also loads caches, mocks and WebSockets: what the Kubernetes client
 * has of it. Node reads all that is in a bundle, used or not, at every start.
 */
import api from 'undici/lib/api/index.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';
import ProxyAgent from 'undici/lib/dispatcher/proxy-agent.js';
import web from 'undici/lib/web/fetch/index.js';

// As its index does: a ProxyAgent calls `connect` of it.
Object.assign(Dispatcher.prototype, api);

export const { fetch } = web;
export { Agent, ProxyAgent };
