import type { RoutePair, RouteView } from '../plan/view-types.ts';
import type { Finding, Severity } from '../base/findings.ts';
import type { Outcome } from './types.ts';
import { diffOf } from './diff.ts';
import { beyondHeadline, headlineOf } from './headline.ts';
import { explainSummary } from './explain-summary.ts';
import { historyTable } from './history.ts';
import { codeOf, fenced, folded, tableOf, textOf } from './markdown.ts';
import { pictureOf } from './mermaid.ts';
import { cutLines } from './outputs.ts';
import { pairRoutes } from './pairs.ts';
import { reachSection } from './reach.ts';
import { CHANGE_HEAD, changeRow, SHOW_HEAD, showRow, styleOf } from './summary-table.ts';
import { isReading, newsOf, visibleLines } from './text.ts';
import { bytesOf, count, cut } from '../base/text.ts';

/**
 * Bytes of a summary. The runner drops one of more than 1,024 KiB whole, and another part of the same step may
 * write a line of its own.
 *
 * @see https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits
 */
export const SUMMARY_LIMIT = 1_000_000;

/** Rows that are seen at once; the others are folded away. */
const MAX_OPEN_ROWS = 30;

/** Rows in all: a browser is slow with more, and nobody reads them. */
const MAX_ROWS = 500;

/**
 * Findings, and characters of what they and a failure say. An escaped character takes up to twelve bytes: with
 * these, all that is neither table nor diff stays below 600 kB.
 */
const MAX_FINDINGS = 20;
const MAX_SENTENCE = 500;
const MAX_BLOCK = 1_500;
const MAX_DETAILS = 8_000;

/** A diff of fewer bytes than this is no help. */
const MIN_DIFF = 2_000;

/**
 * The job summary, Markdown and HTML, for a person who has ten seconds: a sentence, a table route by route, a
 * picture, findings, and the diff folded away. Below 1 MiB whatever the cluster holds: the diff is cut first,
 * then the table, and each says so.
 */
export function summaryOf(outcome: Outcome): string {
  const pairs = pairRoutes(outcome.before, outcome.after);
  const head = [
    `### ${signOf(outcome)} ${textOf(headlineOf(outcome), MAX_SENTENCE)}`,
    factsOf(outcome),
    failureOf(outcome),
    reachSection(outcome),
  ];
  const tail = [
    pictureSection(outcome, pairs),
    findingsOf(newsOf(outcome)),
    scaleDownOf(outcome.safeToScaleDown),
  ];
  const fixed = bytesOf(joined([...head, ...tail]));

  if (outcome.operation === 'explain') {
    const section = explainSummary(outcome.explanations, SUMMARY_LIMIT - fixed - 1_000);
    return `${joined([...head, section, findingsOf(newsOf(outcome))])}\n`;
  }
  if (outcome.operation === 'history') {
    const section = historyTable(outcome.history, SUMMARY_LIMIT - fixed - 1_000);
    return `${joined([...head, section, findingsOf(newsOf(outcome))])}\n`;
  }
  const table = tableSection(outcome, pairs, SUMMARY_LIMIT - fixed - 1_000);
  const diff = diffSection(diffOf(outcome.texts), SUMMARY_LIMIT - fixed - bytesOf(table) - 1_000);
  return `${joined([...head, table, ...tail, diff])}\n`;
}

function joined(sections: readonly string[]): string {
  return sections.filter((section) => section !== '').join('\n\n');
}

function signOf(outcome: Outcome): string {
  if (outcome.failure !== null) return '❌';
  if (isReading(outcome)) return '🔎';
  if (outcome.dryRun) return '👀';
  return outcome.changed ? '✅' : '💤';
}

function factsOf(outcome: Outcome): string {
  const facts = [
    outcome.operation === null ? '' : codeOf(outcome.operation, 80),
    outcome.namespace === null ? '' : `namespace ${codeOf(outcome.namespace, 80)}`,
    outcome.place === null ? '' : textOf(outcome.place, 200),
    outcome.access === undefined
      ? ''
      : `context ${codeOf(outcome.access.context, 80)} of ${textOf(outcome.access.origin, 200)}`,
    outcome.dryRun && !isReading(outcome) ? '**dry run: nothing was written**' : '',
  ];
  return facts.filter((fact) => fact !== '').join(' · ');
}

/** What the headline leaves out: what to do, a Role to grant, a DestinationRule to create. */
function failureOf(outcome: Outcome): string {
  // The table of expectations says it all, one by one.
  if (outcome.failure === null || outcome.explanations.length > 0) return '';
  const rest = beyondHeadline(outcome);
  const words = rest ?? `In full: ${outcome.failure.message.trim()}`;
  const [line = '', ...lines] = cut(words, MAX_DETAILS).split('\n');
  return joined([textOf(line.trim(), MAX_DETAILS), isList(lines) ? listOf(lines) : blockOf(lines)]);
}

/** Items, and perhaps a sentence below: sentences don't wrap in a block. */
function isList(lines: readonly string[]): boolean {
  return (
    lines.length > 0 && lines.every((line, i) => line.startsWith('- ') || (i > 0 && i === lines.length - 1))
  );
}

function listOf(lines: readonly string[]): string {
  const items = lines.filter((line) => line.startsWith('- '));
  const below = lines.filter((line) => !line.startsWith('- '));
  return joined([
    items.map((line) => `- ${textOf(line.slice(2), MAX_DETAILS)}`).join('\n'),
    ...below.map((line) => textOf(line, MAX_DETAILS)),
  ]);
}

