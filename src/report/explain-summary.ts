import type { Treatment, Explanation, ExpectationVerdict } from '../plan/explanation.ts';
import { foundText, problemOf, treatmentText } from '../plan/expectation-verdict.ts';
import { ownerOfRef, requestNote, resultNote, routeTitle } from '../operations/explain/words.ts';
import { agreedOn, assumption, goesOn, wayNote, wayText } from '../operations/explain/follow-words.ts';
import { codeOf, folded, rowOf, rowsWithin, tableOf, textOf } from './markdown.ts';
import { destinationName, podsText } from './text.ts';
import { bytesOf, percent, count } from '../base/text.ts';

const MAX_NAME = 120;
const MAX_TEXT = 300;
const MAX_ROWS = 500;
const MAX_DETAILS = 50;
const MAX_PASSED = 20;

/**
 * Explanations in the job summary: a table of expectations, a table of requests, and why, folded away.
 *
 * @param room bytes that it may take; what has none is counted
 */
export function explainSummary(explanations: readonly Explanation[], room: number): string {
  const judged = explanations.flatMap(({ verdict }) => verdict ?? []);
  const told = explanations.filter(({ verdict }) => verdict?.met !== true);
  const parts = [
    // What is amiss first: a person has ten seconds.
    table(
      ['', 'Expectation', 'Expected', 'Found'],
      [...judged].sort((a, b) => Number(a.met) - Number(b.met)).map(verdictRow),
      room / 2,
    ),
    table(['Request', 'Comes', 'Matched by', 'Goes to'], told.map(requestRow), room / 4),
    ...told.map((one) => followedTable(one, room / 4 / told.length)),
    details(told, room / 4),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function table(head: readonly string[], rows: readonly string[], room: number): string {
  if (rows.length === 0) return '';
  const shown = rowsWithin(rows.slice(0, MAX_ROWS), (row) => row, room - 200);
  const rest = rows.length - shown.length;
  return tableOf(head, shown) + (rest === 0 ? '' : `\n\n${count(rest, 'row')} more than there is room for.`);
}

function verdictRow({ name, file, line, met, expected, found }: ExpectationVerdict): string {
  return rowOf([
    met ? '✅' : '❌',
    `${textOf(name, MAX_NAME)}<br>${codeOf(`${file}:${line}`, MAX_NAME)}`,
    textOf(expected, MAX_TEXT),
    textOf(found, MAX_TEXT),
  ]);
}

function requestRow(explanation: Explanation): string {
  const { request, result } = explanation;
  const asked = [codeOf(request.text, MAX_TEXT), textOf(requestNote(explanation), MAX_TEXT)];
  if (result.kind !== 'route') {
    const words = resultNote(explanation) || foundText(result);
    const taker = result.kind === 'undecided' ? 'not known' : 'no route';
    return rowOf([...asked, taker, textOf(words, MAX_TEXT)]);
  }
  const { route, does } = result;
  const place = `${codeOf(routeTitle(route), MAX_NAME)} of ${textOf(ownerOfRef(route), MAX_NAME)}`;
  return rowOf([...asked, `${place}<br>${textOf(route.match, MAX_TEXT)}`, treatmentCell(does)]);
}

/** The services behind, in the order in which they are called. */
function followedTable({ followed, request }: Explanation, room: number): string {
  if (followed === undefined) return '';
  if (!goesOn(followed)) return `${codeOf(request.text, MAX_TEXT)} goes no further.`;
  const rows = followed.hops.flatMap(({ service, ways }) => {
    const name = codeOf(service, MAX_NAME);
    if (ways.length === 0) return [rowOf([name, 'nobody', 'no route', 'no request'])];
    return ways.map((way) => {
      const agreed = agreedOn(way.result);
      const routes = (agreed?.routes ?? [])
        .slice(0, 10)
        .map((route) => `${codeOf(routeTitle(route), MAX_NAME)} of ${textOf(ownerOfRef(route), MAX_NAME)}`);
      const goes =
        agreed === undefined || routes.length === 0
          ? textOf(resultNote(way) || wayText(way), MAX_TEXT)
          : treatmentCell(agreed.does);
      const taker = way.result.kind === 'undecided' && agreed === undefined ? 'not known' : 'no route';
      return rowOf([
        name,
        textOf(wayNote(way), MAX_TEXT),
        routes.length === 0 ? taker : routes.join('<br>or '),
        goes,
      ]);
    });
  });
  const said = `${codeOf(request.text, MAX_TEXT)} goes on, ${textOf(assumption(followed), MAX_TEXT)}, and add none that a route matches:`;
  return `${said}\n\n${table(['Service', 'Asked', 'Matched by', 'Goes to'], rows, room)}`;
}

function treatmentCell(does: Treatment): string {
  const { destinations, abort } = does;
  if (destinations.length === 0) return textOf(treatmentText(does), MAX_TEXT);
  const withHost = new Set(destinations.map(({ host }) => host)).size > 1;
  const lines = destinations.slice(0, 10).map((to) => {
    const note = problemOf(to) ?? podsText(to);
    return `**${percent(to.share)}** ${codeOf(destinationName(to, withHost), MAX_NAME)}${note === '' ? '' : ` (${textOf(note, MAX_TEXT)})`}`;
  });
  const rest = destinations.length - lines.length;
  return [
    ...(abort === null ? [] : [`${percent(abort.percent)} status ${textOf(abort.status, 40)}, the rest:`]),
    ...lines,
    ...(rest > 0 ? [`and ${count(rest, 'more destination')}`] : []),
  ].join('<br>');
}

/** For each request the routes above, and why they let it pass. */
function details(explanations: readonly Explanation[], room: number): string {
  const blocks: string[] = [];
  let left = room - 200;
  for (const { request, passed } of explanations.slice(0, MAX_DETAILS)) {
    if (passed.length === 0) continue;
    const hidden = passed.length - MAX_PASSED;
    const items = passed.slice(-MAX_PASSED).map((route) => {
      const title = `${codeOf(routeTitle(route), MAX_NAME)} of ${textOf(ownerOfRef(route), MAX_NAME)}`;
      return `- ${title}: ${textOf(route.why.join('; '), MAX_TEXT)}`;
    });
    const head = `${codeOf(request.text, MAX_TEXT)} is let pass by${hidden > 0 ? ` ${count(hidden, 'more route')} and` : ''}`;
    const block = `${head}\n\n${items.join('\n')}`;
    left -= bytesOf(block) + 2;
    if (left < 0) break;
    blocks.push(block);
  }
  return blocks.length === 0 ? '' : folded('Why no route above matches them', blocks.join('\n\n'));
}
