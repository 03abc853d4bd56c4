import { count } from '../base/text.ts';
import type { PodView } from '../istio/types.ts';
import type { CanaryPods, GateVerdict, PodState } from './types.ts';

const PODS = 'pods';

/** A pod of the list as the judge needs it. */
export function podState(pod: PodView): PodState {
  const { name, labels, ready, restarts = 0, troubles = [], workload } = pod;
  return { name, labels, ready, restarts, troubles, ...(workload === undefined ? {} : { workload }) };
}

/** What a container's state says that does not pass by itself, or only after requests were lost. */
const TROUBLES = new Set([
  'CrashLoopBackOff',
  'ImagePullBackOff',
  'ErrImagePull',
  'InvalidImageName',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'OOMKilled',
]);

/**
 * Is anything wrong with the pods of the build, by the pod list alone? Restarts count from the beginning of the stage, and
 * so do the pods that are ready.
 */
export function podsVerdict(start: CanaryPods, { build }: CanaryPods): GateVerdict {
  const verdict = (kind: GateVerdict['kind'], words: string): GateVerdict => ({
    gate: PODS,
    kind,
    words,
    numbers: {},
  });
  if (build.length === 0) return verdict('bad', 'no pod of the build is left');
  const before = new Map(start.build.map((pod) => [pod.name, pod]));
  const wrong = build.flatMap((pod) => {
    const trouble = troubleOf(pod, before.get(pod.name));
    return trouble === undefined ? [] : [`${pod.name} ${trouble}`];
  });
  if (wrong.length > 0) {
    const rest = wrong.length > 3 ? ` and ${count(wrong.length - 3, 'more pod')}` : '';
    return verdict('bad', `${wrong.slice(0, 3).join(', ')}${rest}`);
  }
  const ready = build.filter((pod) => pod.ready).length;
  const atStart = start.build.filter((pod) => pod.ready).length;
  if (ready < atStart)
    return verdict('bad', `${count(ready, 'pod')} of the build ready, and ${atStart} when the stage began`);
  return verdict('good', `${count(ready, 'pod')} ready`);
}

function troubleOf(pod: PodState, before: PodState | undefined): string | undefined {
  const restarts = pod.restarts - (before?.restarts ?? 0);
  const isOld = (trouble: string): boolean => restarts <= 0 && before?.troubles.includes(trouble) === true;
  // OOMKilled stays in the state of a container that runs again; a back-off is about now.
  const trouble = pod.troubles.find((one) => TROUBLES.has(one) && !(one === 'OOMKilled' && isOld(one)));
  if (trouble !== undefined) return `is in ${trouble}`;
  return restarts > 0 ? `restarted ${restarts === 1 ? 'once' : `${restarts} times`}` : undefined;
}
