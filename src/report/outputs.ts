import type { Outcome } from './types.ts';
import { printableJson } from '../base/log-text.ts';
import { canaryJson } from './canary/json.ts';
import { diffOf } from './diff.ts';
import { grouped } from '../base/text.ts';
import { prunedOf } from './pruned.ts';
import { planOf, routeOf } from './json.ts';
import { serviceJson, type ServiceJson } from './service-parts.ts';
import type { PlanJson } from './json-types.ts';

/** The Action's outputs, in the order of the table, and when each is known: with the plan, or at the end alone. */
const OUTPUTS = {
  changed: 'end',
  operation: 'plan',
  context: 'plan',
  server: 'plan',
  subset: 'plan',
  'previous-subset': 'plan',
  'previous-pod-selector': 'plan',
  'preview-url': 'plan',
  services: 'end',
  routes: 'end',
  diff: 'plan',
  plan: 'plan',
  explanations: 'end',
  history: 'end',
  pruned: 'end',
  verdict: 'end',
  stage: 'end',
  canary: 'end',
  confirmed: 'end',
  'safe-to-scale-down': 'end',
  'failure-reason': 'end',
} as const;

export type OutputName = keyof typeof OUTPUTS;

export const OUTPUT_NAMES: readonly OutputName[] = Object.keys(OUTPUTS).filter(isOutputName);

function isOutputName(name: string): name is OutputName {
  return Object.hasOwn(OUTPUTS, name);
}

/**
 * The most that each may take, in UTF-16 units. A job's outputs may take 1 MB, counted in UTF-16 (two bytes a
 * unit), and a job whose outputs are larger fails after its work is done; those of istiops stay below it together.
 *
 * @see https://docs.github.com/actions/how-tos/write-workflows/choose-what-workflows-do/pass-job-outputs
 */
export const OUTPUT_LIMITS = {
  routes: 200_000,
  plan: 120_000,
  // Instead of a plan: what only reads writes nothing.
  explanations: 120_000,
  history: 100_000,
  canary: 40_000,
  diff: 100_000,
  pruned: 100_000,
  services: 20_000,
  'safe-to-scale-down': 40_000,
} as const;

/** What `fromJSON` can read, though there is no canary to speak of. */
const NO_CANARY = '{"end":"nothing","stages":[]}';

/** A defined value for each output, to be set before anything else is done. */
export function emptyOutputs(): Record<OutputName, string> {
  return {
    changed: 'false',
    operation: '',
    context: '',
    server: '',
    subset: '',
    'previous-subset': '',
    'previous-pod-selector': '',
    'preview-url': '',
    services: '[]',
    routes: '[]',
    diff: '',
    plan: '{"operation":"","subset":"","phases":[]}',
    explanations: '[]',
    history: '[]',
    pruned: '[]',
    verdict: '',
    stage: '',
    canary: NO_CANARY,
    confirmed: 'none',
    'safe-to-scale-down': '[]',
    'failure-reason': '',
  };
}

/**
 * The Action's outputs for an outcome. What would be too large for a job is cut: the diff at a line, with a
 * last line that says so; of the lists, what comes last is left out; of the plan, the documents. The plan's
 * `leftOut` then says how many.
 */
export function outputsOf(outcome: Outcome): Record<OutputName, string> {
  const routes = listWithin(outcome.after.map(routeOf), OUTPUT_LIMITS.routes);
  const pods = listWithin(outcome.safeToScaleDown, OUTPUT_LIMITS['safe-to-scale-down']);
  return {
    changed: String(outcome.changed),
    operation: outcome.operation ?? '',
    context: outcome.access?.context ?? '',
    server: outcome.access?.server ?? '',
    subset: outcome.subset ?? '',
    'previous-subset': outcome.previous?.subset ?? '',
    'previous-pod-selector': outcome.previous?.podSelector ?? '',
    'preview-url': outcome.previewUrl ?? '',
    services: listWithin(servicesJson(outcome), OUTPUT_LIMITS.services).text,
    routes: routes.text,
    diff: cutLines(diffOf(outcome.texts), OUTPUT_LIMITS.diff, (text) => text.length),
    plan: planWithin(planOf(outcome), { routes: routes.leftOut, podSelectors: pods.leftOut }),
    explanations: listWithin(outcome.explanations, OUTPUT_LIMITS.explanations).text,
    history: listWithin(outcome.history, OUTPUT_LIMITS.history).text,
    pruned: listWithin(prunedOf(outcome), OUTPUT_LIMITS.pruned).text,
    ...canaryOutputs(outcome),
    confirmed: outcome.confirmation?.how ?? 'none',
    'safe-to-scale-down': pods.text,
    'failure-reason': outcome.failure?.reason ?? '',
  };
}

