/**
 * In the bundle, in place of `@octokit/plugin-rest-endpoint-methods`, a table of all that GitHub's API can do. Here each
 * request names its path (`src/github/client.ts`).
 */
export const restEndpointMethods = () => ({});
