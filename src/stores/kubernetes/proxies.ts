/** The way to istiod and the proxies: through port-forwards of the API server, by the rights of whoever runs this. */
import { throwIfCancelled } from '../../base/cancel.ts';
import { toTrafficError, TrafficError } from '../../base/errors.ts';
import { field, textIn, type JsonObject } from '../../base/json.ts';
import { formatLabels, hasLabels } from '../../istio/labels.ts';
import type { Labels } from '../../istio/types.ts';
import type { MeshPod, MissingRight, Proxies } from '../../ports/proxies.ts';
import { isObjectName } from './asked-for.ts';
import type { Attempts } from './calls.ts';
import { idleForwards, type IdleForwards } from './idle-forwards.ts';
import { networkFault } from './network.ts';
import { allItems } from './pages.ts';
import { getOver, type PodResponse } from './pod-http.ts';
import type { Forward } from './port-forward.ts';
import { podView } from './pods.ts';
import { callWords, isDenial, serverRedirect, refusal, statusWords } from './refusals.ts';
import { review } from './review.ts';
import type { About, HttpResponse, UpgradingWire, Wire } from './wire.ts';

/** Milliseconds that one request to a pod may take, the way there included: a dump has megabytes. */
const FORWARD_PATIENCE = 20_000;

/** Both verbs: a WebSocket begins with GET, and since 1.35 the API server wants `create` as well. */
const RIGHTS = [
  { group: '', resource: 'pods', subresource: '', verb: 'list' },
  { group: '', resource: 'pods', subresource: 'portforward', verb: 'get' },
  { group: '', resource: 'pods', subresource: 'portforward', verb: 'create' },
] as const;

/** @param attempts how to call the API server, for an action that begins now */
export function proxiesThrough(wire: UpgradingWire, attempts: () => Attempts): Proxies {
  const forwards = idleForwards(attempts().time);
  return {
    rights: async (namespaces) => {
      // A run looks rights up because it will soon use them: this is loaded while the answers are on their way.
      void import('./port-forward.ts');
      const missing = await Promise.all([...new Set(namespaces)].map((one) => missingIn(one, attempts())));
      return missing.flat();
    },
    pods: (namespace, wanted) => podsWith(namespace, wanted, attempts()),
    get: (pod, port, path, signal) => getThrough(wire, forwards, { pod, port, path, signal }, attempts()),
  };
}

async function missingIn(namespace: string, attempts: Attempts): Promise<readonly MissingRight[]> {
  const about = ['authorization.k8s.io/v1', 'SelfSubjectAccessReview', namespace] as const;
  try {
    const missing = await Promise.all(
      RIGHTS.map(async (right): Promise<readonly MissingRight[]> => {
        const { verb, resource, subresource } = right;
        const status = await review(...about, { resourceAttributes: { namespace, ...right } }, attempts);
        if (field(status, 'allowed') === true) return [];
        return [{ namespace, verb, resource: subresource === '' ? resource : `${resource}/${subresource}` }];
      }),
    );
    return missing.flat();
  } catch (thrown) {
    if (!(thrown instanceof TrafficError && thrown.reason === 'forbidden')) throw thrown;
    // A cluster that lets nobody ask. Without an answer there is no right that could be relied on.
    return [{ namespace, verb: 'create', resource: 'selfsubjectaccessreviews' }];
  }
}

