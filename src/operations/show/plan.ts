import { TrafficError } from '../../base/errors.ts';
import { finding, type Finding } from '../../base/findings.ts';
import type { ShowIntent } from './intent.ts';
import { canaryFindings } from '../../plan/canary-views.ts';
import { selectVirtualServices } from '../../plan/select.ts';
import { setAsideFindings } from '../../plan/set-aside.ts';
import type { Plan, Snapshot } from '../../plan/types.ts';
import { subsetLabels, viewer } from '../../plan/views.ts';
import { viewOfVirtualService } from '../../plan/virtual-service-views.ts';
import { changesOf } from './changes.ts';

/**
 * The routes of the selected VirtualServices, in their order.
 *
 * @throws TrafficError not-found, forbidden where not all namespaces could be read
 */
export function planShow(snapshot: Snapshot, intent: ShowIntent): Plan {
  const isOfAll = intent.allNamespaces === true;
  if (isOfAll) requireAllNamespaces(snapshot);
  const selected = selectVirtualServices(snapshot, intent, isOfAll ? 'all' : 'own');
  const routes = selected.flatMap(viewer(snapshot, subsetLabels(snapshot.destinationRules)));
  return {
    operation: 'show',
    ...(isOfAll && { isOfAllNamespaces: true }),
    subset: null,
    phases: [],
    before: routes,
    after: routes,
    virtualServices: selected.map((one) => ({
      ...viewOfVirtualService(one),
      changes: changesOf(snapshot, one),
    })),
    safeToScaleDown: [],
    findings: [
      ...setAsideFindings(snapshot),
      ...canaryFindings(snapshot, selected),
      ...(isOfAll ? rulesUnread(snapshot) : []),
    ],
  };
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
