/**
 * In the bundle, in place of `@actions/http-client`. `@actions/core` loads that one to ask for OIDC tokens, and with
 * it undici, which is more than half of what Node would have to read at every start. Here tokens are asked for without it
 * (`src/stores/kubernetes/github-token.ts`).
 * `@actions/github` only asks for its agents, while it is loaded.
 */
export class HttpClient {
  getAgent() {
    return undefined;
  }

  getAgentDispatcher() {
    return undefined;
  }

  getJson() {
    throw new Error('There is no HTTP client of @actions in this bundle: see scripts/bundle/no-http.js.');
  }
}

export const BearerCredentialHandler = undefined;
