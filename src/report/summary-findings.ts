import { count, cut } from '../base/text.ts';
import type { Finding, Severity } from '../base/findings.ts';
import { codeOf, fenced, messageOf, textOf } from './markdown.ts';
import { visibleLines } from './text.ts';

/**
 * Findings, and characters of what they say. An escaped character takes up to twelve bytes: with these, all that is
 * neither table nor diff stays below 600 kB.
 */
const MAX_FINDINGS = 20;
const MAX_SENTENCE = 500;
const MAX_BLOCK = 1_500;

/** Pod selectors that are listed. */
const MAX_SELECTORS = 20;

const SIGNS: Readonly<Record<Severity, string>> = { error: '❌', warning: '⚠️', notice: 'ℹ️' };

/** A list, the findings in the order given. */
export function findingsList(findings: readonly Finding[]): string {
  if (findings.length === 0) return '';
  const items = findings.slice(0, MAX_FINDINGS).map(findingItem);
  const rest = findings.length - items.length;
  if (rest > 0) items.push(`- and ${count(rest, 'more finding')}`);
  return items.join('\n');
}

function findingItem({ code, severity, message, object }: Finding): string {
  const [first = '', ...rest] = message.trim().split('\n');
  // Most messages name their object themselves.
  const about = object === null || message.includes(object) ? '' : `${textOf(object, 200)}: `;
  const item = `- ${SIGNS[severity]} ${about}${messageOf(first, MAX_SENTENCE)} (${codeOf(code, 80)})`;
  if (rest.length === 0) return item;
  const block = fenced(cut(visibleLines(rest.join('\n').trim()), MAX_BLOCK), '');
  return `${item}\n\n${block.replace(/^/gm, '  ')}\n`;
}

/** Which pods get no requests any more. */
export function scaleDownLine(selectors: readonly string[]): string {
  if (selectors.length === 0) return '';
  const shown = selectors.slice(0, MAX_SELECTORS).map((selector) => codeOf(selector, 200));
  const rest = selectors.length - shown.length;
  const more = rest > 0 ? ` and ${rest} more` : '';
  return `No route sends to these pods any more, they can be scaled down: ${shown.join(', ')}${more}`;
}
