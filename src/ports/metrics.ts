import type { MetricsAnswer } from '../gates/types.ts';

/** The port to Prometheus' instant API. */
export interface Metrics {
  /** For messages: `Service istio-system/prometheus:9090, through the API server`. */
  readonly place: string;
  /** One instant query, asked once. Never throws, but where `signal` is aborted. */
  readonly query: (promql: string, signal?: AbortSignal) => Promise<MetricsAnswer>;
}
