/**
 * In the bundle, in place of `@octokit/plugin-paginate-rest`, most of it a table of the lists that GitHub's API has. Here
 * pages are asked for one by one (`src/github/client.ts`).
 */
export const paginateRest = () => ({});
