import type { Labels } from '../istio/types.ts';
import { POD_LABELS, type Matchers, type Reporter } from './promql.ts';
import type { CanaryPods, PodState, Sample } from './types.ts';

export type Side = 'build' | 'stable';

/** How the series of the two builds are told apart. */
export interface SeriesChoice {
  /** The label. */
  readonly by: string;
  /** For the report: `by the label pod`. */
  readonly words: string;
  readonly reporter: Reporter;
  /** Those that stay the same; the pods come and go. */
  readonly matchers: Matchers;
  /** Values of the label that each side has. */
  readonly sideOf: ReadonlyMap<string, Side>;
  /** Do values come and go with the pods? */
  readonly isByPod: boolean;
}

export type Chosen =
  { readonly ok: true; readonly series: SeriesChoice } | { readonly ok: false; readonly why: string };

/**
 * Whose series are whose, by the first label that tells the stable build from the other:
 *
 * 1. the pod, whose names the pod list has;
 * 2. the workload, a Deployment's name, as Istio writes it;
 * 3. the version, which is the pods' label `version` and not the subset.
 *
 * Only series of the stable build can be there before the change, so that its values decide. A label that both builds
 * have the same value of tells nothing apart: `destination_version` is `latest` for both where builds differ in `build`.
 *
 * @param survey the answer to `surveyQuery`
 * @see https://istio.io/latest/docs/reference/config/metrics/
 */
export function chooseSeries(survey: readonly Sample[], pods: CanaryPods, namespace: string): Chosen {
  const all = survey.map(({ labels }) => labels);
  if (all.length === 0) return { ok: false, why: nothingThere(namespace) };
  for (const reporter of ['destination', 'waypoint'] as const) {
    const rows = all.filter((labels) => labels['reporter'] === reporter);
    const matchers = { reporter: [reporter], destination_workload_namespace: [namespace] };
    const found = byPod(rows, pods) ?? byWorkload(rows, pods) ?? byVersion(rows, pods);
    if (found === undefined) continue;
    return {
      ok: true,
      series: {
        ...found,
        words: `by the label ${found.by}${reporter === 'waypoint' ? ', as the waypoint reports them' : ''}`,
        reporter,
        matchers: { ...matchers, ...found.matchers },
      },
    };
  }
  return { ok: false, why: nobodyKnown(all, pods, namespace) };
}

type Found = Pick<SeriesChoice, 'by' | 'matchers' | 'sideOf' | 'isByPod'>;

function byPod(rows: readonly Labels[], pods: CanaryPods): Found | undefined {
  const names = new Set(pods.stable.map(({ name }) => name));
  const by = POD_LABELS.find((label) => rows.some((row) => names.has(row[label] ?? '')));
  if (by === undefined) return undefined;
  return { by, matchers: {}, isByPod: true, sideOf: sidesByValue(pods, ({ name }) => name) ?? new Map() };
}

function byWorkload(rows: readonly Labels[], pods: CanaryPods): Found | undefined {
  const by = 'destination_workload';
  const sideOf = sidesByValue(pods, ({ workload }) => workload);
  if (sideOf === undefined || !isStableIn(rows, by, sideOf)) return undefined;
  return { by, matchers: { [by]: [...sideOf.keys()] }, isByPod: false, sideOf };
}

/** Other applications of the namespace have versions, too: the workloads say whose they are. */
function byVersion(rows: readonly Labels[], pods: CanaryPods): Found | undefined {
  const by = 'destination_version';
  const workloads = [...pods.build, ...pods.stable].map(({ workload }) => workload);
  const sideOf = sidesByValue(pods, ({ labels }) => labels['version']);
  if (sideOf === undefined || workloads.some((workload) => workload === undefined)) return undefined;
  const destination_workload = [...new Set(workloads.flatMap((workload) => workload ?? []))];
  const theirs = rows.filter((row) => destination_workload.includes(row['destination_workload'] ?? ''));
  if (!isStableIn(theirs, by, sideOf)) return undefined;
  return { by, matchers: { destination_workload, [by]: [...sideOf.keys()] }, isByPod: false, sideOf };
}

/** Undefined where a pod has no value, a side has no pod, or both sides have the same value. */
function sidesByValue(
  pods: CanaryPods,
  valueOf: (pod: PodState) => string | undefined,
): ReadonlyMap<string, Side> | undefined {
  const build = pods.build.map(valueOf);
  const stable = pods.stable.map(valueOf);
  if (build.length === 0 || stable.length === 0) return undefined;
  if ([...build, ...stable].some((value) => value === undefined || value === '')) return undefined;
  if (build.some((value) => stable.includes(value))) return undefined;
  const entries = [
    ...build.map((value) => [value ?? '', 'build'] as const),
    ...stable.map((value) => [value ?? '', 'stable'] as const),
  ];
  return new Map<string, Side>(entries);
}

function isStableIn(rows: readonly Labels[], by: string, sideOf: ReadonlyMap<string, Side>): boolean {
  return rows.some((row) => sideOf.get(row[by] ?? '') === 'stable');
}

function nothingThere(namespace: string): string {
  return (
    `Prometheus knows no istio_requests_total of workloads in namespace ${namespace}. Does it scrape the sidecars ` +
    '(or the waypoint) of this namespace, have the pods a sidecar, and have they got a request yet?'
  );
}

function nobodyKnown(rows: readonly Labels[], pods: CanaryPods, namespace: string): string {
  if (pods.stable.length === 0)
    return 'the stable build has no pod, so that there is nothing to compare with.';
  const known = [...new Set(rows.map((row) => row['destination_workload'] ?? 'unknown'))].sort();
  const shown = known.slice(0, 5).join(', ') + (known.length > 5 ? ', …' : '');
  return (
    `Prometheus knows istio_requests_total of namespace ${namespace} (workloads ${shown}), but none that is the stable ` +
    `build's alone: no label "pod" has the name of one of its pods (such as ${pods.stable[0]?.name ?? ''}), and neither ` +
    'destination_workload nor the label "version" tells the two builds apart. Keep the label "pod" in the scrape ' +
    "configuration, as Istio's own does."
  );
}
