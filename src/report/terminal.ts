import picocolors from 'picocolors';
import type { DestinationView, RoutePair, RouteView } from '../plan/view-types.ts';
import type { Finding } from '../base/findings.ts';
import type { Outcome } from './types.ts';
import { diffOf } from './diff.ts';
import { explainSection } from './explain-terminal.ts';
import { headlineOf } from './headline.ts';
import { historySection } from './history.ts';
import { pairRoutes } from './pairs.ts';
import { fieldsNote } from '../plan/route-differences.ts';
import { reachLines } from './reach.ts';
import {
  destinationName,
  isReading,
  makerOf,
  newsOf,
  ownerOf,
  podsOf,
  positionOf,
  severalHosts,
  visible,
  visibleLines,
} from './text.ts';
import { percent, count } from '../base/text.ts';

type Colours = ReturnType<typeof picocolors.createColors>;

/**
 * An outcome for a person at a terminal: `show` as a list of routes, a change as one sentence, route by route
 * before → after, findings, and the diff. Below each other rather than side by side, so that a narrow window
 * does. No control character of the cluster's reaches the terminal.
 *
 * @param options.colour whether the terminal shows colours (it is one, and `NO_COLOR` isn't set)
 */
export function pretty(outcome: Outcome, options: { readonly colour: boolean }): string {
  const colours = picocolors.createColors(options.colour);
  const sections = [
    headSection(outcome, colours),
    reachLines(outcome)
      .map((line) => `  ${line}`)
      .join('\n'),
    bodySection(outcome, colours),
    findingsSection(newsOf(outcome), colours),
    scaleDownSection(outcome.safeToScaleDown),
    colourDiff(diffOf(outcome.texts), options).trimEnd(),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

/** A unified diff for the terminal: what goes in red, what comes in green, positions in cyan. */
export function colourDiff(diff: string, options: { readonly colour: boolean }): string {
  const colours = picocolors.createColors(options.colour);
  return visibleLines(diff)
    .split('\n')
    .map((line) => {
      if (line.startsWith('--- ') || line.startsWith('+++ ')) return colours.bold(line);
      if (line.startsWith('@@')) return colours.cyan(line);
      if (line.startsWith('-')) return colours.red(line);
      if (line.startsWith('+')) return colours.green(line);
      return line;
    })
    .join('\n');
}

function bodySection(outcome: Outcome, colours: Colours): string {
  if (outcome.operation === 'show') return showSection(outcome.after, colours);
  if (outcome.operation === 'history') return historySection(outcome.history, colours);
  if (outcome.operation === 'explain') return explainSection(outcome.explanations, colours);
  return changeSection(outcome, colours);
}

function headSection(outcome: Outcome, colours: Colours): string {
  const headline = headlineOf(outcome);
  if (outcome.failure !== null) {
    // The whole message, not the sentence cut short: it says what to do.
    // Expectations that are not met follow, one by one.
    const isTold = outcome.explanations.length > 0 && outcome.failure.reason === 'check-failed';
    const message = isTold
      ? headline.replace(/^Failed \([\w-]+\): /, '')
      : visibleLines(outcome.failure.message.trim());
    return colours.red(colours.bold(`✖ Failed (${outcome.failure.reason}): `)) + message;
  }
  if (isReading(outcome)) return colours.bold(headline);
  if (outcome.dryRun)
    return `${colours.yellow('◌')} ${colours.bold(headline)}\n  Dry run: nothing was written.`;
  return `${outcome.changed ? colours.green('✔') : colours.dim('–')} ${colours.bold(headline)}`;
}

function showSection(views: readonly RouteView[], colours: Colours): string {
  return byOwner(views, (view) => view)
    .map(([owner, routes]) => {
      const withHost = severalHosts(routes);
      const blocks = routes.map((view) => {
        const maker = view.madeBy === 'user' ? '' : `  ${colours.dim(`made by ${makerOf(view)}`)}`;
        const lines = view.destinations.map(
          (to) =>
            `    ${percent(to.share).padStart(7)}  ${visible(destinationName(to, withHost))}${podsNote(to, colours)}`,
        );
        if (lines.length === 0) lines.push(`    → ${visible(view.action ?? 'nowhere')}`);
        return [`  ${titleOf(view, colours)}${maker}`, `    ${visible(view.match)}`, ...lines].join('\n');
      });
      return [colours.bold(`VirtualService ${owner}`), ...blocks].join('\n');
    })
    .join('\n\n');
}

function podsNote(to: DestinationView, colours: Colours): string {
  const pods = podsOf(to);
  if (pods === '') return '';
  return `  ${to.readyPods === 0 ? colours.yellow(pods) : colours.dim(pods)}`;
}

function changeSection(outcome: Outcome, colours: Colours): string {
  const pairs = pairRoutes(outcome.before, outcome.after);
  return byOwner(pairs, ({ before, after }) => after ?? before)
    .map(([owner, ofOwner]) => {
      const changed = ofOwner.filter((pair) => pair.change !== 'same');
      const same = ofOwner.length - changed.length;
      const note =
        same === 0
          ? []
          : [colours.dim(`  ${count(same, changed.length > 0 ? 'other route' : 'route')} as before`)];
      return [
        colours.bold(`VirtualService ${owner}`),
        ...changed.map((pair) => pairBlock(pair, colours)),
        ...note,
      ].join('\n');
    })
    .join('\n\n');
}

function pairBlock(pair: RoutePair, colours: Colours): string {
  const { before, after, change } = pair;
  const view = after ?? before;
  if (view === null) return '';
  const state =
    change === 'new' ? `  ${colours.green('new')}` : change === 'gone' ? `  ${colours.red('gone')}` : '';
  const lines = [`  ${titleOf(view, colours)}${state}`];
  if (before !== null && after !== null && before.match !== after.match) {
    lines.push(`    ${colours.red(visible(before.match))}`, `    ${colours.green(visible(after.match))}`);
  } else {
    lines.push(`    ${visible(view.match)}`);
  }
  const withHost = severalHosts([before, after]);
  const rows = pairDestinations(before?.destinations ?? [], after?.destinations ?? []);
  for (const { to, was, now } of rows) {
    const move = was === now ? now : `${was.padStart(7)} → ${colours.bold(now.padStart(7))}`;
    lines.push(`    ${was === now ? move.padStart(17) : move}  ${visible(destinationName(to, withHost))}`);
  }
  const [did, does] = [before?.action ?? null, after?.action ?? null];
  if (rows.length === 0) lines.push(`    → ${visible(does ?? did ?? 'nowhere')}`);
  const fields = fieldsNote(pair);
  if (fields !== '') lines.push(`    ${visible(fields)}`);
  return lines.join('\n');
}

interface Move {
  readonly to: DestinationView;
  readonly was: string;
  readonly now: string;
}

/** Entries that differ in headers only have the same name: they are told apart by position. */
function pairDestinations(before: readonly DestinationView[], after: readonly DestinationView[]): Move[] {
  const waiting = new Map<string, DestinationView[]>();
  for (const to of before) {
    const key = keyOf(to);
    waiting.set(key, [...(waiting.get(key) ?? []), to]);
  }
  const moves = after.map((to) => {
    const was = waiting.get(keyOf(to))?.shift();
    return { to, was: was === undefined ? '–' : percent(was.share), now: percent(to.share) };
  });
  const left = [...waiting.values()].flat().map((to) => ({ to, was: percent(to.share), now: '–' }));
  return [...moves, ...left];
}

function keyOf({ host, subset, port }: DestinationView): string {
  return JSON.stringify([host, subset, port]);
}

function titleOf(view: RouteView, colours: Colours): string {
  const position = colours.cyan(visible(positionOf(view)));
  return view.name === null ? position : `${position} ${visible(view.name)}`;
}

function findingsSection(findings: readonly Finding[], colours: Colours): string {
  return findings.map((finding) => findingLine(finding, colours)).join('\n');
}

function findingLine({ code, severity, message, object }: Finding, colours: Colours): string {
  const words = visibleLines(message.trim()).replace(/\n(?=[^\n])/g, '\n  ');
  // Most messages name their object themselves.
  const about = object === null || message.includes(object) ? '' : ` ${visible(object)}:`;
  const sign = {
    error: colours.red('error'),
    warning: colours.yellow('warning'),
    notice: colours.blue('notice'),
  }[severity];
  return `${sign} ${colours.dim(`[${visible(code)}]`)}${about} ${words}`;
}

function scaleDownSection(selectors: readonly string[]): string {
  if (selectors.length === 0) return '';
  const lines = selectors.map((selector) => `  ${visible(selector)}`);
  return ['No route sends to these pods any more, they can be scaled down:', ...lines].join('\n');
}

function byOwner<T>(items: readonly T[], viewOf: (item: T) => RouteView | null): (readonly [string, T[]])[] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const view = viewOf(item);
    if (view === null) continue;
    const owner = visible(ownerOf(view));
    const group = groups.get(owner);
    if (group === undefined) groups.set(owner, [item]);
    else group.push(item);
  }
  return [...groups];
}
