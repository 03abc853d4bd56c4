import type { HttpRequest } from '../istio/requests/request.ts';
import { commandLine } from '../base/shell.ts';

/** A header's name, as HTTP has it: what else could stand there would be an option of curl, or a file to read. */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

/** Visible ASCII without blanks: what else is in a URL would have to be encoded first. */
const URL_TEXT = /^[\x21-\x7e]+$/;

/**
 * The `curl` that sends a request, as one line to paste; null where no such line does.
 *
 * @param scheme null: nobody knows whether the gateway serves http or https, so the line names none
 * @param port what the request is sent to; undefined: the scheme's own
 */
export function curlOf(request: HttpRequest, scheme: 'http' | 'https' | null, port?: number): string | null {
  const { method, authority, path, headers } = request;
  const names = Object.keys(headers);
  const target = `${authority}${port === undefined ? '' : `:${port}`}${path}`;
  if (!URL_TEXT.test(target) || /[*@]/.test(authority) || authority.startsWith('-')) return null;
  // `:path` and the like are no headers that curl could send.
  if (!names.every((name) => TOKEN.test(name))) return null;
  // A blank at the end would be cut by curl.
  if (!Object.values(headers).every((value) => /^[\x20-\x7e]*$/.test(value) && value === value.trim()))
    return null;
  return commandLine([
    'curl',
    // Brackets and braces are patterns to curl, and `..` is resolved.
    ...(/[[\]{}]/.test(target) ? ['--globoff'] : []),
    ...(/\/\.{1,2}(?:[/?]|$)/.test(path) ? ['--path-as-is'] : []),
    ...methodFlags(method),
    // Without a value curl drops a header, unless it ends in a semicolon.
    ...Object.entries(headers).flatMap(([name, value]) => [
      '--header',
      value === '' ? `${name};` : `${name}: ${value}`,
    ]),
    scheme === null ? target : `${scheme}://${target}`,
  ]);
}

function methodFlags(method: string): readonly string[] {
  if (method === 'GET') return [];
  return method === 'HEAD' ? ['--head'] : ['--request', method];
}
