import { until } from '../plane/processes.ts';
import type { Prometheus } from '../plane/prometheus.ts';

/** Waits until Prometheus has so many samples of a namespace that its scrape interval is known. */
export async function untilCounted({ url }: Prometheus, namespace: string): Promise<void> {
  await until('Prometheus has some samples', async () => (await samplesIn(url, namespace)) >= 5);
}

/** How often the requests of a namespace were scraped in the last ten seconds. */
async function samplesIn(url: string, namespace: string): Promise<number> {
  const query = `max(count_over_time(istio_requests_total{namespace="${namespace}"}[10s]))`;
  const answer = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query }).toString()}`);
  const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
  return Number(data.result[0]?.value[1] ?? 0);
}
