import type { Colours } from './colours.ts';
import type {
  ExplainedCandidate,
  ExplainedDestination,
  Explanation,
  RouteRef,
  Treatment,
  ExpectationVerdict,
} from '../plan/explanation.ts';
import { problemOf, treatmentText } from '../plan/expectation-verdict.ts';
import { ownerOfRef, requestNote, resultNote, routeTitle } from '../operations/explain/words.ts';
import { agreedOn, assumption, goesOn, wayNote } from '../operations/explain/follow-words.ts';
import { destinationName, podsText, visible } from './text.ts';
import { percent, count } from '../base/text.ts';

/** Routes shown above the one that gets a request; the last are the nearest to it. */
const MAX_PASSED = 20;

/**
 * Explanations for a person at a terminal: a line for each expectation, and in full what was asked without one, and
 * what is not as expected.
 */
export function explainSection(explanations: readonly Explanation[], colours: Colours): string {
  const verdicts = explanations.flatMap(({ verdict }) => verdict ?? []);
  const width = verdicts.reduce((most, { name }) => Math.max(most, visible(name).length), 0);
  const lines = verdicts.map((verdict) => verdictLine(verdict, Math.min(width, 60), colours));
  const told = explanations
    .filter(({ verdict }) => verdict?.met !== true)
    .map((explanation) => explanationBlock(explanation, colours));
  return [...(lines.length === 0 ? [] : [lines.join('\n')]), ...told].join('\n\n');
}

function verdictLine(
  { name, file, line, met, expected, found }: ExpectationVerdict,
  width: number,
  colours: Colours,
): string {
  const sign = met ? colours.green('✔') : colours.red('✖');
  const what = met ? visible(found) : `${visible(found)}, ${colours.red(`expected ${visible(expected)}`)}`;
  return `${sign} ${visible(name).padEnd(width)}  ${what}  ${colours.dim(visible(`${file}:${line}`))}`;
}

function explanationBlock(explanation: Explanation, colours: Colours): string {
  const { request, passed, result } = explanation;
  const owner =
    result.kind === 'route' ? ownerOfRef(result.route) : ((passed[0] && ownerOfRef(passed[0])) ?? '');
  const hidden = passed.length - MAX_PASSED;
  const lines = [
    `${colours.bold(visible(request.text))}  ${colours.dim(visible(requestNote(explanation)))}`,
    ...(hidden > 0 ? [`  ${colours.dim(`${count(hidden, 'route')} above these, which let it pass`)}`] : []),
    ...passed
      .slice(-MAX_PASSED)
      .flatMap((route) => [
        `  ${colours.dim('passes')}    ${refText(route, owner, colours)}`,
        ...route.why.map((why) => `            ${visible(why)}`),
      ]),
  ];
  switch (result.kind) {
    case 'route':
      lines.push(...routeLines('matches', result.route, result.does, colours));
      break;
    case 'undecided':
      lines.push(
        ...(explanation.followed === undefined
          ? result.candidates.flatMap((one) => candidateLines(one, colours))
          : wayLines(explanation, colours)),
      );
      break;
    default:
      lines.push(`  ${colours.yellow('goes to')}   ${visible(resultNote(explanation))}`);
  }
  return [...lines, ...followedLines(explanation, colours)].join('\n');
}

/** For each service behind: who asks it, which routes it has for that, and where these send. */
function followedLines({ followed }: Explanation, colours: Colours): readonly string[] {
  if (followed === undefined) return [];
  if (!goesOn(followed)) return [`  ${colours.yellow('then')}      it goes no further`];
  const hops = followed.hops.flatMap(({ service, ways }) =>
    ways.length === 0
      ? [`  ${colours.yellow('then')}      ${visible(service)} gets no request`]
      : ways.flatMap((way) => [
          `  ${colours.cyan('then')}      ${visible(way.request.text)}  ${colours.dim(visible(wayNote(way)))}`,
          ...wayLines(way, colours),
        ]),
  );
  return [...hops, `  ${colours.dim(visible(`${assumption(followed)}, and add none that a route matches`))}`];
}

function wayLines(
  { host, request, result }: Pick<Explanation, 'host' | 'request' | 'result'>,
  colours: Colours,
): readonly string[] {
  const agreed = agreedOn(result);
  if (agreed !== undefined && agreed.routes.length > 0) {
    return [
      ...agreed.routes.map(
        (route, index) =>
          `  ${colours.green((index === 0 ? 'matches' : 'or').padEnd(9))} ${refText(route, '', colours)}`,
      ),
      ...treatmentLines(agreed.does, colours).map((line) => `    ${line}`),
    ];
  }
  if (result.kind === 'undecided') return result.candidates.flatMap((one) => candidateLines(one, colours));
  return [`  ${colours.yellow('goes to')}   ${visible(resultNote({ host, request, result }))}`];
}

function candidateLines(
  { kind, route, does, unknown }: ExplainedCandidate,
  colours: Colours,
): readonly string[] {
  const word = unknown === null ? 'else' : 'maybe';
  const first = unknown === null ? [] : [`  ${colours.yellow('not known')} ${visible(unknown)}`];
  const sign = colours.yellow(word.padEnd(9));
  if (kind === 'unseen') {
    return route === null
      ? first
      : [...first, `  ${sign} ${refText(route, '', colours)}`, `            ${visible(route.match)}`];
  }
  if (does === null)
    return [...first, `  ${sign} 404: no ${unknown === null ? 'other ' : ''}route matches it`];
  if (route === null) return [...first, `  ${sign} ${visible(treatmentText(does))}`];
  return [...first, ...routeLines(word, route, does, colours)];
}

function routeLines(word: string, route: RouteRef, does: Treatment, colours: Colours): readonly string[] {
  return [
    `  ${colours.green(word.padEnd(9))} ${refText(route, '', colours)}`,
    `            ${visible(route.match)}`,
    ...treatmentLines(does, colours).map((line) => `    ${line}`),
  ];
}

function refText(route: RouteRef, owner: string, colours: Colours): string {
  const where = ownerOfRef(route) === owner ? '' : ` of VirtualService ${visible(ownerOfRef(route))}`;
  const delegate = route.delegate === null ? '' : ` (delegated to ${visible(route.delegate)})`;
  return `${colours.cyan(visible(routeTitle(route)))}${where}${delegate}`;
}

function treatmentLines(does: Treatment, colours: Colours): readonly string[] {
  const { destinations, abort, mirrors } = does;
  const withHost = new Set(destinations.map(({ host }) => host)).size > 1;
  return [
    ...(abort === null
      ? []
      : [`${percent(abort.percent).padStart(7)}  status ${visible(abort.status)} (fault), the rest:`]),
    ...(destinations.length === 0
      ? [`      → ${visible(treatmentText({ ...does, abort: null }))}`]
      : destinations.flatMap((to) => destinationLines(to, withHost, colours))),
    ...(mirrors.length === 0 ? [] : [`   copies  ${visible(mirrors.join(', '))}`]),
  ];
}

function destinationLines(to: ExplainedDestination, withHost: boolean, colours: Colours): readonly string[] {
  const pods = podsText(to);
  const note = pods === '' ? '' : `  ${to.readyPods === 0 ? colours.yellow(pods) : colours.dim(pods)}`;
  const problem = problemOf(to);
  return [
    `${percent(to.share).padStart(7)}  ${visible(destinationName(to, withHost))}${note}`,
    ...(problem === null ? [] : [`         ${colours.yellow(visible(problem))}`]),
  ];
}
