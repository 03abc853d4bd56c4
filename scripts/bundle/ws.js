/** In the bundle, in place of `ws`, whose index also has a server: the client. */
export { default as WebSocket } from '../../node_modules/ws/lib/websocket.js';
