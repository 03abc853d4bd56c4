import type { JsonObject } from '../../../src/base/json.ts';

/** An HTTP answer, word for word. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: JsonObject;
  /** In place of `body`: text that is no JSON. */
  readonly raw?: string | Buffer;
  /** In place of `body`: this over and over, until the client goes away. */
  readonly endless?: string;
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

function status(
  code: number,
  message: string = REASONS[code] ?? 'Unknown',
  headers?: Reply['headers'],
): Reply {
  const body = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason: REASONS[code] ?? 'Unknown',
    code,
  };
  return { status: code, body, ...(headers === undefined ? {} : { headers }) };
}

/** Refusals in the words of a real API server. */
export const answers = {
  status,
  unauthorized: status(401, 'Unauthorized'),
  conflict: status(
    409,
    'Operation cannot be fulfilled on virtualservices.networking.istio.io "api": the object has been modified; please apply your changes to the latest version and try again',
  ),
  stale: (plural: string, group: string, name: string) =>
    status(
      409,
      `Operation cannot be fulfilled on ${plural}.${group} "${name}": the object has been modified; please apply your changes to the latest version and try again`,
    ),
  absent: (plural: string, group: string, name: string) =>
    status(404, `${group === '' ? plural : `${plural}.${group}`} "${name}" not found`),
  forbidden: (user: string, verb: string, plural: string, group: string, namespace: string) =>
    status(
      403,
      `${plural}${group === '' ? '' : `.${group}`} is forbidden: User "${user}" cannot ${verb} resource "${plural}" in API group "${group}" in the namespace "${namespace}"`,
    ),
  /** Istio's webhook sets no code, so the server makes it 400. */
  denied: (words: string, code = 400) =>
    status(
      code,
      `admission webhook "rev.validation.istio.io" denied the request: configuration is invalid: ${words}`,
    ),
  noDryRun: status(400, 'admission webhook "audit.example.com" does not support dry run'),
  busy: (seconds: number) =>
    status(429, 'the server has received too many requests and has asked us to try again later', {
      'retry-after': String(seconds),
    }),
  /** What a path that no API is served at gets: no Status. */
  unknownPath: {
    status: 404,
    headers: { 'content-type': 'text/plain; charset=utf-8' },
    raw: '404 page not found\n',
  } satisfies Reply,
  /** A success with this for a body, and it says that it is JSON. */
  json: (raw: string): Reply => ({ status: 200, raw }),
  loginPage: {
    status: 200,
    headers: { 'content-type': 'text/html' },
    raw: '<html>Please log in</html>',
  } satisfies Reply,
};
