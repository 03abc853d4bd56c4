import { TrafficError, withSentence } from '../../base/errors.ts';
import { field, isObject, parseJson, textIn } from '../../base/json.ts';
import { shownRedirect } from '../../base/redirect.ts';
import type { KnownUser } from '../../doctor/types.ts';
import { roleYaml } from './role.ts';
import type { About, HttpResponse, Wire } from './wire.ts';

/**
 * What an answer of the API server other than success means, in the server's own words: a webhook's denial is
 * shown whole, because it alone says what to mend.
 *
 * @param answer with a status of 300 or more
 * @see https://github.com/kubernetes/community/blob/master/contributors/devel/sig-architecture/api-conventions.md#response-status-kind
 */
export function refusal(answer: HttpResponse, about: About, wire: Wire): TrafficError {
  const words = wire.shown(statusWords(answer));
  const said = words === '' ? `status ${answer.status}` : words;
  const what = callWords(about);
  const server = `The API server ${wire.server}`;
  if (answer.status === 401) {
    return new TrafficError(
      'unauthorized',
      wire.refused?.(answer) ??
        `${server} doesn't accept the credentials of ${wire.who} (401 Unauthorized). The token or certificate is ` +
          'wrong, expired or of another cluster: renew it in the kubeconfig.',
    );
  }
  const target = serverRedirect(answer, wire);
  if (target !== undefined) {
    return new TrafficError(
      'unreachable',
      `What answers at ${wire.server} redirects to ${target} when asked to ${what} (${answer.status}). ` +
        'A Kubernetes API server answers itself, so the redirect is not followed: the credentials would go there. ' +
        `Check ${wire.terms.address}, and whether a login or a proxy in between has to come first.`,
    );
  }
  if (isDenial(answer.status, words)) {
    return new TrafficError('rejected', `${server} refuses to ${what} (${answer.status}): ${said}`);
  }
  if (isTooLarge(answer)) {
    const advice = isStatus(answer)
      ? 'A cluster stores about 1.5 MiB of one object, its annotations and managed fields included: make it smaller.'
      : 'That is no answer of Kubernetes: a proxy in between takes smaller requests only, so raise its limit (nginx calls it client_max_body_size).';
    const quoted = words === '' ? '' : `: ${words}`;
    const refused = `${server} refuses to ${what}, because it is too large (${answer.status})${quoted}`;
    return new TrafficError('rejected', withSentence(refused, advice));
  }
  switch (answer.status) {
    case 403:
      return forbidden([{ about, words: said, isOfServer: isStatus(answer) }], wire);
    case 404:
      return new TrafficError('not-found', `${server} can't ${what} (404): ${said}`);
    case 409:
      return new TrafficError(
        'conflict',
        `${about.object ?? what} was ${about.verb === 'create' ? 'created' : 'changed'} by somebody else meanwhile (409): ${said}`,
      );
    case 429:
      return new TrafficError('unreachable', `${server} has too much to do to ${what} (429): ${said}`);
    case 408:
    case 504:
      return new TrafficError('timeout', `${server} took too long to ${what} (${answer.status}): ${said}`);
    default:
      if (answer.status >= 500) {
        const failed = `${server} failed to ${what} (${answer.status}): ${said}`;
        const advice = silentWebhook(words);
        return new TrafficError('unreachable', advice === '' ? failed : withSentence(failed, advice));
      }
      return new TrafficError('rejected', `${server} refuses to ${what} (${answer.status}): ${said}`);
  }
}

/**
 * Is the request too large? The next try would be as large. An API server or a proxy before it says 413. What etcd
 * refuses, the server calls a fault of its own; a rehearsal stores nothing, so that etcd isn't asked by it.
 *
 * @see https://github.com/etcd-io/etcd/blob/main/api/v3rpc/rpctypes/error.go ErrGRPCRequestTooLarge
 */
export function isTooLarge(answer: HttpResponse): boolean {
  if (answer.status === 413) return true;
  return (
    answer.status >= 500 &&
    /request is too large|trying to send message larger than max/.test(statusWords(answer))
  );
}

/** Where what answers instead of an API server redirects to; undefined: nowhere. */
export function serverRedirect({ status, headers }: HttpResponse, wire: Wire): string | undefined {
  const target = shownRedirect(status, headers['location'], wire.server);
  return target === undefined ? undefined : wire.shown(target);
}

/** What was refused for want of a right, in the server's words. */
export interface RefusedRight {
  readonly about: About;
  readonly words: string;
  /** False: what answered is no API server by the form of its answer. */
  readonly isOfServer?: boolean;
}

/** A 403 or several. The store adds as whom the server knows us, which has to be asked for. */
export class ForbiddenError extends TrafficError {
  readonly refused: readonly RefusedRight[];

  constructor(refused: readonly RefusedRight[], message: string) {
    super('forbidden', message);
    this.refused = refused;
  }
}

/**
 * One 403 or several, with the Role that would mend them all.
 *
 * @param known as whom the server knows us; absent: not known
 */
