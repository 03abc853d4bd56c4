import { cut } from '../base/text.ts';
import { beyondHeadline } from './headline.ts';
import { fenced, messageOf } from './markdown.ts';
import { joinSections, visibleLines } from './text.ts';
import type { Outcome } from './types.ts';

/** Characters of what a failure says. */
const MAX_DETAILS = 8_000;

/** What the headline of a failure leaves out: what to do, a Role to grant, a DestinationRule to create. */
export function failureSection(outcome: Outcome): string {
  // The table of expectations says it all, one by one.
  if (outcome.failure === null || outcome.explanations.length > 0) return '';
  const rest = beyondHeadline(outcome);
  const words = rest ?? `In full: ${outcome.failure.message.trim()}`;
  const [line = '', ...lines] = cut(words, MAX_DETAILS).split('\n');
  return joinSections([
    messageOf(line.trim(), MAX_DETAILS),
    isItemList(lines) ? itemsText(lines) : blockOf(lines),
  ]);
}

/** Items, and perhaps a sentence below: sentences don't wrap in a block. */
function isItemList(lines: readonly string[]): boolean {
  return (
    lines.length > 0 && lines.every((line, i) => line.startsWith('- ') || (i > 0 && i === lines.length - 1))
  );
}

function itemsText(lines: readonly string[]): string {
  const items = lines.filter((line) => line.startsWith('- '));
  const below = lines.filter((line) => !line.startsWith('- '));
  return joinSections([
    items.map((line) => `- ${messageOf(line.slice(2), MAX_DETAILS)}`).join('\n'),
    ...below.map((line) => messageOf(line, MAX_DETAILS)),
  ]);
}

/** As it is: to copy from, or a table made of blanks. */
function blockOf(lines: readonly string[]): string {
  const text = lines.join('\n').replace(/^\n+/, '');
  return text === '' ? '' : fenced(cut(visibleLines(text), MAX_DETAILS), '');
}
