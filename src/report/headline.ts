import { operationNamed } from '../operations/index.ts';
import type { Felt, HeadlineInput } from '../operations/common/headline.ts';
import type { Outcome } from './types.ts';
import { canarySentence } from './canary/words.ts';
import { failureLead } from './failure-lead.ts';
import { pairRoutes } from './pairs.ts';
import { visible } from './text.ts';
import { cut, subsetText } from '../base/text.ts';

/** Longer than this, nobody reads it as one sentence. */
const MAX_LENGTH = 300;

/**
 * What happened, in one sentence on one line without hidden characters: for the summary, the notice and the
 * terminal.
 *
 * @example 'api-domain-pr-10 now gets 20 % of api.domain.io (was 0 %) on 2 routes'
 * @example 'Would give api-domain-pr-10 20 % of api.domain.io (now 0 %) on 2 routes'
 * @example 'Nothing to do: api-domain-pr-10 already gets 20 % of api.domain.io'
 * @example 'Failed (not-found): no VirtualService in namespace shop has the labels app=api'
 */
export function headlineOf(outcome: Outcome): string {
  return cut(visible(sentenceOf(outcome)), MAX_LENGTH);
}

function sentenceOf(outcome: Outcome): string {
  if (outcome.failure !== null)
    return `Failed (${outcome.failure.reason}): ${failureLead(outcome.failure.message).lead}`;
  if (outcome.operation === null) return 'No operation was given';
  const canary = canarySentence(outcome);
  if (canary !== undefined) return canary;
  const operation = operationNamed(outcome.operation);
  if (operation.kind === 'read') return operation.headline({ ...outcome, routes: outcome.after });
  const change: HeadlineInput = {
    name: outcome.subset === null ? 'the target subset' : subsetText(outcome.subset),
    pairs: pairRoutes(outcome.before, outcome.after),
    after: outcome.after,
    subset: outcome.subset,
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

/** What the headline leaves out of a failure's message; null where it had to cut, so that none of it can be left out. */
export function beyondHeadline(outcome: Outcome): string | null {
  if (outcome.failure === null) return '';
  const { lead, rest } = failureLead(outcome.failure.message);
  return headlineOf(outcome).endsWith(visible(lead)) ? rest : null;
}

function feltBy({ reach }: Outcome): Felt {
  const asked = reach?.asked ?? [];
  const sum = (of: (one: (typeof asked)[number]) => number): number =>
    asked.reduce((total, one) => total + of(one), 0);
  const [classes, reached] = [sum((one) => one.classes), sum((one) => one.reached)];
  if (classes === reached) return { kind: 'all' };
  if (reached > 0) return { kind: 'part', words: `, felt by ${reached} of ${classes} kinds of requests` };
  return { kind: sum((one) => one.undecided) > 0 ? 'unknown' : 'none' };
}