export function forbidden(refused: readonly RefusedRight[], wire: Wire, known?: KnownUser): ForbiddenError {
  const namespace = refused[0]?.about.namespace ?? 'default';
  const each = refused.map(({ about, words }) => `${about.verb} ${about.resource} (${words})`).join('; ');
  const user =
    known?.user ??
    refused.map(({ words }) => /User "([^"]+)"/.exec(words)?.[1]).find((found) => found !== undefined);
  const isCreating = refused.some(({ about: { verb } }) => verb === 'create' || verb === 'delete');
  const anonymous =
    user === 'system:anonymous'
      ? ` The server took the request for an anonymous one: ${wire.who} sent no credentials that it knows.`
      : known === undefined
        ? ''
        : ` ${knownAs(known, wire)}`;
  const isElsewhere = refused.some(({ isOfServer }) => isOfServer === false);
  const doubt = isElsewhere
    ? ' That is no answer of Kubernetes: if a firewall or a proxy in between gave it, ask those who run it, because no Role helps.'
    : '';
  return new ForbiddenError(
    refused,
    `Not allowed in namespace "${namespace}" of ${wire.server}: ${each}.${doubt}${anonymous} ` +
      `Grant it with this Role (kubectl apply -f -):\n\n${roleYaml(namespace, user, isCreating).trimEnd()}`,
  );
}

function knownAs({ user, groups }: KnownUser, wire: Wire): string {
  const of = groups.length === 0 ? '' : ` (${groups.length === 1 ? 'group' : 'groups'} ${groups.join(', ')})`;
  return wire.shown(`The API server knows you as "${user}"${of}.`);
}

/** An answer of status 200 that is no object of Kubernetes: a login page, another server, a proxy's greeting. */
function nonsense(answer: HttpResponse, wire: Wire): TrafficError {
  const type = wire.shown(answer.headers['content-type'] ?? 'no content type');
  return new TrafficError(
    'unreachable',
    `What answers at ${wire.server} is no Kubernetes API server (status ${answer.status}, ${type}). ` +
      `Check ${wire.terms.address}, and the proxy in between.`,
  );
}

/**
 * A success that can't be used: larger than what we are ready to hold, no Kubernetes object, or another one than was
 * asked for.
 *
 * @param other what it is instead, where it is an object
 */
export function unusable(answer: HttpResponse, about: About, wire: Wire, other?: string): TrafficError {
  if (answer.tooMuch !== undefined) {
    return new TrafficError(
      'unreachable',
      `The API server ${wire.server} answered with ${answer.tooMuch} when asked to ${callWords(about)}. ` +
        `Check ${wire.terms.address}, and the proxy in between.`,
    );
  }
  if (other === undefined || !isObject(json(answer))) return nonsense(answer, wire);
  return new TrafficError(
    'unreachable',
    `The API server ${wire.server} was asked to ${callWords(about)}, and answered with ${wire.shown(other)}. ` +
      `Check ${wire.terms.address}, and the proxy in between.`,
  );
}

/** `list virtualservices in namespace "shop"`, `update VirtualService shop/api`. */
export function callWords(about: About): string {
  return about.object === undefined
    ? `${about.verb} ${about.resource} in namespace "${about.namespace}"`
    : `${about.verb} ${about.object}`;
}

/** The Status' own message; the text itself where it is a plain sentence (`404 page not found`). */
export function statusWords(answer: HttpResponse): string {
  const status = json(answer);
  const message = textIn(field(status, 'message')).trim();
  if (message !== '' || isObject(status)) return message;
  const plain = (answer.headers['content-type'] ?? '').startsWith('text/plain');
  return plain ? answer.text.trim().slice(0, 500) : '';
}

/** Is it a refusal of an API server itself? What stands before it may refuse when the server has done it already. */
export function isStatus(answer: HttpResponse): boolean {
  return textIn(field(json(answer), 'kind')) === 'Status';
}

/** A list may be megabytes, and more than one place asks what is in it. */
const parsed = new WeakMap<HttpResponse, unknown>();

/** The body as JSON; undefined where it is none. */
export function json(answer: HttpResponse): unknown {
  if (!parsed.has(answer)) parsed.set(answer, parseJson(answer.text));
  return parsed.get(answer);
}

/** A success that says it is JSON and isn't: a gateway in between passed on a part of it as the whole. */
export function isCutOff(answer: HttpResponse): boolean {
  const isJson = (answer.headers['content-type'] ?? '').startsWith('application/json');
  return answer.status < 300 && answer.tooMuch === undefined && isJson && json(answer) === undefined;
}

/**
 * What to do where the server could not ask an admission webhook that it must ask: the object can't be changed by
 * anybody until then. Empty: nothing is said of a webhook.
 *
 * @see https://github.com/kubernetes/apiserver/blob/master/pkg/admission/plugin/webhook/errors.go ErrCallingWebhook
 */
function silentWebhook(words: string): string {
  const [, name = ''] = /failed calling webhook "([^"]+)"/.exec(words) ?? [];
  if (name === '') return '';
  const pods = name.endsWith('.istio.io')
    ? 'It is istiod: look whether its pods run (kubectl get pods --all-namespaces --selector app=istiod).'
    : 'Look whether its pods run (kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations names its service).';
  return `The admission webhook ${name} gives no answer, and until it does nobody can change the object. ${pods}`;
}

/**
 * Admission's no, not authorization's, though both may come as 403: a Role would not help.
 *
 * @see https://github.com/kubernetes/apiserver/blob/master/pkg/admission/plugin/webhook/errors/statuserror.go
 */
export function isDenial(status: number, words: string): boolean {
  return (
    status >= 400 &&
    status < 500 &&
    /denied (the )?request|admission webhook|being terminated|exceeded quota|violates /.test(words)
  );
}
