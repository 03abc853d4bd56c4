/** What a change of several services does to each of them. */
import { INPUTS } from '../intent/inputs.ts';
import type { PreviousBuild } from '../plan/types.ts';
import { ownerOf } from '../plan/owners.ts';
import type { RouteView } from '../plan/view-types.ts';
import { headlineOf } from './headline.ts';
import { codeOf, messageOf } from './markdown.ts';
import { isChanged } from './targets.ts';
import { visible } from './text.ts';
import type { Outcome, ServiceOutcome } from './types.ts';

/** Services of a list; the table has the others' routes. */
const MOST = 30;

/** Characters of a sentence. */
const MAX_SENTENCE = 400;

/** A service as the outputs have it. */
export interface ServiceJson {
  /** Empty: it is selected by name. */
  readonly labelSelector: string;
  /** Empty: it is selected by labels. */
  readonly virtualService: string;
  /** Empty: the builds that some requests get. */
  readonly podSelector: string;
  readonly changed: boolean;
  readonly subset: string;
  /** As the outputs `previous-subset` and `previous-pod-selector`. */
  readonly previousSubset: string;
  readonly previousPodSelector: string;
  /** `shop/api` */
  readonly virtualServices: readonly string[];
}

export function serviceJson(outcome: Outcome, service: ServiceOutcome): ServiceJson {
  const previous: Partial<PreviousBuild> = service.previous ?? {};
  return {
    labelSelector: service.selection[INPUTS.labelSelector.name] ?? '',
    virtualService: service.selection[INPUTS.virtualService.name] ?? '',
    podSelector: service.podSelector ?? '',
    changed: isChanged(outcome, service),
    subset: service.subset ?? '',
    previousSubset: previous.subset ?? '',
    previousPodSelector: previous.podSelector ?? '',
    virtualServices: service.virtualServices,
  };
}

/** A list with a sentence for each; empty where the change is about one service, or has failed. */
export function servicesList(outcome: Outcome): string {
  const lines = parts(
    outcome,
    ({ title }, sentence) => `- ${codeOf(title, 120)}: ${messageOf(sentence, MAX_SENTENCE)}`,
  );
  return lines.length === 0 ? '' : ['**By service:**\n', ...lines].join('\n');
}

/** The same for a terminal. */
export function servicesLines(outcome: Outcome): readonly string[] {
  return parts(outcome, ({ title }, sentence) => `  ${visible(title)}: ${sentence}`);
}

function parts(
  outcome: Outcome,
  lineOf: (service: ServiceOutcome, sentence: string) => string,
): readonly string[] {
  const { services = [], failure } = outcome;
  if (failure !== null || services.length < 2) return [];
  return services.slice(0, MOST).map((service) => lineOf(service, headlineOf(partOf(outcome, service))));
}

/** The outcome as if the change had been about this service alone, as far as a headline goes. */
function partOf(outcome: Outcome, service: ServiceOutcome): Outcome {
  const { services: _, shared: __, reach, ...whole } = outcome;
  const isOwn = (view: RouteView): boolean => service.virtualServices.includes(ownerOf(view));
  const titles = new Set(service.virtualServices.map((name) => `VirtualService ${name}`));
  return {
    ...whole,
    subset: service.subset,
    changed: isChanged(outcome, service),
    before: outcome.before.filter(isOwn),
    after: outcome.after.filter(isOwn),
    findings: service.findings,
    reach: reach && { ...reach, asked: reach.asked.filter(({ object }) => titles.has(object)) },
  };
}
