import { throwIfCancelled } from '../../base/cancel.ts';
import { toTrafficError } from '../../base/errors.ts';
import { metricsAnswer, type MetricsAnswer } from '../../gates/index.ts';
import type { MetricsPlace } from '../../intent/metrics.ts';
import type { Metrics } from '../../ports/metrics.ts';
import { callUntilSettled, RetriesExhausted, type Attempts, type TimeLimits } from './calls.ts';
import { isStatus, serverRedirect, refusal, statusWords } from './refusals.ts';
import { proxyRoleYaml } from './role.ts';
import type { About, HttpResponse, Wire } from './wire.ts';

type ServicePlace = Extract<MetricsPlace, { kind: 'service' }>;

/** The next tick asks again: nobody waits half a minute for this one. */
export const METRICS_PATIENCE: TimeLimits = { perTry: 5_000, total: 6_000, unreached: 3_000 };

/**
 * Prometheus behind a Service, asked through the API server's proxy: nothing of it is exposed, and the only right that is
 * needed is `get` on `services/proxy` of this one Service.
 *
 * @param headers for Prometheus, such as `x-scope-orgid`; the API server keeps `authorization` for itself
 * @param namespace where the place names none
 * @see https://kubernetes.io/docs/tasks/access-application-cluster/access-cluster-services/#manually-constructing-apiserver-proxy-urls
 */
export function serviceMetrics(
  place: ServicePlace,
  headers: Readonly<Record<string, string>>,
  namespace: string,
  attempts: () => Attempts,
): Metrics {
  const of = place.namespace ?? namespace;
  // The API server checks the right for this very text.
  const resource = `${place.scheme === 'https' ? 'https:' : ''}${place.name}:${place.port}`;
  const title = `Service ${of}/${place.name}:${place.port}`;
  const about: About = { verb: 'get', resource: 'services/proxy', namespace: of, object: title };
  const path = `/api/v1/namespaces/${of}/services/${resource}/proxy${place.path}/api/v1/query`;
  return {
    place: `${title}, through the API server`,
    async query(promql, signal) {
      const asking = { ...attempts(), ...(signal === undefined ? {} : { signal }) };
      try {
        const call = { method: 'GET', path, query: { query: promql }, headers, isList: true } as const;
        const { answer } = await callUntilSettled(call, about, asking);
        return isOfServer(answer)
          ? refused(answer, { about, of, resource, wire: asking.wire })
          : metricsAnswer({ ...answer, redirect: serverRedirect(answer, asking.wire) });
      } catch (thrown) {
        throwIfCancelled(signal);
        const { reason, message } = toTrafficError(thrown);
        const isLate = thrown instanceof RetriesExhausted && reason === 'timeout';
        return {
          kind: 'none',
          reason: reason === 'unauthorized' ? reason : isLate ? 'timeout' : 'unreachable',
          why: message,
        };
      }
    },
  };
}

/** Is it a refusal of the API server itself, and not of Prometheus behind it? */
function isOfServer(answer: HttpResponse): boolean {
  return answer.status >= 400 && isStatus(answer);
}

interface Refused {
  readonly about: About;
  readonly of: string;
  readonly resource: string;
  readonly wire: Wire;
}

function refused(answer: HttpResponse, { about, of, resource, wire }: Refused): MetricsAnswer {
  const words = wire.shown(statusWords(answer));
  if (answer.status === 403) {
    const user = /User "([^"]+)"/.exec(words)?.[1];
    const why =
      `the API server does not allow it (${words}). Grant it with this Role (kubectl apply -f -):\n\n` +
      proxyRoleYaml(of, resource, user).trimEnd();
    return { kind: 'none', reason: 'forbidden', why };
  }
  const { reason, message } = refusal(answer, about, wire);
  const known =
    reason === 'unauthorized' || reason === 'not-found' || reason === 'timeout' ? reason : 'unreachable';
  return { kind: 'none', reason: known, why: message };
}
