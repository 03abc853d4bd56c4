/**
 * A stand-in for GitHub's API: comments, deployments and pull requests, in memory, with every request recorded. Of
 * repositories, it knows pull requests apart, and everything else is of one.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isObject, type Json, type JsonObject } from '../../src/base/json.ts';

export interface GitHubComment {
  readonly id: number;
  /** Of the pull request; absent: of every one. */
  readonly issue?: string;
  body: string;
  readonly user: { readonly login: string; readonly type: 'Bot' | 'User' };
}

export interface GitHubDeployment {
  readonly id: number;
  readonly asked: JsonObject;
  /** The newest first. */
  readonly statuses: JsonObject[];
}

interface Fault {
  readonly status: number;
  readonly message?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface GitHubApi extends AsyncDisposable {
  readonly url: string;
  /** `METHOD /path?query`, in order. */
  readonly calls: string[];
  readonly comments: GitHubComment[];
  readonly deployments: GitHubDeployment[];
  /** Numbers of the open pull requests, by repository; one that is not here is out of sight. */
  readonly pulls: Record<string, readonly number[]>;
  /** Answers of the next calls whose method and path match; used up from the front. */
  readonly faults: { readonly pattern: RegExp; readonly fault: Fault }[];
  /** The next calls that match are carried out, and nobody hears of it; used up. */
  readonly lost: RegExp[];
  /** Called after each write to a comment, as another job would. */
  onComment: ((comments: GitHubComment[]) => void) | undefined;
  /** As whom the token is known; null: as the job's own, which may ask GraphQL alone. */
  login: string | null;
  /** Items of a page, whatever is asked for, and with a `Link` to the next one; null: as GitHub. */
  pageSize: number | null;
  /** A proxy or an old server that has no GraphQL. */
  hasGraphql: boolean;
}

const BOT = { login: 'github-actions[bot]', type: 'Bot' } as const;

export async function startGitHub(): Promise<GitHubApi> {
  const server = createServer((request, response) => {
    void answer(api, request, response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  const api: GitHubApi = {
    url: `http://127.0.0.1:${port}`,
    calls: [],
    comments: [],
    deployments: [],
    pulls: {},
    faults: [],
    lost: [],
    onComment: undefined,
    login: null,
    pageSize: null,
    hasGraphql: true,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
  return api;
}

async function answer(api: GitHubApi, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = 'GET', url = '/' } = request;
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk as Uint8Array));
  const text = Buffer.concat(chunks).toString();
  const given = text === '' ? {} : (JSON.parse(text) as Json);
  const call = `${method} ${url}`;
  api.calls.push(call);
  const at = api.faults.findIndex(({ pattern }) => pattern.test(call));
  const [planned] = at < 0 ? [] : api.faults.splice(at, 1);
  const { status, body, headers } =
    planned === undefined
      ? { headers: {}, ...reply(api, method, new URL(url, api.url), isObject(given) ? given : {}) }
      : {
          status: planned.fault.status,
          body: { message: planned.fault.message ?? 'no' },
          headers: planned.fault.headers ?? {},
        };
  const lost = api.lost.findIndex((pattern) => pattern.test(call));
  if (lost >= 0) {
    api.lost.splice(lost, 1);
    response.destroy();
    return;
  }
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(status === 204 ? undefined : JSON.stringify(body));
}

function textIn({ body }: JsonObject): string {
  return typeof body === 'string' ? body : '';
}

function reply(
  api: GitHubApi,
  method: string,
  { pathname, searchParams }: URL,
  given: JsonObject,
): {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
} {
  const author = api.login === null ? BOT : { login: api.login, type: 'User' as const };
  const page = (items: readonly unknown[]): ReturnType<typeof reply> => {
    const size = api.pageSize ?? Number(searchParams.get('per_page') ?? 30);
    const number = Number(searchParams.get('page') ?? 1);
    const from = (number - 1) * size;
    const next = `<${api.url}${pathname}?page=${number + 1}>; rel="next",<${api.url}${pathname}?page=9>; rel="last"`;
    return {
      status: 200,
      body: items.slice(from, from + size),
      ...(api.pageSize !== null && from + size < items.length && { headers: { link: next } }),
    };
  };
  const missing = { status: 404, body: { message: 'Not Found' } };
  if (pathname === '/graphql')
    return api.hasGraphql ? { status: 200, body: { data: { viewer: { login: author.login } } } } : missing;
  if (pathname === '/user')
    return api.login === null
      ? { status: 403, body: { message: 'Resource not accessible by integration' } }
      : { status: 200, body: { login: api.login, type: 'User' } };
  // /repos/OWNER/NAME/KIND/FIRST/SECOND
  const [kind, first, second] = pathname.split('/').slice(4);
  if (kind === 'pulls') {
    const open = api.pulls[pathname.split('/').slice(2, 4).join('/')];
    return open === undefined ? missing : page(open.map((number) => ({ number })));
  }
  if (kind === 'issues' && second === 'comments') {
    const issue = first ?? '';
    if (method === 'GET') return page(api.comments.filter((one) => (one.issue ?? issue) === issue));
    const comment = { id: 1_000 + api.calls.length, issue, body: textIn(given), user: author };
    api.comments.push(comment);
    api.onComment?.(api.comments);
    return { status: 201, body: comment };
  }
  if (kind === 'issues' && first === 'comments') {
    const index = api.comments.findIndex(({ id }) => id === Number(second));
    const comment = api.comments[index];
    if (comment === undefined) return missing;
    if (method === 'GET') return { status: 200, body: comment };
    if (comment.user.login !== author.login) return { status: 403, body: { message: 'Forbidden' } };
    if (method === 'DELETE') api.comments.splice(index, 1);
    else comment.body = textIn(given);
    if (method !== 'DELETE') api.onComment?.(api.comments);
    return method === 'DELETE' ? { status: 204, body: null } : { status: 200, body: comment };
  }
  if (kind === 'deployments' && first === undefined) {
    if (method === 'GET') {
      const environment = searchParams.get('environment');
      const some = [...api.deployments].reverse().filter(({ asked }) => asked['environment'] === environment);
      return page(some.map(({ id, asked }) => ({ id, ...asked })));
    }
    const deployment = { id: 500 + api.deployments.length, asked: given, statuses: [] };
    api.deployments.push(deployment);
    return { status: 201, body: { id: deployment.id } };
  }
  if (kind === 'deployments' && second === 'statuses') {
    const deployment = api.deployments.find(({ id }) => id === Number(first));
    if (deployment === undefined) return missing;
    if (method === 'GET') return page(deployment.statuses);
    deployment.statuses.unshift(given);
    return { status: 201, body: given };
  }
  return missing;
}
