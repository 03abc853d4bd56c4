import { operationNamed } from '../operations/index.ts';
import type { Felt, HeadlineInput } from '../operations/common/headline.ts';
import type { CanaryReport } from './canary/types.ts';
import type { Failure, Outcome, WhatIsLeft } from './types.ts';
import { canarySentence } from './canary/words.ts';
import { failureLead } from './failure-lead.ts';
import { askedTotals } from './asked-totals.ts';
import { pairRoutes } from './pairs.ts';
import { changedTargetsOf, isChanged } from './targets.ts';
import { visible } from './text.ts';
import { count, cut, subsetText } from '../base/text.ts';

/** Longer than this, nobody reads it as one sentence. */
const MAX_LENGTH = 300;

/** Builds that are named. */
const MOST_NAMES = 5;

/**
 * What happened, in one sentence on one line without hidden characters: for the summary, the notice and the
 * terminal.
 *
 * @example 'api-domain-pr-10 now gets 20 % of api.domain.io (was 0 %) on 2 routes'
 * @example 'Would give api-domain-pr-10 20 % of api.domain.io (now 0 %) on 2 routes'
 * @example 'Nothing to do: api-domain-pr-10 already gets 20 % of api.domain.io'
 * @example 'Failed (not-found): no VirtualService in namespace shop has the labels app=api'
 * @example 'Failed (check-failed), taken back: api-10 is not good in stage 1 of 3 (10 %): …'
 */
export function headlineOf(outcome: Outcome): string {
  return cut(visible(sentenceOf(outcome)), MAX_LENGTH);
}

function sentenceOf(outcome: Outcome): string {
  if (outcome.failure !== null)
    return `${failureLabel(outcome, outcome.failure)}: ${failureLead(outcome.failure.message).lead}`;
  if (outcome.operation === null) return 'No operation was given';
  const canary = canarySentence(outcome);
  if (canary !== undefined) return canary;
  const operation = operationNamed(outcome.operation);
  if (operation.kind === 'read') return operation.headline({ ...outcome, routes: outcome.after });
  const change: HeadlineInput = {
    name: targetNames(outcome),
    pairs: pairRoutes(outcome.before, outcome.after),
    after: outcome.after,
    subsets: changedTargetsOf(outcome),
    would: outcome.dryRun,
    isUsedElsewhere: outcome.findings.some(({ code }) => code === 'used-elsewhere'),
    felt: feltBy(outcome),
    undone: outcome.undone,
  };
  const sentence = outcome.changed
    ? operation.words.changed(change)
    : `Nothing to do: ${operation.words.unchanged(change)}`;
  return outcome.shared === undefined ? sentence : `${sentence}; ${outcome.shared}`;
}

/**
 * What a failure's sentence begins with. Where something is left of what had been written by then, it says what: whoever
 * is on call wants to know this first, and the sentences about it come last in the message.
 *
 * @example 'Failed (rejected), not all undone'
 */
export function failureLabel({ left, canary }: Outcome, { reason }: Failure): string {
  return `Failed (${reason})${canary === undefined ? leftWords(left) : endWords(canary)}`;
}

function leftWords(left: WhatIsLeft | undefined): string {
  switch (left) {
    case 'routes':
      return ', not all undone';
    case 'rules':
      return ', routes as before';
    case 'change':
      return ', routes changed as asked';
    case undefined:
      return '';
  }
}

function endWords({ end }: CanaryReport): string {
  switch (end) {
    case 'taken-back':
      return ', taken back';
    case 'left':
      return ', not taken back';
    case 'promoted':
      return ', but promoted';
    case 'kept':
    case 'nothing':
      return '';
  }
}

/** `api-10, orders-10 and stock-10`; `10 of 3 services` where all have the same. */
function targetNames(outcome: Outcome): string {
  const names = [...changedTargetsOf(outcome)].map(subsetText);
  const [first = 'the target subset', ...others] = names;
  const changed = outcome.services?.filter((service) => isChanged(outcome, service)) ?? [];
  const services = changed.length === 0 ? (outcome.services ?? []) : changed;
  if (others.length === 0)
    return services.length > 1 ? `${first} of ${count(services.length, 'service')}` : first;
  const shown = names.slice(0, MOST_NAMES);
  const last = names.length > shown.length ? `${names.length - shown.length} more` : shown.pop();
  return `${shown.join(', ')} and ${last ?? ''}`;
}

/** What the headline leaves out of a failure's message; null where it had to cut, so that none of it can be left out. */
export function beyondHeadline(outcome: Outcome): string | null {
  if (outcome.failure === null) return '';
  const { lead, rest } = failureLead(outcome.failure.message);
  return headlineOf(outcome).endsWith(visible(lead)) ? rest : null;
}

function feltBy({ reach }: Outcome): Felt {
  const { classes, reached, undecided } = askedTotals(reach?.asked ?? []);
  if (classes === reached) return { kind: 'all' };
  if (reached > 0) return { kind: 'part', words: `, felt by ${reached} of ${classes} kinds of requests` };
  return { kind: undecided > 0 ? 'unknown' : 'none' };
}