async function podsWith(namespace: string, wanted: Labels, attempts: Attempts): Promise<readonly MeshPod[]> {
  const about: About = { verb: 'list', resource: 'pods', namespace };
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const asked = { apiVersion: 'v1', kind: 'Pod', namespace };
  const listed = await allItems(path, asked, about, attempts, {
    labelSelector: formatLabels(wanted),
  });
  if ('refused' in listed) throw refused(listed.refused, about, attempts.wire);
  return listed.items
    .filter((pod) => !isGoingAway(pod))
    .map(podView)
    .filter(({ labels }) => hasLabels(labels, wanted))
    .map(({ name, ready }) => ({ namespace, name, ready }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** An evicted pod stays listed as Failed until somebody deletes it. */
function isGoingAway(pod: JsonObject): boolean {
  const phase = textIn(field(field(pod, 'status'), 'phase'));
  return (
    phase === 'Succeeded' ||
    phase === 'Failed' ||
    field(field(pod, 'metadata'), 'deletionTimestamp') !== undefined
  );
}

interface PodRequest {
  readonly pod: MeshPod;
  readonly port: number;
  /** With its query. */
  readonly path: string;
  readonly signal: AbortSignal | undefined;
}

/** One try, and a second one where the first is refused with credentials that can be renewed (401). */
async function getThrough(
  wire: UpgradingWire,
  forwards: IdleForwards,
  { pod: { namespace, name }, port, path, signal }: PodRequest,
  { time, signal: cancel }: Attempts,
): Promise<string> {
  const object = `port ${port} of pod ${namespace}/${name}`;
  if (!isObjectName(namespace) || !isObjectName(name))
    throw new TrafficError('not-found', `There can be no ${object}.`);
  const about: About = { verb: 'get', resource: 'pods/portforward', namespace, object };
  const faultOf = (words: string): TrafficError =>
    new TrafficError(
      'unreachable',
      `Nothing can be got from ${object} through the API server ${wire.server}: ${wire.shown(words)}.`,
    );
  const inTime = async <T>(work: (ends: AbortSignal) => Promise<T>): Promise<T> => {
    const limit = time.limit(FORWARD_PATIENCE, `get ${object}`);
    try {
      return await work(AbortSignal.any([limit, cancel, signal].filter((one) => one !== undefined)));
    } catch (thrown) {
      throwIfCancelled(cancel);
      if (limit.aborted || isTimeOut(signal)) {
        const words = `No answer came in time from ${object} through the API server ${wire.server}.`;
        throw new TrafficError('timeout', words);
      }
      throwIfCancelled(signal);
      throw thrown instanceof TrafficError ? thrown : networkFault(thrown, wire).error;
    }
  };
  const ask = async (forward: Forward, ends: AbortSignal): Promise<string> => {
    const answer = await getOver(forward.stream, { port, path, signal: ends, faultOf });
    if (answer.isReusable) forwards.keep(object, forward);
    return bodyIn(answer, `P${object.slice(1)} answers GET ${path} with`, wire);
  };
  const idle = forwards.take(object);
  if (idle !== undefined) {
    try {
      return await inTime((ends) => ask(idle, ends));
    } catch (thrown) {
      // It may have ended meanwhile, as connections do that nobody uses, and a question can be asked twice.
      if (toTrafficError(thrown).reason !== 'unreachable') throw thrown;
    }
  }
  const { openForward } = await import('./port-forward.ts');
  for (let isRenewed = false; ; isRenewed = true) {
    const upgrade = await wire.prepareUpgrade(
      `/api/v1/namespaces/${namespace}/pods/${name}/portforward?ports=${port}`,
    );
    const body = await inTime(async (ends) => {
      const opened = await openForward(upgrade, { port, signal: ends, faultOf });
      if (opened.kind === 'open') return ask(opened.forward, ends);
      const { answer } = opened;
      if (answer.status !== 401 || isRenewed || !upgrade.renew()) throw refused(answer, about, wire);
      return undefined;
    });
    if (body !== undefined) return body;
  }
}

function isTimeOut(signal: AbortSignal | undefined): boolean {
  return signal?.reason instanceof DOMException && signal.reason.name === 'TimeoutError';
}

function bodyIn({ status, text: body, tooMuch }: PodResponse, answers: string, wire: UpgradingWire): string {
  if (status === 200 && tooMuch === undefined) return body;
  if (status === 200) throw new TrafficError('unreachable', `${answers} ${tooMuch}.`);
  const [line = ''] = wire.shown(body.slice(0, 300)).trim().split('\n');
  throw new TrafficError('rejected', `${answers} status ${status}${line === '' ? '.' : `: ${line}`}`);
}

/** What the API server, or what stands before it, answers in place of a list or of a port-forward. */
function refused(answer: HttpResponse, about: About, wire: Wire): TrafficError {
  const said = wire.shown(statusWords(answer)) || `status ${answer.status}`;
  const { namespace, verb, resource, object } = about;
  const what = object === undefined ? `${verb} ${resource}` : `a port-forward to ${object}`;
  if (isDenial(answer.status, said)) return refusal(answer, about, wire);
  if (answer.status === 403) {
    return new TrafficError(
      'forbidden',
      `Not allowed in namespace "${namespace}" of ${wire.server}: ${what} (${said}). To ask the proxies ` +
        'there, a Role needs the verb list on pods, and get and create on pods/portforward.',
    );
  }
  const isOwn = answer.status === 401 || answer.status === 404 || answer.status >= 500;
  if (isOwn || serverRedirect(answer, wire) !== undefined || answer.status === 408 || answer.status === 429)
    return refusal(answer, about, wire);
  return new TrafficError(
    'unreachable',
    `The API server ${wire.server} can't ${callWords(about)} (${answer.status}): ${said}`,
  );
}
