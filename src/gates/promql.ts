/** The texts of the queries. Counters, and not rates: the differences are worked out in `counters.ts`. */
import type { Sample } from './types.ts';

/** How Istio's own metrics say that the proxy of the pod that answers counted it. */
export type Reporter = 'destination' | 'waypoint';

/** The labels by which a scrape names the pod, in the configurations that Istio's own pages have had. */
export const POD_LABELS = ['pod', 'kubernetes_pod_name', 'pod_name'] as const;

/**
 * How long a series that was there counts as there, at the first reading: a pod that misses one scrape would be new
 * afterwards, and all that it ever answered would count.
 */
const FIRST_LOOK_BACK = '15m';

/** Which series a namespace has: one series for each way to tell them apart. */
export function surveyQuery(namespace: string): string {
  const labels = ['reporter', ...POD_LABELS, 'destination_workload', 'destination_version'].join(', ');
  const matchers = selector({
    reporter: ['destination', 'waypoint'],
    destination_workload_namespace: [namespace],
  });
  return `count by (${labels}) (last_over_time(istio_requests_total${matchers}[${FIRST_LOOK_BACK}]))`;
}

/** Seconds that samples are counted over: a Prometheus that was just started has few, and a slow one needs long. */
const WINDOWS = [10, 60, 300, 1200] as const;
/** Samples that a window must have: one more or less is then no matter. */
const FEWEST = 4;

/** How many samples there are of the series that has most of them: what says how often Prometheus scrapes. */
export function scrapeQuery(namespace: string): string {
  const matchers = selector({
    reporter: ['destination', 'waypoint'],
    destination_workload_namespace: [namespace],
  });
  return WINDOWS.map((seconds) => {
    const most = `max(count_over_time(istio_requests_total${matchers}[${seconds}s]))`;
    return `label_replace(${most}, "seconds", "${seconds}", "", "")`;
  }).join(' or ');
}

/** Milliseconds between two scrapes, by the answer to {@link scrapeQuery}; undefined: too few samples to say. */
export function scrapeInterval(counted: readonly Sample[]): number | undefined {
  const intervals = counted.flatMap(({ labels, value }) => {
    const seconds = WINDOWS.find((window) => String(window) === labels['seconds']);
    return seconds === undefined || !(value >= FEWEST) ? [] : [(seconds * 1000) / value];
  });
  return intervals.length === 0 ? undefined : Math.round(Math.min(...intervals));
}

/** A scrape that takes a little longer than a tick is not two ticks. */
const LITTLE = 0.2;

/**
 * Ticks that it takes until all pods were scraped, at least 1.
 *
 * @param scrape milliseconds between two scrapes
 * @param interval milliseconds between two ticks
 */
export function lagOf(scrape: number, interval: number): number {
  return Math.max(1, Math.ceil(scrape / Math.max(1, interval) - LITTLE));
}

/** Bounds of the buckets that answers are counted in. */
export function boundsQuery(matchers: Matchers): string {
  return `count by (le) (last_over_time(istio_request_duration_milliseconds_bucket${selector(matchers)}[${FIRST_LOOK_BACK}]))`;
}

/** Requests by what tells the builds apart and by what became of them. */
export function requestsQuery(by: string, matchers: Matchers, isFirst: boolean): string {
  return sumBy(
    [by, 'response_code', 'grpc_response_status'],
    `istio_requests_total${selector(matchers)}`,
    isFirst,
  );
}

/** Answers within each of the bounds. */
export function durationsQuery(
  by: string,
  matchers: Matchers,
  bounds: readonly string[],
  isFirst: boolean,
): string {
  const all = selector({ ...matchers, le: [...bounds, '+Inf'] });
  return sumBy([by, 'le'], `istio_request_duration_milliseconds_bucket${all}`, isFirst);
}

function sumBy(labels: readonly string[], series: string, isFirst: boolean): string {
  const counted = isFirst ? `last_over_time(${series}[${FIRST_LOOK_BACK}])` : series;
  return `sum by (${labels.join(', ')}) (${counted})`;
}

/** Labels and the values that each may have. */
export type Matchers = Readonly<Record<string, readonly string[]>>;

/**
 * @example selector({ reporter: ['destination'], pod: ['a-1', 'b-1'] }) // '{reporter="destination", pod=~"a-1|b-1"}'
 */
function selector(matchers: Matchers): string {
  const each = Object.entries(matchers).map(([label, values]) =>
    values.length === 1
      ? `${label}=${promqlString(values[0] ?? '')}`
      : `${label}=~${promqlString(values.map(literalRegex).join('|'))}`,
  );
  return `{${each.join(', ')}}`;
}

/** Prometheus' regexes are RE2, and match the whole value. */
function literalRegex(value: string): string {
  return value.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function promqlString(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;
}
