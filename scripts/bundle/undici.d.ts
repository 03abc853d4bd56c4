export { Agent, fetch, ProxyAgent } from 'undici';
