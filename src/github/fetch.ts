/** How requests to GitHub are sent. */
import { proxyFor } from '../net/proxy.ts';
import { sendRequest } from '../net/send-request.ts';

/** Bytes of an answer: a page of a list has a hundred items of some kilobytes. */
const LARGEST_ANSWER = 16 * 1024 * 1024;

/** What octokit gives its `fetch`. */
interface OctokitRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

/**
 * `fetch`, as far as octokit needs it: through the proxy of the environment, and no redirect is followed. Node's own knows
 * a proxy where the process was started for it alone.
 *
 * @throws TooLargeAnswer; Error with the code of Node: there was no answer
 */
export async function fetchFromGithub(
  address: string,
  { method, headers, body, signal }: OctokitRequest,
): Promise<Response> {
  const url = new URL(address);
  const proxy = proxyFor(url, process.env);
  const answer = await sendRequest(url, {
    method,
    headers,
    ...(body !== undefined && { body }),
    ...(proxy !== undefined && { proxy }),
    signal,
    largest: LARGEST_ANSWER,
  });
  return new Response(BODILESS.includes(answer.status) ? null : answer.body, {
    status: answer.status,
    headers: answer.headers,
  });
}

/** Statuses of answers that can't have a body. */
const BODILESS = [204, 205, 304];
