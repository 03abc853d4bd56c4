import { SECRETS } from './cluster.ts';
import type { Ended } from './processes.ts';
import type { Recorded } from '../api-server/server.ts';

export interface Seen extends Ended {
  readonly requests: readonly Recorded[];
}

/** The length of what counts as a part of a secret: shorter ones could be words. */
const PART = 12;

/**
 * Which parts of the secrets can be seen anywhere: in what was printed (but for the lines that have them masked),
 * handed to later steps or to the post step, seen by everybody on the machine in the list of processes, or sent to the server outside the
 * header that it belongs to.
 */
export function leaksOf(
  { args, stdout, stderr, outputs, summary, state, requests }: Seen,
  secrets: readonly string[] = SECRETS,
): string[] {
  const seen = [
    stdout.replaceAll(/^::add-mask::.*$/gm, ''),
    stderr,
    summary,
    JSON.stringify(args),
    JSON.stringify([outputs, state]),
    JSON.stringify(requests.map(({ path, query, userAgent, body }) => [path, query, userAgent, body])),
  ].join('\n');
  return [...new Set(secrets.flatMap(formsOf).flatMap(partsOf))].filter((part) => seen.includes(part));
}

/** Raw, and the base64 of texts that it stands in: three ways, by where it begins. */
function formsOf(secret: string): string[] {
  const within = [0, 1, 2].map((at) =>
    Buffer.from(' '.repeat(at) + secret)
      .toString('base64')
      .slice(at === 0 ? 0 : at + 1)
      .replace(/.{0,2}=*$/, ''),
  );
  return [secret, ...within];
}

function partsOf(text: string): string[] {
  if (text.length <= PART) return [text];
  return Array.from({ length: text.length - PART + 1 }, (_, at) => text.slice(at, at + PART));
}
