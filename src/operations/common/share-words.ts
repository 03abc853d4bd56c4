/** What `weight` and `promote` say: who gets which share. */
import { count } from '../../base/text.ts';
import {
  describeGenericChange,
  isTarget,
  ofHost,
  range,
  shareOf,
  verb,
  type HeadlineInput,
} from './headline.ts';

/** How the shares stand, where nothing was to do. */
export function sharesAsTheyAre(change: HeadlineInput): string {
  const { name } = change;
  const to = isTarget(change);
  const base = change.after.filter((view) => view.madeBy === 'user' && view.destinations.some(to));
  return base.length === 0
    ? `${name} ${verb(change, 'gets', 'get')} no share of the requests`
    : `${name} already ${verb(change, 'gets', 'get')} ${range(base.map((view) => shareOf(view, to)))}${each(change)}${ofHost(base, to)}`;
}

/**
 * Who gets how much now; undefined where no route's share of the build changes.
 *
 * @param all what to say where the build has every request; absent: `100 %`
 */
export function sharesChanged(change: HeadlineInput, all?: string): string | undefined {
  const { name, would, felt } = change;
  const to = isTarget(change);
  const moved = change.pairs.filter(({ before, after }) => {
    if (after?.madeBy !== 'user' || before === null) return false;
    return shareOf(before, to) !== shareOf(after, to);
  });
  const now = moved.flatMap(({ after }) => after ?? []);
  if (now.length === 0) return undefined;
  const was = range(moved.map(({ before }) => (before === null ? 0 : shareOf(before, to))));
  const hasAll = now.every((view) => shareOf(view, to) === 100);
  const much =
    hasAll && all !== undefined ? all : `${range(now.map((view) => shareOf(view, to)))}${each(change)}`;
  const host =
    ofHost(now, to) ||
    ofHost(
      moved.flatMap(({ before }) => before ?? []),
      to,
    );
  const where = `on ${count(now.length, 'route')}`;
  switch (felt.kind) {
    case 'none':
      return `${would ? 'Would give' : 'Gave'} ${name} ${much}${host} (${would ? 'now' : 'was'} ${was}) ${where} that no request reaches`;
    case 'unknown':
      return `${would ? 'Would give' : 'Gave'} ${name} ${much}${host} (${would ? 'now' : 'was'} ${was}) ${where}; whether requests reach ${now.length === 1 ? 'it' : 'them'} is not known`;
    case 'part':
    case 'all': {
      const part = felt.kind === 'part' ? felt.words : '';
      return would
        ? `Would give ${name} ${much}${host} (now ${was}) ${where}${part}`
        : `${name} now ${verb(change, 'gets', 'get')} ${much}${host} (was ${was}) ${where}${part}`;
    }
  }
}

/** Of several services, each build has its share of its own. */
function each(change: HeadlineInput): string {
  return verb(change, '', ' each');
}

/** The routes stay as they are: what was asked for is written down, so that no other share comes back. */
export function sharesRemembered(change: HeadlineInput): string {
  if (change.pairs.some((pair) => pair.change !== 'same')) return describeGenericChange(change);
  const { name, would } = change;
  const to = isTarget(change);
  const views = change.after.filter((view) => view.madeBy === 'user' && view.destinations.some(to));
  const much = range(views.map((view) => shareOf(view, to)));
  return would
    ? `Would note that ${name} ${verb(change, 'keeps its', 'keep their')} ${much} when other builds are rolled back`
    : `${name} ${verb(change, 'has', 'have')} ${much} as before, and now ${verb(change, 'keeps', 'keep')} it when other builds are rolled back`;
}
