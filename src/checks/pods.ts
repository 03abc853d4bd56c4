import { formatLabels } from '../istio/labels.ts';
import type { ServiceView } from '../istio/types.ts';
import { finding, type Finding } from '../base/findings.ts';
import { routesOf } from '../istio/routes.ts';
import { changeOperationOf } from '../operations/index.ts';
import { labelsThere } from '../plan/pod-labels.ts';
import {
  entryOfUnreadWorkloads,
  hasListedEndpoint,
  namespaceOfPods,
  podsOf,
  selectsWorkloads,
  servicesFor,
  servingPodsOf,
} from '../plan/pods.ts';
import { subsetKey, type Target } from '../plan/subsets.ts';
import type { Snapshot } from '../plan/types.ts';
import { subsetLabels } from '../plan/views.ts';
import type { CheckContext } from './context.ts';
import { gainedShares, buildShare } from './shares.ts';

/**
 * A route to a subset without a ready pod answers 503: whoever answers requests afterwards has to have one. A share of 0
 * and copies of requests (`mirror`) need none: nobody gets an answer from there.
 */
export function checkPods({ snapshot, intent, draft }: CheckContext): Finding[] {
  const { shift } = draft;
  if (shift === undefined)
    return withoutPodsAfterwards(snapshot, draft, isChangesBack(intent) || draft.isReturn === true);
  const { target, stable } = shift;
  return [
    ...(answersRequests(draft, target) ? withoutReadyPod(snapshot, target, 'pod-selector') : []),
    ...(stable !== undefined && answersRequests(draft, stable)
      ? withoutReadyPod(snapshot, stable, 'stable-pod-selector')
      : []),
  ];
}

function answersRequests({ virtualServices }: CheckContext['draft'], build: Target): boolean {
  return virtualServices.some(({ after }) =>
    routesOf(after).some(({ route }) => buildShare(route, after.metadata.namespace, build) > 0),
  );
}

function isChangesBack(intent: CheckContext['intent']): boolean {
  return changeOperationOf(intent).direction === 'changes-back';
}

/** @param input the one that the labels were given by */
function withoutReadyPod(snapshot: Snapshot, { labels, service, name }: Target, input: string): Finding[] {
  const ready = servingPodsOf(snapshot, labels, service.host);
  if (ready === undefined) return podsElsewhere(snapshot, service.host);
  if (ready.length > 0 || hasListedEndpoint(snapshot, labels, service.host)) return [];
  const selector = formatLabels(labels);
  const unread = entryOfUnreadWorkloads(snapshot, service.host);
  if (unread !== undefined) {
    const message =
      `There is no ready pod with the labels ${selector}. ${workloadsUnread(snapshot, unread)} ` +
      `If there is none either, requests sent to subset ${name} are answered with 503.`;
    return [finding('no-ready-pod', 'error', message, null, true)];
  }
  const entry = servicesFor(snapshot, service.host).find(({ kind }) => kind === 'ServiceEntry');
  if (entry?.endpoints !== undefined) {
    const there = entry.endpoints.map((one) => formatLabels(one) || 'no labels').join('; ');
    const message =
      `No endpoint of ServiceEntry ${entry.namespace}/${entry.name} has the labels ${selector}: requests sent to subset ${name} would be answered with 503. ` +
      `Its endpoints have: ${there}. Correct \`${input}\`, or add the endpoint.`;
    return [finding('no-ready-pod', 'error', message, null, true)];
  }
  const found = podsOf(snapshot, labels, service.host)?.length ?? 0;
  const isBeside = found === 0 && (podsOf(snapshot, labels)?.length ?? 0) > 0;
  const what = isBeside
    ? `There are pods with the labels ${selector}, but the selector of ${service.host} selects none of them`
    : found === 0
      ? `There is no ${selectsWorkloads(snapshot, service.host) ? 'pod or WorkloadEntry' : 'pod'} with the labels ${selector} in namespace ${snapshot.namespace}`
      : found === 1
        ? `The one pod with the labels ${selector} is not ready`
        : `None of the ${found} pods with the labels ${selector} is ready`;
  const remedy = isBeside
    ? `Correct the pods' labels, the Service's selector, or \`${input}\`.`
    : `Wait until the rollout is done (\`wait-for-pods: 2m\` does), or correct \`${input}\`.`;
  const there = found === 0 && !isBeside ? labelsThere(snapshot, labels, service.host) : '';
  const message = `${what}: requests sent to subset ${name} would be answered with 503.${there} ${remedy}`;
  return [finding('no-ready-pod', 'error', message, null, true)];
}

function workloadsUnread({ unreadWorkloads = '' }: Snapshot, { namespace, name }: ServiceView): string {
  return `ServiceEntry ${namespace}/${name} may select a WorkloadEntry that has them, and these can't be read (${unreadWorkloads}): grant \`list\` on workloadentries.`;
}

/** Only pods of one namespace are read, and the service may be in another one. */
function podsElsewhere(snapshot: Snapshot, host: string): Finding[] {
  const namespace = namespaceOfPods(snapshot, host);
  if (snapshot.pods.state !== 'known' || namespace === snapshot.namespace) return [];
  const message = `Whether pods are ready was not checked: ${host} is in namespace ${namespace}, and only the pods of namespace ${snapshot.namespace} are read.`;
  return [finding('pods-unreadable', 'warning', message)];
}

/**
 * Taking something back may give the requests to a build that has gone meanwhile. A rollback leaves a build that is
 * worse; an undo may be of a promote long ago, whose old build was scaled down since.
 */
function withoutPodsAfterwards(
  snapshot: Snapshot,
  { virtualServices, rules = [], needed }: CheckContext['draft'],
  isUndo: boolean,
): Finding[] {
  const labels = subsetLabels([...snapshot.destinationRules, ...rules.map(({ gained }) => gained)]);
  const made = new Map(needed.map((one) => [subsetKey(one.service.host, one.name), one.labels]));
  const gained = new Map(virtualServices.flatMap((change) => [...gainedShares(change)]));
  return [...gained].flatMap(([key, { host, subset }]) => {
    const podLabels = made.get(key) ?? labels.get(key);
    const ready = podLabels && servingPodsOf(snapshot, podLabels, host);
    if (podLabels === undefined || ready === undefined || ready.length > 0) return [];
    if (hasListedEndpoint(snapshot, podLabels, host)) return [];
    const unread = entryOfUnreadWorkloads(snapshot, host);
    const message =
      `Subset ${subset} of ${host} gets requests back, and none of its pods (${formatLabels(podLabels)}) is ready` +
      (unread === undefined
        ? ': they would be answered with 503. Start the build again.'
        : `. ${workloadsUnread(snapshot, unread)} If there is none either, they are answered with 503.`);
    return [
      isUndo
        ? finding('no-ready-pod', 'error', message, null, true)
        : finding('no-ready-pod', 'warning', message),
    ];
  });
}