function servicesJson(outcome: Outcome): readonly ServiceJson[] {
  return (outcome.services ?? []).map((service) => serviceJson(outcome, service));
}

/** What its gates say is left out where it would be too long. */
function canaryOutputs({ canary }: Outcome): Record<'verdict' | 'stage' | 'canary', string> {
  if (canary === undefined) return { verdict: '', stage: '', canary: NO_CANARY };
  const whole = canaryJson(canary);
  const text = printableJson(JSON.stringify(whole));
  const short = { ...whole, stages: whole.stages.map(({ gates: _, ...stage }) => stage) };
  return {
    verdict: whole.verdict,
    stage: String(whole.stage),
    canary: text.length <= OUTPUT_LIMITS.canary ? text : printableJson(JSON.stringify(short)),
  };
}

/** Those that are known before anything is written, so that a later step has them whatever happens then. */
export function outputsOfPlan(outcome: Outcome): Partial<Record<OutputName, string>> {
  const outputs = outputsOf(outcome);
  return Object.fromEntries(
    OUTPUT_NAMES.filter((name) => OUTPUTS[name] === 'plan').map((name) => [name, outputs[name]]),
  );
}

/** As many whole items as fit, so that what is cut is still JSON. */
function listWithin(
  items: readonly unknown[],
  limit: number,
): { readonly text: string; readonly leftOut: number } {
  const texts: string[] = [];
  let left = limit - '[]'.length;
  for (const item of items) {
    const text = printableJson(JSON.stringify(item));
    left -= text.length + 1;
    if (left < 0) break;
    texts.push(text);
  }
  return { text: `[${texts.join(',')}]`, leftOut: items.length - texts.length };
}

/** Objects named by a plan in each phase, where even their names are too many. */
const MAX_NAMES = 50;

/**
 * Which objects are written, and when, matters more than their content, which the diff has: the documents go
 * first. `leftOut` counts what is missing, here and in the other lists; where nothing is, it isn't there.
 */
function planWithin(plan: PlanJson, cut: { readonly routes: number; readonly podSelectors: number }): string {
  const lost = Object.fromEntries(Object.entries(cut).filter(([, number]) => number > 0));
  const writes = plan.phases.reduce((sum, phase) => sum + phase.writes.length, 0);
  const whole = planText(plan, plan.phases, lost);
  if (whole.length <= OUTPUT_LIMITS.plan) return whole;

  const named = plan.phases.map(({ name, writes }) => ({
    name,
    writes: writes.map(({ kind, namespace, name: object, how }) => ({ kind, namespace, name: object, how })),
  }));
  const names = planText(plan, named, { ...lost, documents: writes });
  if (names.length <= OUTPUT_LIMITS.plan) return names;

  const first = named.map(({ name, writes }) => ({ name, writes: writes.slice(0, MAX_NAMES) }));
  const kept = first.reduce((sum, phase) => sum + phase.writes.length, 0);
  return planText(plan, first, { ...lost, documents: writes, writes: writes - kept });
}

function planText(
  plan: PlanJson,
  phases: readonly object[],
  leftOut: Readonly<Record<string, number>>,
): string {
  const { operation, subset } = plan;
  const nothing = Object.keys(leftOut).length === 0;
  return printableJson(
    JSON.stringify(nothing ? { operation, subset, phases } : { operation, subset, phases, leftOut }),
  );
}

/**
 * Whole lines from the beginning, as many as fit, and a last line that says how many are left out. Lines of a
 * unified diff begin with a space, `+`, `-`, `@` or `\`: one with `#` isn't taken for one of them.
 *
 * @param sizeOf what a text counts against `limit`: its bytes, or its UTF-16 units
 */
export function cutLines(text: string, limit: number, sizeOf: (text: string) => number): string {
  if (sizeOf(text) <= limit) return text;
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const room = limit - 80;
  const shown: string[] = [];
  let used = 0;
  for (const line of lines) {
    used += sizeOf(line) + 1;
    if (used > room) break;
    shown.push(line);
  }
  const rest = grouped(lines.length - shown.length);
  return [...shown, `# cut here: ${rest} more lines would be too long for this place`, ''].join('\n');
}
