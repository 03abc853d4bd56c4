/** Several services in one change: each is planned on what those before it leave, and all are written together. */
import { TrafficError, toTrafficError } from '../base/errors.ts';
import { titleOf } from '../base/title.ts';
import { lineTitle } from '../intent/services.ts';
import { formatLabels } from '../istio/labels.ts';
import { intentsOfServices } from '../operations/browser-services.ts';
import { selectionOf } from '../operations/index.ts';
import type { ServiceIntent, ServiceOfIntent, ServicesIntent } from '../operations/services.ts';
import { afterRoutes } from '../plan/join-phases.ts';
import { joinPlans } from '../plan/join-plans.ts';
import { refuseChosen, withSetAside } from '../plan/set-aside.ts';
import type { Plan, ServicePlan, Snapshot } from '../plan/types.ts';
import { planOne } from './plan-one.ts';

/** What the services so far come to. */
interface PlannedServices {
  /** What the next one is planned on. */
  readonly snapshot: Snapshot;
  readonly plans: readonly ServicePlan[];
  /** By title of the VirtualServices that are shifted: the line that says so. */
  readonly lines: ReadonlyMap<string, Line>;
  readonly failures: readonly LineFailure[];
}

type Line = ServiceOfIntent['line'];

interface LineFailure {
  readonly line: Line;
  readonly error: TrafficError;
}

/** @throws TrafficError with every line that can't be planned */
export function planServices(read: Snapshot, intent: ServicesIntent, force: boolean): Plan {
  const start: PlannedServices = { snapshot: read, plans: [], lines: new Map(), failures: [] };
  const intents = intentsOfServices(read, intent);
  const { plans, failures } = intent.services.reduce<PlannedServices>((planned, { line }, i) => {
    const own = intents[i];
    return own === undefined ? planned : withService(planned, line, own, force);
  }, start);
  const [first] = failures;
  if (first !== undefined) throw failureOf(failures, first, intent.services.length);
  return joinPlans(read, plans);
}

function withService(
  planned: PlannedServices,
  line: Line,
  intent: ServiceIntent,
  force: boolean,
): PlannedServices {
  try {
    const { plan, shifted } = planService(planned.snapshot, intent, force);
    const other = shifted.find((title) => planned.lines.has(title));
    if (other !== undefined) throw givenTwice(other, planned.lines.get(other));
    return {
      snapshot: afterRoutes(planned.snapshot, plan.phases),
      plans: [...planned.plans, { ...selectorsOf(intent), plan }],
      lines: new Map([...planned.lines, ...shifted.map((title) => [title, line] as const)]),
      failures: planned.failures,
    };
  } catch (thrown) {
    return { ...planned, failures: [...planned.failures, { line, error: toTrafficError(thrown) }] };
  }
}

/** @returns `shifted`: titles of the VirtualServices whose base routes are shifted to the build, or copied for it */
function planService(
  snapshot: Snapshot,
  intent: ServiceIntent,
  force: boolean,
): { readonly plan: Plan; readonly shifted: readonly string[] } {
  refuseChosen(snapshot, selectionOf(intent), force);
  try {
    const { plan, draft } = planOne(snapshot, intent, force);
    return { plan, shifted: (draft.shift?.served ?? []).map(({ virtualService }) => titleOf(virtualService)) };
  } catch (thrown) {
    throw withSetAside(thrown, snapshot);
  }
}

function selectorsOf(intent: ServiceIntent): Omit<ServicePlan, 'plan'> {
  return {
    labelSelector: intent.selector?.text ?? '',
    podSelector: 'podLabels' in intent ? formatLabels(intent.podLabels) : null,
  };
}

/** What two builds of one service are to get would depend on which comes first. */
function givenTwice(title: string, line: Line | undefined): TrafficError {
  return new TrafficError(
    'invalid-input',
    `It is about ${title}, and so is line ${line?.number ?? 0}: each service can be in \`services\` once, with one build. ` +
      'Correct one of the two label selectors.',
  );
}

function failureOf(failures: readonly LineFailure[], first: LineFailure, all: number): TrafficError {
  const findings = failures.flatMap(({ error }) => error.findings);
  const told = failures.map(({ line, error }) => `${capitalised(lineTitle(line))}: ${error.message}`);
  const message =
    failures.length === 1 ? told.join('') : `${failures.length} of ${all} services can't be changed:\n\n${told.join('\n\n')}`;
  return new TrafficError(first.error.reason, message, { cause: first.error, findings });
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
