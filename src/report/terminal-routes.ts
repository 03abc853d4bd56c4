import type { Colours } from './colours.ts';
import { count, grouped, percent } from '../base/text.ts';
import type { DestinationView, RouteView, RoutePair } from '../plan/view-types.ts';
import { settingsText } from '../plan/route-settings.ts';
import { fieldsNote } from '../plan/route-differences.ts';
import { differingTexts } from './differing.ts';
import { groupPairs, isMatchChanged, viewOf, type RouteGroup } from './groups.ts';
import { movesOf } from './moves.ts';
import { aboutLines } from './services.ts';
import { LEAST_OF_GROUP } from './summary-table.ts';
import { destinationName, makerOf, ownerOf, podsText, positionOf, severalHosts, visible } from './text.ts';
import type { Outcome } from './types.ts';

/** Where `http[0]` comes from, once for each VirtualService. */
const PLACES = '(http[0]: its place in the YAML)';

/** Routes that the title of a group names. */
const MAX_NAMED = 3;

/** Characters of a match that is compared with what it was. */
const MAX_MATCH = 300;

/** The routes of `show`, with their shares and ready pods. */
export function showSection(
  { after, virtualServices = [] }: Pick<Outcome, 'after' | 'virtualServices'>,
  colours: Colours,
): string {
  return byOwner(after, (view) => view)
    .map(([owner, routes]) => {
      const withHost = severalHosts(routes);
      const blocks = routes.map((view) => {
        const maker = view.madeBy === 'user' ? '' : `  ${colours.dim(`made by ${makerOf(view)}`)}`;
        const lines = view.destinations.map(
          (to) =>
            `    ${percent(to.share).padStart(7)}  ${visible(destinationName(to, withHost))}${podsNote(to, colours)}`,
        );
        const match = `    ${visible(view.match)}${actionNote([view])}`;
        const besides = settingsText(view);
        if (besides !== '') lines.push(`    ${colours.dim(visible(besides))}`);
        return [`  ${routeHeading(view, colours)}${maker}`, match, ...lines].join('\n');
      });
      const service = virtualServices.find((one) => visible(`${one.namespace}/${one.name}`) === owner);
      const about =
        service === undefined ? [] : aboutLines(service).map((line) => `  ${colours.dim(visible(line))}`);
      return [ownerLine(owner, colours), ...about, ...blocks].join('\n');
    })
    .join('\n\n');
}

/** ` → redirect`, behind what a route matches: one that sends nowhere has no lines of destinations. */
function actionNote(views: readonly (RouteView | null)[]): string {
  const known = views.filter((view) => view !== null);
  if (known.some(({ destinations }) => destinations.length > 0)) return '';
  return ` → ${visible(known[0]?.action ?? 'nowhere')}`;
}

function podsNote(to: DestinationView, colours: Colours): string {
  const pods = podsText(to);
  if (pods === '') return '';
  return `  ${to.readyPods === 0 ? colours.yellow(pods) : colours.dim(pods)}`;
}

/** The routes that change, before → after, equal ones as one block. */
export function changeSection(pairs: readonly RoutePair[], colours: Colours): string {
  return byOwner(pairs, ({ before, after }) => after ?? before)
    .map(([owner, ofOwner]) => {
      const changed = ofOwner.filter((pair) => pair.change !== 'same');
      const same = ofOwner.length - changed.length;
      const note =
        same === 0
          ? []
          : [colours.dim(`  ${count(same, changed.length > 0 ? 'other route' : 'route')} as before`)];
      return [
        ownerLine(owner, colours),
        ...groupPairs(changed, LEAST_OF_GROUP).map((group) => groupBlock(group, colours)),
        ...note,
      ].join('\n');
    })
    .join('\n\n');
}

function ownerLine(owner: string, colours: Colours): string {
  return `${colours.bold(`VirtualService ${owner}`)} ${colours.dim(PLACES)}`;
}

function groupBlock(group: RouteGroup, colours: Colours): string {
  const [first] = group;
  const view = first === undefined ? null : viewOf(first);
  if (first === undefined || view === null) return '';
  const state = { new: `  ${colours.green('new')}`, gone: `  ${colours.red('gone')}`, changed: '', same: '' };
  const note = actionNote([first.after, first.before]);
  const title = `  ${group.length === 1 ? routeHeading(view, colours) : groupTitle(group, colours)}${state[first.change]}`;
  const match = group.length === 1 ? matchLines(first, colours) : [];
  return [
    ...[title, ...match].map((line, index) => (index === match.length ? line + note : line)),
    ...moveLines(first, colours),
    ...fieldLines(first),
  ].join('\n');
}

/** `15 routes: http[0] a, http[1] b, http[2] c and 12 more` */
function groupTitle(group: RouteGroup, colours: Colours): string {
  const views = group.flatMap((pair) => viewOf(pair) ?? []);
  const named = views.slice(0, MAX_NAMED).map((view) => routeHeading(view, colours));
  const rest = views.length - named.length;
  return `${count(group.length, 'route')}: ${named.join(', ')}${rest > 0 ? ` and ${grouped(rest)} more` : ''}`;
}

function matchLines(pair: RoutePair, colours: Colours): readonly string[] {
  const view = viewOf(pair);
  if (view === null) return [];
  if (!isMatchChanged(pair) || pair.before === null) return [`    ${visible(view.match)}`];
  const [was, now] = differingTexts(visible(pair.before.match), visible(view.match), MAX_MATCH);
  return [`    was: ${colours.red(was)}`, `    now: ${colours.green(now)}`];
}

function moveLines({ before, after }: RoutePair, colours: Colours): readonly string[] {
  const withHost = severalHosts([before, after]);
  const rows = movesOf(before?.destinations ?? [], after?.destinations ?? []);
  return rows.map(({ to, was, now }) => {
    const [old, next] = [percentOrDash(was), percentOrDash(now)];
    const move = old === next ? next : `${old.padStart(7)} → ${colours.bold(next.padStart(7))}`;
    const name = visible(destinationName(to, withHost));
    return `    ${old === next ? move.padStart(17) : move}  ${name}${podsNote(to, colours)}`;
  });
}

/** What the group does otherwise, apart from where it sends. */
function fieldLines(pair: RoutePair): readonly string[] {
  const fields = fieldsNote(pair);
  return fields === '' ? [] : [`    ${visible(fields)}`];
}

function percentOrDash(share: number | null): string {
  return share === null ? '–' : percent(share);
}

function routeHeading(view: RouteView, colours: Colours): string {
  const position = colours.cyan(visible(positionOf(view)));
  return view.name === null ? position : `${position} ${visible(view.name)}`;
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
