/** The way of a request through several services, and the headers that these pass on. */
import { isToken } from './match-line.ts';
import { all, bad, good, quote, withPlace, type Parsed } from './parsed.ts';
import { parseRequest } from './request-lines.ts';
import type { CalledService } from './types.ts';

/** Services on one way: more than any request goes through, and each may double the work. */
const MOST_SERVICES = 20;

/**
 * Services in the order in which they call each other. A service alone stands for any request to it; with a method or a
 * path it is that one request.
 *
 * @example parseFollow('api.shop -> POST http://orders.shop:8080/v1/orders')
 */
export function parseFollow(text: string): Parsed<readonly CalledService[]> {
  const parts = text.split(/->|→/).map((part) => part.trim());
  if (parts.length < 2) return bad('it names one service only: write the services in order, with -> between');
  if (parts.length > MOST_SERVICES) return bad(`it names ${parts.length} services: ${MOST_SERVICES} at most`);
  return all(parts.map((part, index) => withPlace(`service ${index + 1}`, parseService(part))));
}

function parseService(part: string): Parsed<CalledService> {
  if (part === '') return bad('there is no service between two arrows');
  const parsed = parseRequest(part.replace(/^((?:\S+\s+)?)(?!\S*:\/\/)(\S+)$/, '$1http://$2'));
  if (!parsed.ok) return parsed;
  const isAlone = /^(?:\w+:\/\/)?[^/?\s]+$/.test(part);
  return good({ text: part, request: parsed.value, isAnyRequest: isAlone });
}

/**
 * Names of headers, in lower case, each once.
 *
 * @example parsePropagate('baggage, X-Preview') // ['baggage', 'x-preview']
 */
export function parsePropagate(text: string): Parsed<readonly string[]> {
  const names = text.split(/[\s,]+/).filter((name) => name !== '');
  if (names.length === 0) return bad('it names no header (a variable that is not set?)');
  const parsed = all(
    names.map((name) =>
      isToken(name) ? good(name.toLowerCase()) : bad(`${quote(name)} can't be the name of a header`),
    ),
  );
  return parsed.ok ? good([...new Set(parsed.value)]) : parsed;
}
