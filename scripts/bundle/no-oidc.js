/**
 * In the bundle, in place of `openid-client`, by which the Kubernetes client renews tokens of an identity provider. Here
 * that is done by `src/stores/kubernetes/oidc.ts`, and the client never sees such a user (`connection.ts`).
 */
function absent() {
  throw new Error('There is no openid-client in this bundle: see scripts/bundle/no-oidc.js.');
}

export const customFetch = Symbol('absent');
export const discovery = absent;
export const refreshTokenGrant = absent;
