import { operationNamed } from '../operations/index.ts';
import type { Felt, HeadlineInput } from '../operations/common/headline.ts';
import type { Outcome } from './types.ts';
import { pairRoutes } from './pairs.ts';
import { visible } from './text.ts';
import { cut } from '../base/text.ts';

/** Longer than this, nobody reads it as one sentence. */
const MAX_LENGTH = 300;

/** Shorter than this, what failed is not yet said: `Nothing was changed.` */
const ENOUGH = 50;

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
    return `Failed (${outcome.failure.reason}): ${leadOf(outcome.failure.message)}`;
  if (outcome.operation === null) return 'Nothing was asked for';
  const operation = operationNamed(outcome.operation);
  if (operation.kind === 'read') return operation.headline({ ...outcome, routes: outcome.after });
  const change: HeadlineInput = {
    name: outcome.subset ?? 'the target subset',
    pairs: pairRoutes(outcome.before, outcome.after),
    after: outcome.after,
    subset: outcome.subset,
    would: outcome.dryRun,
    isUsedElsewhere: outcome.findings.some(({ code }) => code === 'used-elsewhere'),
    felt: feltBy(outcome),
    undone: outcome.undone,
  };
  return outcome.changed
    ? operation.words.changed(change)
    : `Nothing to do: ${operation.words.unchanged(change)}`;
}

/** The sentences that an error begins with, as many as say what went wrong; what to do is left to the rest of it. */
function leadOf(message: string): string {
  const [line = ''] = message.trim().split('\n');
  const sentences = line.split(/(?<=[.!?]) (?=[A-Z])/);
  let lead = sentences[0] ?? '';
  for (const sentence of sentences.slice(1)) {
    if (lead.length >= ENOUGH) break;
    lead += ` ${sentence}`;
  }
  return lead;
}

/** What the headline leaves out of a failure's message; null where it had to cut, so that none of it can be left out. */
export function beyondHeadline(outcome: Outcome): string | null {
  if (outcome.failure === null) return '';
  const message = outcome.failure.message.trim();
  const lead = leadOf(message);
  return headlineOf(outcome).endsWith(visible(lead)) ? message.slice(lead.length) : null;
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
