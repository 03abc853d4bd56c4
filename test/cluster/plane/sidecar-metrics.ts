/**
 * What the sidecar of a pod tells Prometheus, as its reporter "destination". Stock Envoy lacks Istio's stats filter, so the
 * sample servers count in its place.
 *
 * @see https://istio.io/latest/docs/reference/config/metrics/
 */

/** Upper bounds of buckets in milliseconds, as Envoy has them. */
const BOUNDS = [0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000];

/** Grows with every answer. */
export interface Counters {
  /** By status. */
  readonly byCode: Map<number, { requests: number; sum: number; readonly within: number[] }>;
}

export function noCounters(): Counters {
  return { byCode: new Map() };
}

export function count({ byCode }: Counters, status: number, milliseconds: number): void {
  const known = byCode.get(status) ?? { requests: 0, sum: 0, within: BOUNDS.map(() => 0) };
  byCode.set(status, known);
  known.requests += 1;
  known.sum += milliseconds;
  BOUNDS.forEach((bound, index) => {
    if (milliseconds <= bound) known.within[index] = (known.within[index] ?? 0) + 1;
  });
}

export interface Workload {
  readonly namespace: string;
  readonly app: string;
  readonly build: string;
}

/** In Prometheus' text format. A status that was never answered has no series. */
export function textOf({ byCode }: Counters, { namespace, app, build }: Workload): string {
  const labels = (code: number) => ({
    reporter: 'destination',
    source_workload: 'istio-ingressgateway',
    source_canonical_service: 'istio-ingressgateway',
    source_canonical_revision: 'latest',
    source_workload_namespace: 'istio-system',
    source_principal: 'unknown',
    source_app: 'istio-ingressgateway',
    source_version: 'unknown',
    source_cluster: 'Kubernetes',
    destination_workload: `${app}-${build}`,
    destination_workload_namespace: namespace,
    destination_principal: 'unknown',
    destination_app: app,
    // Of the label `version`, which these pods don't have.
    destination_version: 'latest',
    destination_service: `${app}.${namespace}.svc.cluster.local`,
    destination_canonical_service: app,
    destination_canonical_revision: 'latest',
    destination_service_name: app,
    destination_service_namespace: namespace,
    destination_cluster: 'Kubernetes',
    request_protocol: 'http',
    response_code: String(code),
    grpc_response_status: '',
    response_flags: '-',
    connection_security_policy: 'none',
  });
  const series = (name: string, of: Readonly<Record<string, string>>, value: number): string =>
    `${name}{${Object.entries(of)
      .map(([label, text]) => `${label}="${text}"`)
      .join(',')}} ${value}`;
  const all = [...byCode];
  const duration = 'istio_request_duration_milliseconds';
  return [
    '# TYPE istio_requests_total counter',
    ...all.map(([code, { requests }]) => series('istio_requests_total', labels(code), requests)),
    `# TYPE ${duration} histogram`,
    ...all.flatMap(([code, { requests, sum, within }]) => [
      ...BOUNDS.map((bound, index) =>
        series(`${duration}_bucket`, { ...labels(code), le: String(bound) }, within[index] ?? 0),
      ),
      series(`${duration}_bucket`, { ...labels(code), le: '+Inf' }, requests),
      series(`${duration}_sum`, labels(code), sum),
      series(`${duration}_count`, labels(code), requests),
    ]),
    '',
  ].join('\n');
}
