import type { Reach, ReachChange } from '../reach/types.ts';
import { requestWords } from '../reach/words.ts';
import { codeOf, folded, textOf } from './markdown.ts';
import { visible } from './text.ts';
import { count, grouped, cut } from '../base/text.ts';
import { askedTotals } from './asked-totals.ts';
import { behindNote } from './behind.ts';
import type { Outcome } from './types.ts';

/** Changes that are seen at once, and in all. */
const MOST_OPEN = 5;
const MOST_CHANGES_SHOWN = 50;

/** Characters of a sentence: a header's value may be a regex of a kilobyte. */
const MOST_LETTERS = 300;

/** There is something to say: something would change, and nothing failed. */
function reachOfNews({ reach, changed, failure }: Outcome): Reach | null {
  return changed && failure === null ? reach : null;
}

/**
 * Who is affected, for the summary: a line for each kind of request with an example, and that all else stays.
 *
 * @example 'Requests with x-cid: seu_madruga: v1 → api-pr-10; all else unchanged (4 kinds of requests compared).'
 */
export function reachSection(outcome: Outcome): string {
  const reach = reachOfNews(outcome);
  if (reach === null) return '';
  const [first, ...more] = reach.changes;
  const rest = restOfAll(outcome, reach);
  if (first === undefined)
    return `**Who is affected:** no request gets anything else than before${reach.classes === 0 ? '' : ` (${rest})`}.`;
  if (more.length === 0) {
    const such = first.example === null ? '' : ` For example ${exampleOf(first)}.`;
    const isAll = first.who === 'every request';
    return `**Who is affected:** ${sentenceOf(first, false)}${isAll ? '' : '; all else unchanged'} (${rest}).${such}`;
  }
  const withObject = isOfSeveral(reach);
  const items = reach.changes.slice(0, MOST_CHANGES_SHOWN).map((change) => {
    const such = change.example === null ? '' : `, for example ${exampleOf(change)}`;
    return `- ${sentenceOf(change, withObject)}${such}`;
  });
  const left = reach.changes.length - items.length;
  if (left > 0) items.push(`- and ${count(left, 'more change')}`);
  const open = items.slice(0, MOST_OPEN);
  const hidden = items.slice(MOST_OPEN);
  return [
    ['**Who is affected:**', '', ...open, `- all else unchanged (${rest})`].join('\n'),
    ...(hidden.length === 0 ? [] : [folded(count(hidden.length, 'more change'), hidden.join('\n'))]),
  ].join('\n\n');
}

function sentenceOf({ who, before, after, object }: ReachChange, withObject: boolean): string {
  const where = withObject ? `${textOf(ownerIn(object), MOST_LETTERS)}: ` : '';
  return `${where}${textOf(who, MOST_LETTERS)}: ${textOf(before, MOST_LETTERS)} → **${textOf(after, MOST_LETTERS)}**`;
}

function exampleOf({ example }: ReachChange): string {
  return example === null ? '' : codeOf(requestWords(example), MOST_LETTERS);
}

function ownerIn(object: string): string {
  return object.replace('VirtualService ', '');
}

/** Changes of several VirtualServices: each sentence names its own. */
function isOfSeveral({ changes }: Reach): boolean {
  return new Set(changes.map(({ object }) => object)).size > 1;
}

/** The same for a terminal: plain lines. */
export function reachLines(outcome: Outcome): readonly string[] {
  const reach = reachOfNews(outcome);
  if (reach === null) return [];
  const rest = restOfAll(outcome, reach);
  if (reach.changes.length === 0)
    return [`No request gets anything else than before${reach.classes === 0 ? '' : ` (${rest})`}`];
  const shown = reach.changes.slice(0, MOST_OPEN);
  const withObject = isOfSeveral(reach);
  const [first] = shown;
  const left = reach.changes.length - shown.length;
  return [
    ...shown.flatMap(({ object, who, before, after, example }) => [
      cut(visible(`${withObject ? `${ownerIn(object)}: ` : ''}${who}: ${before} → ${after}`), MOST_LETTERS),
      ...(example === null ? [] : [`  for example ${cut(visible(requestWords(example)), MOST_LETTERS)}`]),
    ]),
    ...(left > 0 ? [`and ${count(left, 'more change')}`] : []),
    first?.who === 'every request' && left === 0 && shown.length === 1
      ? `(${rest})`
      : `all else unchanged (${rest})`,
  ];
}

/** The note about routes that stand behind others, behind what is said of all requests. */
function restOfAll(outcome: Outcome, reach: Reach): string {
  const behind = behindNote(outcome);
  return `${restOf(reach)}${behind === '' ? '' : `; ${behind}`}`;
}

function restOf({ classes, sampled, skipped, asked }: Reach): string {
  return [
    `${classes === 1 ? '1 kind of request' : `${grouped(classes)} kinds of requests`} compared`,
    ...(sampled ? ['a sample of them'] : []),
    ...missedWords(asked),
    ...(skipped > 0 ? [`no example could be made for ${skipped} more`] : []),
  ].join(', ');
}

/** Those that were asked about and would not feel the change, so that the counts agree with the warning. */
function missedWords(asked: Reach['asked']): readonly string[] {
  const { classes, missed, undecided } = askedTotals(asked);
  return [
    ...(missed > 0 ? [`${missed} of ${count(classes, 'kind')} of requests asked about not reached`] : []),
    ...(undecided > 0 ? [`${undecided} of ${count(classes, 'kind')} of requests asked about not known`] : []),
  ];
}
