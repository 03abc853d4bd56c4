import type { MetricsAnswer } from '../gates/types.ts';

/** The port to Prometheus' instant API. */
export interface Metrics {
  /** For messages: `Service istio-system/prometheus:9090, through the API server`. */
  readonly place: string;
  /** One instant query. Never throws, but when `signal` aborts. */
  query(promql: string, signal?: AbortSignal): Promise<MetricsAnswer>;
}
