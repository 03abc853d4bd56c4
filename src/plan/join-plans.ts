/** The plans of several services as the plan of one change. */
import { distinctBy } from '../base/distinct.ts';
import { canonicalJson, sameJson } from '../base/json.ts';
import { fullName, titleOf } from '../base/title.ts';
import { afterRoutes, joinPhases } from './join-phases.ts';
import { withoutChanged } from './other-routes.ts';
import { ownerOf } from './owners.ts';
import { safeToScaleDown } from './scale-down.ts';
import { CHANGE_EFFECTS, type ChangedBuild, type Plan, type ServicePlan, type Snapshot } from './types.ts';
import type { RouteView } from './view-types.ts';
import { subsetLabels } from './views.ts';
import type { VirtualServiceView } from './virtual-service-views.ts';

/**
 * One change of all services: phase by phase, with all that is said of each.
 *
 * @param services in order, each planned on what those before it leave (`afterRoutes`); at least one
 */
export function joinPlans(snapshot: Snapshot, services: readonly ServicePlan[]): Plan {
  const plans = services.map(({ plan }) => plan);
  const last = plans.reduce((read, { phases }) => afterRoutes(read, phases), snapshot);
  const phases = joinPhases(
    plans.map((plan) => plan.phases),
    last,
  );
  const virtualServices = joinedViews(plans);
  const changed = new Set(virtualServices.map(fullName));
  const wayBack = new Map(plans.flatMap((plan) => [...(plan.wayBack ?? [])]));
  const shared = plans.flatMap((plan) => plan.shared ?? []);
  const [previewUrl] = plans.flatMap((plan) => plan.previewUrl ?? []);
  const [asked, ...otherAsked] = new Set(plans.map((plan) => plan.asked));
  const [first] = plans;
  const isOfSameLabels = plans.every(({ labels }) => labels !== undefined && sameJson(labels, first?.labels));
  return {
    operation: first?.operation ?? '',
    subset: onlyOf(plans.map(({ subset }) => subset)),
    phases,
    before: viewsOfEach(
      plans.map(({ before }) => before),
      (own) => own[0],
    ),
    after: viewsOfEach(
      plans.map(({ after }) => after),
      (own) => own.at(-1),
    ),
    virtualServices,
    ...(first?.gatewayServers !== undefined && { gatewayServers: first.gatewayServers }),
    // Of the change as a whole: what one service leaves, another one may have begun to use.
    safeToScaleDown: safeToScaleDown(snapshot, {
      phases,
      virtualServices: snapshot.virtualServices.filter(({ metadata }) => changed.has(fullName(metadata))),
      after: last.virtualServices,
      subsets: subsetLabels([...last.destinationRules, ...snapshot.destinationRules]),
    }),
    // The same is found of a rule, or of what proxies may ask, by each service.
    findings: distinctBy(
      withoutChanged(
        plans.flatMap(({ findings }) => findings),
        new Set(phases.flatMap(({ writes }) => writes.map(({ before }) => titleOf(before)))),
      ),
      canonicalJson,
    ),
    effects: CHANGE_EFFECTS.filter((effect) => plans.some(({ effects = [] }) => effects.includes(effect))),
    ...(previewUrl !== undefined && { previewUrl }),
    ...(shared.length > 0 && { shared: shared.join('; ') }),
    ...(asked !== undefined && otherAsked.length === 0 && { asked }),
    ...(isOfSameLabels && first?.labels !== undefined && { labels: first.labels }),
    ...(wayBack.size > 0 && { wayBack }),
    builds: buildsOf(plans),
    services,
  };
}

/** Null where they are not the same everywhere. */
function onlyOf(subsets: readonly (string | null)[]): string | null {
  const [first = null, ...others] = new Set(subsets);
  return others.length === 0 ? first : null;
}

/** A VirtualService that several services are about is shown once: as it is before all of them, or after. */
function viewsOfEach(
  lists: readonly (readonly RouteView[])[],
  which: (of: readonly RouteView[][]) => readonly RouteView[] | undefined,
): readonly RouteView[] {
  const known = new Map<string, RouteView[][]>();
  for (const views of lists)
    for (const [key, own] of Map.groupBy(views, ownerOf)) known.set(key, [...(known.get(key) ?? []), own]);
  return [...known.values()].flatMap((of) => which(of) ?? []);
}

function joinedViews(plans: readonly Plan[]): readonly VirtualServiceView[] {
  return [
    ...new Map(
      plans.flatMap(({ virtualServices = [] }) =>
        virtualServices.map((view) => [fullName(view), view] as const),
      ),
    ).values(),
  ];
}

/** By title of the VirtualServices that are written. One that is written for several builds is about none alone. */
function buildsOf(plans: readonly Plan[]): ReadonlyMap<string, ChangedBuild> {
  const written = plans.flatMap(({ phases, subset, labels = null }) =>
    phases
      .flatMap(({ writes }) => writes)
      .filter(({ kind }) => kind === 'VirtualService')
      .map(({ after }) => ({ title: titleOf(after), build: { subset, labels } })),
  );
  return new Map(
    [...Map.groupBy(written, ({ title }) => title)].map(([title, own]) => {
      const [first, ...others] = own.map(({ build }) => build);
      return [title, first !== undefined && others.length === 0 ? first : { subset: null, labels: null }];
    }),
  );
}
