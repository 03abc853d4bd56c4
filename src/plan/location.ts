import type { RedirectTo } from '../istio/requests/answer.ts';
import { targetOf, type HttpRequest } from '../istio/requests/request.ts';

/**
 * As Envoy writes `location`. Istio leaves out a port that is the scheme's own; Envoy appends one to the authority
 * whatever that ends in, and takes away only the request's own.
 *
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/networking/core/route/route.go ApplyRedirect
 * @see https://github.com/envoyproxy/envoy/blob/main/source/common/router/config_impl.cc newUri
 */
export function locationOf(to: RedirectTo, request: HttpRequest): string {
  const scheme = to.scheme ?? request.scheme;
  const asked = to.keepsPort === true ? request.port : to.port;
  const port = asked === undefined || asked === standardPort(scheme) ? '' : `:${asked}`;
  const [own] = /:\d+$/.exec(request.authority) ?? [];
  const losesOwn = port !== '' || (scheme !== request.scheme && own === `:${standardPort(request.scheme)}`);
  const bare = losesOwn ? request.authority.replace(/:\d+$/, '') : request.authority;
  const start = request.path.indexOf('?');
  const query = start === -1 || (to.uri?.includes('?') ?? false) ? '' : request.path.slice(start);
  return `${scheme}://${to.authority ?? bare}${port}${to.uri ?? targetOf(request).path}${query}`;
}

function standardPort(scheme: string): number {
  return scheme === 'https' ? 443 : 80;
}
