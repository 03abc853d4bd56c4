import type { HttpRequest } from '../istio/requests/request.ts';

/** @example 'GET http://shop.example.com/v2 with x-cid: seu_madruga' */
export function requestWords({ method, scheme, authority, path, headers, ...from }: HttpRequest): string {
  const texts = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const labels = Object.entries(from.sourceLabels).map(([key, value]) => `${key}=${value}`);
  const isUsual = from.port === undefined || from.port === 80 || (scheme === 'https' && from.port === 443);
  return [
    `${method} ${scheme}://${authority}${isUsual ? '' : `:${from.port}`}${path}`,
    ...(texts.length === 0 ? [] : [`with ${texts.join(', ')}`]),
    ...(from.gateway === 'mesh' ? [] : [`by gateway ${from.gateway}`]),
    ...(labels.length === 0 ? [] : [`from pods ${labels.join(',')}`]),
    ...(from.sourceNamespace === undefined ? [] : [`from namespace ${from.sourceNamespace}`]),
  ].join(' ');
}
