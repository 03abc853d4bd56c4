import { TrafficError } from '../../base/errors.ts';
import { finding, type Finding } from '../../base/findings.ts';
import type { ShowIntent } from './intent.ts';
import type { VirtualService } from '../../istio/types.ts';
import { BESIDE_ALL, besideFindings } from '../../plan/beside.ts';
import { canaryFindings } from '../../plan/canary-views.ts';
import { overlapFindings } from './overlaps.ts';
import { joinFirst, selectVirtualServices } from '../../plan/select.ts';
import { setAsideFindings } from '../../plan/set-aside.ts';
import type { Plan, Snapshot } from '../../plan/types.ts';
import { subsetLabels, viewer } from '../../plan/views.ts';
import { viewOfVirtualService } from '../../plan/virtual-service-views.ts';
import { changesOf } from './changes.ts';
import { previewsOf } from './previews.ts';
import { NOTHING_WRITTEN } from '../../plan/nothing-written.ts';
import { fullName } from '../../base/title.ts';

/**
 * The routes of the selected VirtualServices, in their order.
 *
 * @throws TrafficError not-found, forbidden where not all namespaces could be read
 */
export function planShow(snapshot: Snapshot, intent: ShowIntent): Plan {
  const isOfAll = intent.allNamespaces === true;
  if (isOfAll) requireAllNamespaces(snapshot);
  const selected = selectedBy(snapshot, intent, isOfAll ? 'all' : 'own');
  if (selected.length === 0) requireReadable(snapshot, isOfAll);
  const subsets = subsetLabels(snapshot.destinationRules);
  const routes = selected.flatMap(viewer(snapshot, subsets));
  return {
    operation: 'show',
    ...(isOfAll && { isOfAllNamespaces: true }),
    ...NOTHING_WRITTEN,
    before: routes,
    after: routes,
    virtualServices: selected.map((one) => ({
      ...viewOfVirtualService(one),
      changes: changesOf(snapshot, one),
    })),
    previews: previewsOf(selected),
    findings: [
      ...setAsideFindings(snapshot),
      ...besideFindings(snapshot, selected, BESIDE_ALL),
      ...canaryFindings(snapshot, selected),
      ...(selected.length === 0 ? elsewhere(snapshot) : []),
      ...selected.flatMap((one) => overlapFindings(snapshot, one, subsets)),
      ...(isOfAll ? rulesUnread(snapshot) : []),
    ],
  };
}

/** Of several selections: each once, in the order of the first that selects it. */
function selectedBy(
  snapshot: Snapshot,
  { services, ...selection }: ShowIntent,
  range: 'own' | 'all',
): readonly VirtualService[] {
  const all = (services ?? [selection]).flatMap((one) => selectVirtualServices(snapshot, one, range));
  return [...new Set(all)];
}

/** "None" would be said of what is there and could not be read. */
function requireReadable(
  { source, namespace, unread = [], notUnderstood = [] }: Snapshot,
  isOfAll: boolean,
): void {
  const isOdd = notUnderstood.some(
    (one) => one.kind === 'VirtualService' && (isOfAll || one.namespace === namespace),
  );
  if (unread.length === 0 && !isOdd) return;
  // What is odd is named in front of every error (`withSetAside`).
  const why = unread.length === 0 ? '' : `: ${joinFirst(unread, '; ')}`;
  throw new TrafficError(
    source === 'manifests' ? 'invalid-input' : 'check-failed',
    `No VirtualService${isOfAll ? '' : ` of namespace ${namespace}`} could be read${why}.`,
  );
}

/** Files of other namespaces are in sight: whoever forgot `namespace` should learn of it. */
function elsewhere({ source, namespace, virtualServices }: Snapshot): readonly Finding[] {
  if (source !== 'manifests' || virtualServices.length === 0) return [];
  const names = virtualServices.map(({ metadata }) => fullName(metadata));
  const message = `The files have VirtualServices of other namespaces than ${namespace}: ${joinFirst(names)}. To see them, give their \`namespace\`, or \`all-namespaces\`.`;
  return [finding('other-namespaces', 'notice', message)];
}

/** A part of them would look like all of them. */
function requireAllNamespaces({ source, namespace, virtualServicesOf }: Snapshot): void {
  if (source === 'manifests' || virtualServicesOf === 'all') return;
  throw new TrafficError(
    'forbidden',
    `The VirtualServices of all namespaces could not be listed, only those of ${namespace}. ` +
      'Grant `list` on virtualservices and destinationrules in a ClusterRole, or leave out `all-namespaces`.',
  );
}

/** Subsets of other namespaces have no labels then, as if nobody had defined them. */
function rulesUnread({ source, namespace, rulesOf }: Snapshot): readonly Finding[] {
  if (source === 'manifests' || rulesOf === 'all') return [];
  const message = `The DestinationRules of all namespaces could not be listed, only those of ${namespace}: what the subsets of other namespaces are is not shown.`;
  return [finding('other-namespaces-unread', 'notice', message)];
}
