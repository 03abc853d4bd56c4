import type { VirtualServiceView } from '../plan/virtual-service-views.ts';
import { howOf } from '../plan/writes.ts';
import { mirrorViews } from '../plan/route-settings.ts';
import type { RouteView } from '../plan/view-types.ts';
import type { Reach, ReachChange } from '../reach/types.ts';
import type { Outcome } from './types.ts';
import { printableJson } from '../base/log-text.ts';
import { askedTotals } from './asked-totals.ts';
import { canaryJson } from './canary/json.ts';
import { diffOf } from './diff.ts';
import { prunedOf } from './pruned.ts';
import { sectionOf } from './section.ts';
import { serviceJson } from './service-parts.ts';
import type {
  OutcomeJson,
  VirtualServiceJson,
  RouteJson,
  ReachJson,
  ReachChangeJson,
  PlanJson,
} from './json-types.ts';

function serviceOf({ namespace, name, hosts, gateways, changes }: VirtualServiceView): VirtualServiceJson {
  return {
    namespace,
    name,
    hosts,
    gateways,
    lastChange: changes?.last ?? null,
    builds: changes?.builds ?? [],
  };
}

/** An outcome as the object of `--output json`. */
export function jsonOf(outcome: Outcome): OutcomeJson {
  return {
    changed: outcome.changed,
    operation: outcome.operation ?? '',
    dryRun: outcome.dryRun,
    place: outcome.place ?? '',
    context: outcome.access?.context ?? '',
    server: outcome.access?.server ?? '',
    namespace: outcome.namespace ?? '',
    subset: outcome.subset ?? '',
    previousSubset: outcome.previous?.subset ?? '',
    previousPodSelector: outcome.previous?.podSelector ?? '',
    previewUrl: outcome.previewUrl ?? '',
    routes: outcome.after.map(routeOf),
    diff: diffOf(outcome.texts),
    plan: planOf(outcome),
    reach: outcome.reach === null ? null : reachJson(outcome.reach),
    confirmed: outcome.confirmation?.how ?? 'none',
    confirmation: outcome.confirmation?.words ?? '',
    safeToScaleDown: outcome.safeToScaleDown,
    failureReason: outcome.failure?.reason ?? '',
    findings: outcome.findings.map(({ code, severity, message, object }) => ({
      code,
      severity,
      message,
      object,
    })),
    ...(outcome.proxies !== undefined && { proxies: outcome.proxies }),
    ...shownBy(outcome),
    ...(outcome.canary !== undefined && { canary: canaryJson(outcome.canary) }),
    ...(outcome.services !== undefined && {
      services: outcome.services.map((service) => serviceJson(outcome, service)),
    }),
    failure:
      outcome.failure === null ? null : { reason: outcome.failure.reason, message: outcome.failure.message },
  };
}

/** What an operation shows besides. */
function shownBy(
  outcome: Outcome,
): Pick<OutcomeJson, 'virtualServices' | 'previews' | 'explanations' | 'history' | 'pruned'> {
  switch (sectionOf(outcome.operation)) {
    case 'routes':
      return {
        virtualServices: (outcome.virtualServices ?? []).map(serviceOf),
        previews: outcome.previews ?? [],
      };
    case 'explanations':
      return { explanations: outcome.explanations };
    case 'history':
      return { history: outcome.history };
    case 'changes':
      return outcome.pruned === undefined ? {} : { pruned: prunedOf(outcome) };
  }
}

/** An outcome as text for stdout: indented, one line end at the end. */
export function jsonTextOf(outcome: Outcome): string {
  return `${printableJson(JSON.stringify(jsonOf(outcome), null, 2))}\n`;
}

/** What is written, in order, each object whole. */
export function planOf(outcome: Outcome): PlanJson {
  return {
    operation: outcome.operation ?? '',
    subset: outcome.subset ?? '',
    phases: outcome.phases.map(({ name, writes }) => ({
      name,
      writes: writes.map((write) => {
        const { kind, after } = write;
        const { namespace, name } = after.metadata;
        const metadata = Object.fromEntries(
          Object.entries(after.metadata).filter(([key]) => key !== 'managedFields'),
        );
        return { kind, namespace, name, how: howOf(write), document: { ...after, metadata } };
      }),
    })),
  };
}

/** At most this many: similar ones are one already, and a plan's diff has the rest. */
const MOST_CHANGES_IN_JSON = 200;

function reachJson({ classes, sampled, skipped, asked, changes, unexpected }: Reach): ReachJson {
  const { missed: _, ...totals } = askedTotals(asked);
  const changeOf = ({ object, who, before, after, classes, example }: ReachChange): ReachChangeJson => ({
    object,
    who,
    before,
    after,
    classes,
    example,
  });
  return {
    classes,
    sampled,
    skipped,
    asked: totals,
    changes: changes.slice(0, MOST_CHANGES_IN_JSON).map(changeOf),
    unexpected: unexpected
      .slice(0, MOST_CHANGES_IN_JSON)
      .map((change) => ({ ...changeOf(change), expected: change.expected })),
  };
}

/** A route's fields, these and in this order: they are what the schema promises. */
export function routeOf(view: RouteView): RouteJson {
  return {
    virtualService: view.virtualService,
    namespace: view.namespace,
    kind: view.kind,
    index: view.index,
    name: view.name,
    pick: view.pick,
    match: view.match,
    madeBy: view.madeBy,
    destinations: view.destinations.map(({ host, subset, port, share, labels, readyPods }) => ({
      host,
      subset,
      port,
      share,
      labels,
      readyPods,
    })),
    mirrors: mirrorViews(view),
    action: view.action,
  };
}
