import type { ShowIntent } from '../../intent/types.ts';
import { selectVirtualServices } from '../../plan/select.ts';
import { setAsideFindings } from '../../plan/set-aside.ts';
import type { Plan, Snapshot } from '../../plan/types.ts';
import { subsetLabels, viewer } from '../../plan/views.ts';

/** The routes of the selected VirtualServices, in their order. */
export function planShow(snapshot: Snapshot, intent: ShowIntent): Plan {
  const routes = selectVirtualServices(snapshot, intent.selector).flatMap(
    viewer(snapshot, subsetLabels(snapshot.destinationRules)),
  );
  return {
    operation: 'show',
    subset: null,
    phases: [],
    before: routes,
    after: routes,
    safeToScaleDown: [],
    findings: setAsideFindings(snapshot),
  };
}
