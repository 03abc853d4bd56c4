import type { RoutePair } from '../plan/view-types.ts';
import type { Access } from '../intent/types.ts';
import type { Outcome } from './types.ts';
import { canarySection } from './canary/summary.ts';
import { diffOf, readableDiff } from './diff.ts';
import { headlineOf } from './headline.ts';
import { explainSummary } from './explain-summary.ts';
import { historyTable } from './history.ts';
import { codeOf, fenced, folded, messageOf, textOf } from './markdown.ts';
import { pictureOf } from './picture.ts';
import { cutLines } from './outputs.ts';
import { pairRoutes } from './pairs.ts';
import { previewsTable } from './previews.ts';
import { prunedTables } from './pruned.ts';
import { proxiesTable } from './proxies.ts';
import { reachSection } from './reach.ts';
import { failureSection } from './summary-failure.ts';
import { sectionOf } from './section.ts';
import { servicesList } from './service-parts.ts';
import { nextSection } from './summary-next.ts';
import { findingsList, scaleDownLine } from './summary-findings.ts';
import { changesList, servicesSection } from './summary-services.ts';
import { targetsOf } from './targets.ts';
import { changeTable, showTable } from './summary-routes.ts';
import { wholeObjectsText } from './whole-objects.ts';
import { isReading, joinSections, newsOf, visibleLines } from './text.ts';
import { bytesOf, count } from '../base/text.ts';

/**
 * Bytes of a summary. The runner drops one of more than 1,024 KiB whole, and another part of the same step may
 * write a line of its own.
 *
 * @see https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#step-isolation-and-limits
 */
const SUMMARY_LIMIT = 1_000_000;

/** Characters of the headline. */
const MAX_SENTENCE = 500;

/** A diff of fewer bytes than this is no help. */
const MIN_DIFF = 2_000;

/** The action as the README names it. */
const ACTION = 'org/istiops-action@v1';

export interface SummaryOptions {
  /** The action as the workflow names it, for the step that takes a change back: `owner/repository@v1`. */
  readonly uses?: string;
}

/**
 * The job summary, Markdown and HTML, for a person who has ten seconds: a sentence, a table of routes, a picture,
 * findings, the diff folded away, and what to do next. Below 1 MiB whatever the cluster holds: the diff is cut first,
 * then the table, and each says so.
 */
export function summaryOf(outcome: Outcome, { uses = ACTION }: SummaryOptions = {}): string {
  const pairs = pairRoutes(outcome.before, outcome.after);
  const head = [
    `### ${signOf(outcome)} ${messageOf(headlineOf(outcome), MAX_SENTENCE)}`,
    [factsOf(outcome), servicesSection(outcome), messageOf(wholeObjectsText(outcome), MAX_SENTENCE)]
      .filter((line) => line !== '')
      .join('<br>\n'),
    failureSection(outcome),
    servicesList(outcome),
    outcome.canary === undefined ? '' : canarySection(outcome.canary),
    reachSection(outcome),
  ];
  const tail = [
    pictureSection(outcome, pairs),
    proxiesTable(outcome),
    confirmationLine(outcome),
    findingsList(newsOf(outcome)),
    scaleDownLine(outcome.safeToScaleDown),
  ];
  const next = nextSection(outcome, pairs, uses);
  const room = SUMMARY_LIMIT - bytesOf(joinSections([...head, ...tail, next])) - 1_000;
  const body = summaryBody(outcome, pairs, room);
  const diff = isReading(outcome)
    ? ''
    : diffSection(readableDiff(diffOf(outcome.texts)), room - bytesOf(body) - 1_000);
  return `${joinSections([...head, body, ...tail, diff, next])}\n`;
}

function summaryBody(outcome: Outcome, pairs: readonly RoutePair[], room: number): string {
  switch (sectionOf(outcome.operation)) {
    case 'explanations':
      return explainSummary(outcome.explanations, room);
    case 'history':
      return historyTable(outcome.history, room);
    case 'routes':
      return joinSections([changesList(outcome), previewsTable(outcome), showTable(outcome.after, room)]);
    case 'changes': {
      const pruned = prunedTables(outcome, room / 2);
      return joinSections([pruned, changeTable(pairs, room - bytesOf(pruned))]);
    }
  }
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
    outcome.access === undefined ? '' : accessOf(outcome.access),
    outcome.dryRun && !isReading(outcome) ? '**dry run: nothing was written**' : '',
  ];
  return facts.filter((fact) => fact !== '').join(' · ');
}

function accessOf({ source, context, origin }: Access): string {
  const from = textOf(origin, 200);
  return source === 'keyless' ? `with ${from}` : `context ${codeOf(context, 80)} of ${from}`;
}

function confirmationLine({ confirmation, failure }: Outcome): string {
  if (confirmation === undefined || confirmation.words === '' || failure !== null) return '';
  return `**Confirmed:** ${messageOf(confirmation.words, MAX_SENTENCE)}.`;
}

/** After a failure the picture would show what was, and be taken for what was asked. */
function pictureSection(outcome: Outcome, pairs: readonly RoutePair[]): string {
  if (outcome.failure !== null) return '';
  const picture = pictureOf(pairs, targetsOf(outcome));
  return picture === null ? '' : fenced(picture, 'mermaid');
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
