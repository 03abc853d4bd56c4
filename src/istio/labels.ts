/**
 * Kubernetes labels: which objects a selector takes, how a set of labels is written.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
 */
import { objectIn, textIn } from '../base/json.ts';
import type { Labels } from './types.ts';

/**
 * Does the selector take an object with these labels? As `Matches` of k8s.io/apimachinery: an object without
 * the key is taken by `!=` and `notin`, and never by `<` and `>`.
 *
 * @example matchesSelector(selector, { app: 'api' }) // true for `app in (api)`, `tier!=web`
 */
export function matchesSelector(selector: LabelSelector, labels: Labels | undefined): boolean {
  return selector.requirements.every((requirement) => meetsRequirement(requirement, labels ?? {}));
}

function meetsRequirement({ key, operator, values }: Requirement, labels: Labels): boolean {
  // A label may be called `constructor`: only an own key counts.
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'in':
      return value !== undefined && values.includes(value);
    case 'notin':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case 'absent':
      return value === undefined;
    case 'gt':
    case 'lt': {
      const found = toInt64(value);
      const limit = toInt64(values[0]);
      if (found === undefined || limit === undefined) return false;
      return operator === 'gt' ? found > limit : found < limit;
    }
  }
}

const INT64_MAX = 2n ** 63n - 1n;

/** As Go's `strconv.ParseInt(text, 10, 64)`, which is what Kubernetes compares by; undefined where that fails. */
export function toInt64(text: string | undefined): bigint | undefined {
  if (text === undefined || !/^[+-]?\d+$/.test(text)) return undefined;
  const number = BigInt(text);
  return number > INT64_MAX || number < -INT64_MAX - 1n ? undefined : number;
}

/**
 * Labels as kubectl takes them, in the order of their keys, so that one set has one text.
 *
 * @example formatLabels({ build: '10', app: 'api' }) // 'app=api,build=10'
 */
export function formatLabels(labels: Labels): string {
  return Object.keys(labels)
    .sort()
    .map((key) => `${key}=${labels[key] ?? ''}`)
    .join(',');
}

/** Labels in an object that nobody has checked; none where there is no map of them. */
export function readLabels(value: unknown): Labels {
  return Object.fromEntries(Object.entries(objectIn(value)).map(([key, label]) => [key, textIn(label)]));
}

/** Does a pod with `labels` have all of `wanted`, as a Service's selector or a subset asks? */
export function hasLabels(labels: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value);
}

/**
 * Labels that istiod gives an endpoint of its own accord: a subset may have them, and no pod shows them.
 *
 * @see https://istio.io/latest/docs/tasks/traffic-management/locality-load-balancing/
 * @see https://github.com/istio/istio/blob/master/pilot/pkg/serviceregistry/util/label/label.go AugmentLabels
 */
const ADDED_LABELS: ReadonlySet<string> = new Set([
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
  'topology.istio.io/subzone',
  'topology.istio.io/cluster',
  'topology.istio.io/network',
  'kubernetes.io/hostname',
]);

/** Does a subset have only labels that a pod shows? */
export function areOfPods(wanted: Labels): boolean {
  return Object.keys(wanted).every((key) => !ADDED_LABELS.has(key));
}

/** May a pod be of a subset? What istiod adds may be anything. */
export function mayBeOfLabels(labels: Labels, wanted: Labels): boolean {
  const shown = Object.entries(wanted).filter(
    ([key]) => !ADDED_LABELS.has(key) || Object.hasOwn(labels, key),
  );
  return hasLabels(labels, Object.fromEntries(shown));
}

/** A Kubernetes label selector in full: all requirements are ANDed. */
export interface LabelSelector {
  /** As given, for messages and for the API. */
  readonly text: string;
  readonly requirements: readonly Requirement[];
}

export interface Requirement {
  readonly key: string;
  /** `gt` and `lt` (`>`, `<`) compare whole numbers; everything else compares text. */
  readonly operator: 'in' | 'notin' | 'exists' | 'absent' | 'gt' | 'lt';
  /**
   * One value for `=`, `>` and `<`; one that is absent counts as not in them for `notin` (`!=`). Empty for exists
   * and absent.
   */
  readonly values: readonly string[];
}
