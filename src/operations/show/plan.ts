import type { ShowIntent } from './intent.ts';
import { selectVirtualServices } from '../../plan/select.ts';
import { setAsideFindings } from '../../plan/set-aside.ts';
import type { Plan, Snapshot } from '../../plan/types.ts';
import { subsetLabels, viewer } from '../../plan/views.ts';
import { viewOfVirtualService } from '../../plan/virtual-service-views.ts';
import { changesOf } from './changes.ts';

/** The routes of the selected VirtualServices, in their order. */
export function planShow(snapshot: Snapshot, intent: ShowIntent): Plan {
  const selected = selectVirtualServices(snapshot, intent);
  const routes = selected.flatMap(viewer(snapshot, subsetLabels(snapshot.destinationRules)));
  return {
    operation: 'show',
    subset: null,
    phases: [],
    before: routes,
    after: routes,
    virtualServices: selected.map((one) => ({
      ...viewOfVirtualService(one),
      changes: changesOf(snapshot, one),
    })),
    safeToScaleDown: [],
    findings: setAsideFindings(snapshot),
  };
}
