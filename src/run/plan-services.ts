/** Several services in one change: each is planned on what those before it leave, and all are written together. */
import { TrafficError, toTrafficError } from '../base/errors.ts';
import { capitalised } from '../base/text.ts';
import { titleOf } from '../base/title.ts';
import { INPUTS } from '../intent/inputs.ts';
import { selectionInputs } from '../intent/selection.ts';
import { lineText, lineTitle, type ServiceLine } from '../intent/services.ts';
import { formatLabels } from '../istio/labels.ts';
import { intentsOfServices } from '../operations/browser-services.ts';
import { selectionOf } from '../operations/index.ts';
import type { ServiceIntent, ServicesIntent } from '../operations/services.ts';
import { afterRoutes } from '../plan/join-phases.ts';
import { joinPlans } from '../plan/join-plans.ts';
import { refuseChosen, withSetAside } from '../plan/set-aside.ts';
import type { ChangeDraft } from '../plan/draft.ts';
import type { Plan, ServicePlan, Snapshot } from '../plan/types.ts';

/** What is planned for one service. */
export interface PlannedChange {
  readonly plan: Plan;
  readonly draft: ChangeDraft;
}

type PlanOne = (snapshot: Snapshot, intent: ServiceIntent) => PlannedChange;

/** What the services so far come to. */
interface PlannedServices {
  /** What the next one is planned on. */
  readonly snapshot: Snapshot;
  readonly plans: readonly ServicePlan[];
  /** By title of the VirtualServices that are taken: the line that they are of. */
  readonly lines: ReadonlyMap<string, ServiceLine>;
  readonly failures: readonly LineFailure[];
}

interface LineFailure {
  readonly line: ServiceLine;
  readonly error: TrafficError;
}

/**
 * @param planOne plans one of them
 * @throws TrafficError with every line that can't be planned
 */
export function planServices(read: Snapshot, intent: ServicesIntent, planOne: PlanOne, force: boolean): Plan {
  const start: PlannedServices = { snapshot: read, plans: [], lines: new Map(), failures: [] };
  const intents = intentsOfServices(read, intent);
  const { plans, failures } = intent.services.reduce<PlannedServices>((planned, { line }, i) => {
    const own = intents[i];
    return own === undefined ? planned : withService(planned, line, own, planOne, force);
  }, start);
  const [first] = failures;
  if (first !== undefined) throw failureOf(failures, first, intent.services.length);
  return joinPlans(read, plans);
}

function withService(
  planned: PlannedServices,
  line: ServiceLine,
  intent: ServiceIntent,
  planOne: PlanOne,
  force: boolean,
): PlannedServices {
  try {
    const { plan, taken } = planService(planned.snapshot, intent, planOne, force);
    const other = taken.find((title) => planned.lines.has(title));
    if (other !== undefined) throw givenTwice(other, planned.lines.get(other));
    return {
      snapshot: afterRoutes(planned.snapshot, plan.phases),
      plans: [...planned.plans, { ...selectorTexts(line, intent), plan }],
      lines: new Map([...planned.lines, ...taken.map((title) => [title, line] as const)]),
      failures: planned.failures,
    };
  } catch (thrown) {
    return { ...planned, failures: [...planned.failures, { line, error: toTrafficError(thrown) }] };
  }
}

/** @returns `taken`: titles of the VirtualServices that are written, or whose base routes are the service's */
function planService(
  snapshot: Snapshot,
  intent: ServiceIntent,
  planOne: PlanOne,
  force: boolean,
): { readonly plan: Plan; readonly taken: readonly string[] } {
  refuseChosen(snapshot, selectionOf(intent), force);
  try {
    const { plan, draft } = planOne(snapshot, intent);
    const served = (draft.shift?.served ?? []).map(({ virtualService }) => virtualService);
    const written = draft.virtualServices.flatMap(({ before, after }) => (before === after ? [] : [before]));
    return { plan, taken: [...new Set([...served, ...written].map(titleOf))] };
  } catch (thrown) {
    throw withSetAside(thrown, snapshot);
  }
}

function selectorTexts({ words }: ServiceLine, intent: ServiceIntent): Omit<ServicePlan, 'plan'> {
  return {
    title: lineText({ ...words, [INPUTS.podSelector.name]: undefined }),
    selection: selectionInputs(intent),
    podSelector: 'podLabels' in intent ? formatLabels(intent.podLabels) : null,
  };
}

/**
 * What two builds of one service are to get would depend on which comes first, and each VirtualService remembers one
 * build for each change.
 */
function givenTwice(title: string, line: ServiceLine | undefined): TrafficError {
  return new TrafficError(
    'invalid-input',
    `It is about ${title}, and so is line ${line?.number ?? 0}: in one change, each VirtualService can get one build. ` +
      'Correct one of the two lines, or change this service in a step of its own.',
  );
}

function failureOf(failures: readonly LineFailure[], first: LineFailure, all: number): TrafficError {
  const findings = failures.flatMap(({ error }) => error.findings);
  const told = failures.map(({ line, error }) => `${capitalised(lineTitle(line))}: ${error.message}`);
  const message =
    failures.length === 1
      ? told.join('')
      : `${failures.length} of ${all} services can't be changed:\n\n${told.join('\n\n')}`;
  return new TrafficError(first.error.reason, message, { cause: first.error, findings });
}