/** As it is: to copy from, or a table made of blanks. */
function blockOf(lines: readonly string[]): string {
  const text = lines.join('\n').replace(/^\n+/, '');
  return text === '' ? '' : fenced(cut(visibleLines(text), MAX_DETAILS), '');
}

function tableSection(outcome: Outcome, pairs: readonly RoutePair[], room: number): string {
  if (outcome.operation === 'show') return showTable(outcome.after, room);
  const style = styleOf([...outcome.before, ...outcome.after]);
  const changed = pairs.filter((pair) => pair.change !== 'same');
  const same = pairs.filter((pair) => pair.change === 'same');
  const open = rowsWithin(changed.slice(0, MAX_OPEN_ROWS), (pair) => changeRow(pair, style), room);
  const left = room - bytesOf(open.join('\n'));
  const rest = [...changed.slice(open.length), ...same];
  const hidden = rowsWithin(rest.slice(0, MAX_ROWS), (pair) => changeRow(pair, style), left);
  return joined([
    open.length === 0 ? '' : tableOf(CHANGE_HEAD, open),
    rest.length === 0
      ? ''
      : foldedRows(CHANGE_HEAD, hidden, rest.length, restTitle(changed.length - open.length, same.length)),
  ]);
}

function restTitle(changed: number, same: number): string {
  const parts = [
    changed > 0 ? count(changed, 'more changed route') : '',
    same > 0 ? `${count(same, 'route')} ${same === 1 ? 'stays as it is' : 'stay as they are'}` : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function showTable(views: readonly RouteView[], room: number): string {
  const style = styleOf(views);
  const open = rowsWithin(views.slice(0, MAX_OPEN_ROWS), (view) => showRow(view, style), room);
  const left = room - bytesOf(open.join('\n'));
  const rest = views.slice(open.length);
  const hidden = rowsWithin(rest.slice(0, MAX_ROWS), (view) => showRow(view, style), left);
  return joined([
    open.length === 0 ? '' : tableOf(SHOW_HEAD, open),
    rest.length === 0 ? '' : foldedRows(SHOW_HEAD, hidden, rest.length, count(rest.length, 'more route')),
  ]);
}

function foldedRows(head: readonly string[], rows: readonly string[], all: number, title: string): string {
  if (rows.length === 0) return `${title}; the table has no room for them.`;
  const cutNote =
    rows.length < all ? `\n\n${count(all - rows.length, 'route')} more than the table has room for.` : '';
  return folded(title, tableOf(head, rows) + cutNote);
}

function rowsWithin<T>(items: readonly T[], draw: (item: T) => string, room: number): string[] {
  const rows: string[] = [];
  let left = room;
  for (const item of items) {
    const row = draw(item);
    left -= bytesOf(row) + 1;
    if (left < 0) break;
    rows.push(row);
  }
  return rows;
}

/** After a failure the picture would show what was, and be taken for what was asked. */
function pictureSection(outcome: Outcome, pairs: readonly RoutePair[]): string {
  if (outcome.failure !== null) return '';
  const changed = pairs.flatMap(({ after, change }) => (after !== null && change !== 'same' ? [after] : []));
  const same = pairs.flatMap(({ after, change }) => (after !== null && change === 'same' ? [after] : []));
  const picture = pictureOf([...changed, ...same], outcome.subset);
  if (picture === null) return '';
  const all = changed.length + same.length;
  const note = picture.routes < all ? `\n\nPictured: ${picture.routes} of ${count(all, 'route')}.` : '';
  return `${fenced(picture.text, 'mermaid')}${note}`;
}

const SIGNS: Readonly<Record<Severity, string>> = { error: '❌', warning: '⚠️', notice: 'ℹ️' };

function findingsOf(findings: readonly Finding[]): string {
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
  const item = `- ${SIGNS[severity]} ${about}${textOf(first, MAX_SENTENCE)} (${codeOf(code, 80)})`;
  if (rest.length === 0) return item;
  const block = fenced(cut(visibleLines(rest.join('\n').trim()), MAX_BLOCK), '');
  return `${item}\n\n${block.replace(/^/gm, '  ')}\n`;
}

function scaleDownOf(selectors: readonly string[]): string {
  if (selectors.length === 0) return '';
  const shown = selectors.slice(0, 20).map((selector) => codeOf(selector, 200));
  const rest = selectors.length - shown.length;
  const more = rest > 0 ? ` and ${rest} more` : '';
  return `No route sends to these pods any more, they can be scaled down: ${shown.join(', ')}${more}`;
}

function diffSection(diff: string, room: number): string {
  if (diff === '') return '';
  const text = visibleLines(diff);
  const lines = count(text.split('\n').length - 1, 'line');
  if (room < MIN_DIFF) return `The diff (${lines}) has no room here.`;
  const whole = bytesOf(text) + 2 * longestFence(text) <= room;
  const shown = whole ? text : cutLines(text, room - 2 * longestFence(text), bytesOf);
  return folded(`Diff${whole ? '' : `, cut: it has ${lines}`}`, fenced(shown, 'diff'));
}

/** A row of backticks in the diff makes the fence as long, twice. */
function longestFence(text: string): number {
  return (text.match(/`+/g) ?? []).reduce((most, row) => Math.max(most, row.length), 0);
}
