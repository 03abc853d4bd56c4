/** Which pods a base route that sends to the whole service should keep: worked out from the pods that are ready. */
import { formatLabels, hasLabels } from '../istio/labels.ts';
import type { Labels, PodView } from '../istio/types.ts';
import { readyPodsOf, servicesFor } from './pods.ts';
import type { Snapshot } from './types.ts';

/** Labels that say nothing of a version, or that the next rollout of the same version changes. */
const OF_THE_MACHINERY =
  /^(pod-template-hash|rollouts-pod-template-hash|controller-revision-hash|pod-template-generation|statefulset\.kubernetes\.io\/.*|apps\.kubernetes\.io\/pod-index|(.*\.)?istio\.io\/.*)$/;

/** Labels that may name a version. */
export function withoutMachinery(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !OF_THE_MACHINERY.test(key)));
}

/**
 * The labels that all ready pods of a service have which are not the build's, with at least one that no pod of the build
 * has: of the keys of `pod-selector` where these tell them apart, else of all.
 *
 * @param host resolved
 * @returns undefined where the pods aren't known, or have no such labels in common
 */
export function stableLabelsOf(snapshot: Snapshot, host: string, podLabels: Labels): Labels | undefined {
  // Without the Service's selector nobody knows which pods of the namespace are its own.
  if (!servicesFor(snapshot, host).some(({ selector }) => selector !== undefined)) return undefined;
  const pods = readyPodsOf(snapshot, {}, host) ?? [];
  const isBuild = ({ labels }: PodView): boolean => hasLabels(labels, podLabels);
  const build = pods.filter(isBuild);
  const [first, ...more] = pods.filter((pod) => !isBuild(pod));
  if (first === undefined) return undefined;
  const common = Object.entries(withoutMachinery(first.labels)).filter(([key, value]) =>
    more.every(({ labels }) => labels[key] === value),
  );
  const isApart = ([key, value]: readonly [string, string]): boolean =>
    build.length > 0
      ? build.every(({ labels }) => labels[key] !== value)
      : (podLabels[key] ?? value) !== value;
  const asked = common.filter(([key]) => Object.hasOwn(podLabels, key));
  if (asked.some(isApart)) return Object.fromEntries(asked);
  const apart = common.filter(isApart);
  return apart.length === 0 ? undefined : Object.fromEntries([...asked, ...apart]);
}

/** What to give as `stable-pod-selector`, as a sentence. */
export function stableAdvice(snapshot: Snapshot, host: string, podLabels: Labels): string {
  const labels = stableLabelsOf(snapshot, host, podLabels);
  return labels === undefined
    ? `Give \`stable-pod-selector\`, the labels of the pods that the base route should keep: the keys of \`pod-selector\` (${formatLabels(podLabels)}) with the values of these pods.`
    : `Give \`stable-pod-selector: ${formatLabels(labels)}\`, the labels of the other ready pods, so that the base route keeps to these.`;
}
