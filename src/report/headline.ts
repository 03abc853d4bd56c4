import type { Operation } from '../intent/types.ts';
import { changeName, changeText, momentOf } from '../plan/change-text.ts';
import type { Undone } from '../plan/types.ts';
import type { DestinationView, RouteView } from '../plan/view-types.ts';
import type { Outcome } from './types.ts';
import { explained } from './explain-words.ts';
import { headersIn } from './conditions.ts';
import { historyHeadline } from './history.ts';
import { fieldsNote, pairRoutes, type RoutePair } from './pairs.ts';
import { ownerOf, visible } from './text.ts';
import { percent, count, cut } from '../base/text.ts';

/** Longer than this, nobody reads it as one sentence. */
const MAX_LENGTH = 300;

/** Shorter than this, what failed is not yet said: `Nothing was changed.` */
const ENOUGH = 50;

/**
 * What happened, in one sentence on one line without hidden characters: for the summary, the notice and the
 * terminal.
 *
 * @example 'api-domain-pr-10 now gets 20 % of api.domain.io (was 0 %) on 2 routes'
 * @example 'Would give api-domain-pr-10 20 % of api.domain.io (now 0 %) on 2 routes'
 * @example 'Nothing to do: api-domain-pr-10 already gets 20 % of api.domain.io'
 * @example 'Failed (not-found): no VirtualService in namespace shop has the labels app=api'
 */
export function headlineOf(outcome: Outcome): string {
  return cut(visible(sentenceOf(outcome)), MAX_LENGTH);
}

function sentenceOf(outcome: Outcome): string {
  if (outcome.failure !== null)
    return `Failed (${outcome.failure.reason}): ${leadOf(outcome.failure.message)}`;
  if (outcome.operation === null) return 'Nothing was asked for';
  if (outcome.operation === 'explain') return explained(outcome.explanations);
  const story: HeadlineInput = {
    name: outcome.subset ?? 'the target subset',
    pairs: pairRoutes(outcome.before, outcome.after),
    after: outcome.after,
    subset: outcome.subset,
    would: outcome.dryRun,
    isUsedElsewhere: outcome.findings.some(({ code }) => code === 'used-elsewhere'),
    felt: feltBy(outcome),
  };
  if (outcome.operation === 'show') return shown(outcome);
  if (outcome.operation === 'history') return historyHeadline(outcome.history, outcome.namespace);
  if (!outcome.changed) return `Nothing to do: ${describeNoChange(outcome.operation, story)}`;
  switch (outcome.operation) {
    case 'headers':
      return headers(story);
    case 'weight':
    case 'promote':
      return shares(outcome.operation, story);
    case 'rollback':
    case 'clear':
      return takenBack(outcome.operation, story);
    case 'undo':
      return undone(story, outcome.undone);
  }
}

/** The sentences that an error begins with, as many as say what went wrong; what to do is left to the rest of it. */
function leadOf(message: string): string {
  const [line = ''] = message.trim().split('\n');
  const sentences = line.split(/(?<=[.!?]) (?=[A-Z])/);
  let lead = sentences[0] ?? '';
  for (const sentence of sentences.slice(1)) {
    if (lead.length >= ENOUGH) break;
    lead += ` ${sentence}`;
  }
  return lead;
}

/** What the headline leaves out of a failure's message; null where it had to cut, so that none of it can be left out. */
export function beyondHeadline(outcome: Outcome): string | null {
  if (outcome.failure === null) return '';
  const message = outcome.failure.message.trim();
  const lead = leadOf(message);
  return headlineOf(outcome).endsWith(visible(lead)) ? message.slice(lead.length) : null;
}

interface HeadlineInput {
  readonly name: string;
  readonly subset: string | null;
  readonly pairs: readonly RoutePair[];
  readonly after: readonly RouteView[];
  readonly would: boolean;
  /** A VirtualService that isn't selected sends to what is rolled back. */
  readonly isUsedElsewhere: boolean;
  /** How many of the requests that were asked about feel the change. */
  readonly felt: Felt;
}

/** `unknown`: it depends on what is not in sight. `part`: in words. */
type Felt = { readonly kind: 'all' | 'none' | 'unknown' } | { readonly kind: 'part'; readonly words: string };

function feltBy({ reach }: Outcome): Felt {
  const asked = reach?.asked ?? [];
  const sum = (of: (one: (typeof asked)[number]) => number): number =>
    asked.reduce((total, one) => total + of(one), 0);
  const [classes, reached] = [sum((one) => one.classes), sum((one) => one.reached)];
  if (classes === reached) return { kind: 'all' };
  if (reached > 0) return { kind: 'part', words: `, felt by ${reached} of ${classes} kinds of requests` };
  return { kind: sum((one) => one.undecided) > 0 ? 'unknown' : 'none' };
}

function shown(outcome: Outcome): string {
  const owners = new Set(outcome.after.map(ownerOf));
  const where = outcome.namespace === null ? '' : ` in namespace ${outcome.namespace}`;
  const [only] = owners;
  const what =
    owners.size === 1 && only !== undefined
      ? `VirtualService ${only}`
      : count(owners.size, 'VirtualService') + where;
  return `${what}: ${count(outcome.after.length, 'route')}`;
}

/** Why there is nothing to do: how things stand already. */
function describeNoChange(
  operation: Exclude<Operation, 'show' | 'explain' | 'history'>,
  story: HeadlineInput,
): string {
  const { name } = story;
  const to = isTarget(story);
  const base = story.after.filter((view) => view.madeBy === 'user' && view.destinations.some(to));
  switch (operation) {
    case 'headers': {
      const previews = story.after.filter((view) => view.madeBy !== 'user' && view.destinations.some(to));
      const what = requestsOf(previews);
      return what === null
        ? `${name} already gets these requests`
        : `requests with ${what} already go to ${name}`;
    }
    case 'weight':
    case 'promote':
      return base.length === 0
        ? `${name} gets no share of the requests`
        : `${name} already gets ${range(base.map((view) => shareOf(view, to)))}${ofHost(base, to)}`;
    case 'rollback':
      if (story.after.some((view) => view.destinations.some(to)))
        return `${name} has no share that istiops is known to have given it`;
      return story.isUsedElsewhere
        ? `no selected VirtualService sends to ${name}, but another one does`
        : `nothing sends to ${name}`;
    case 'clear':
      return 'there is nothing to clear';
    case 'undo':
      return 'there is no change to take back';
  }
}

function headers(story: HeadlineInput): string {
  const { name, would, felt } = story;
  const to = isTarget(story);
  const touched = story.pairs.filter(({ change }) => change !== 'same');
  const previews = touched.flatMap(({ after }) =>
    after !== null && after.madeBy === 'istiops' && after.destinations.some(to) ? [after] : [],
  );
  if (previews.length === 0) return describeGenericChange(story);
  const where = `(${count(previews.length, 'route')} of ${ownersOf(previews)})`;
  const what = `with ${requestsOf(previews) ?? 'the given headers'}`;
  switch (felt.kind) {
    case 'none':
      return `${would ? 'Would write' : 'Wrote'} a preview of ${name} that no request reaches ${where}`;
    case 'unknown':
      return `${would ? 'Would write' : 'Wrote'} a preview of ${name}; whether requests ${what} reach it is not known ${where}`;
    case 'part':
    case 'all': {
      const part = felt.kind === 'part' ? felt.words : '';
      return would
        ? `Would send requests ${what} to ${name} ${where}${part}`
        : `Requests ${what} now go to ${name} ${where}${part}`;
    }
  }
}

/** The headers of these routes, where all ask for the same. */
function requestsOf(previews: readonly RouteView[]): string | null {
  const asked = new Set(previews.map((view) => headersIn(view.conditions)));
  const [only = null] = asked;
  return asked.size === 1 ? only : null;
}

function shares(operation: 'weight' | 'promote', story: HeadlineInput): string {
  const { name, would, felt } = story;
  const to = isTarget(story);
  const moved = story.pairs.filter(({ before, after }) => {
    if (after?.madeBy !== 'user' || before === null) return false;
    return shareOf(before, to) !== shareOf(after, to);
  });
  const now = moved.flatMap(({ after }) => after ?? []);
  if (now.length === 0 && operation === 'promote') return promoted(story);
  if (now.length === 0) return remembered(story);
  const was = range(moved.map(({ before }) => (before === null ? 0 : shareOf(before, to))));
  const all = operation === 'promote' && now.every((view) => shareOf(view, to) === 100);
  const much = all ? 'all requests' : range(now.map((view) => shareOf(view, to)));
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
        : `${name} now gets ${much}${host} (was ${was}) ${where}${part}`;
    }
  }
}

/** The routes stay as they are: what was asked for is written down, so that no other share comes back. */
function remembered(story: HeadlineInput): string {
  if (story.pairs.some(({ change }) => change !== 'same')) return describeGenericChange(story);
  const { name, would } = story;
  const to = isTarget(story);
  const views = story.after.filter((view) => view.madeBy === 'user' && view.destinations.some(to));
  const much = range(views.map((view) => shareOf(view, to)));
  return would
    ? `Would note that ${name} keeps its ${much} when other builds are rolled back`
    : `${name} has ${much} as before, and now keeps it when other builds are rolled back`;
}

/** It had everything already: what is left is to tidy up. */
function promoted(story: HeadlineInput): string {
  const { name, would } = story;
  const to = isTarget(story);
  const touched = story.pairs.filter(
    ({ after, change }) => change === 'changed' && after?.destinations.some(to),
  );
  const bases = touched.flatMap(({ after }) => after ?? []);
  if (bases.length === 0) return describeGenericChange(story);
  const where = `on ${count(bases.length, 'route')}${ofHost(bases, to)}`;
  return would
    ? `Would make ${name} the only destination ${where}`
    : `${name} is now the only destination ${where}`;
}

function takenBack(operation: 'rollback' | 'clear', story: HeadlineInput): string {
  const { name, would } = story;
  const removed = story.pairs.filter(({ change }) => change === 'gone').length;
  const changed = story.pairs.filter(({ change, after }) => change === 'changed' && after?.madeBy === 'user');
  const returned = changed.filter(({ differs }) => differs.includes('destinations')).length;
  const others = changed.filter((pair) => fieldsNote(pair) !== '');
  const fields = new Set(others.map(fieldsNote));
  const [only = ''] = fields;
  const results = [
    removed > 0 ? `${count(removed, 'preview route')} removed` : '',
    returned > 0 ? `shares taken back on ${count(returned, 'route')}` : '',
    others.length === 0
      ? ''
      : `${fields.size === 1 ? only : 'fields changed'} on ${count(others.length, 'route')}`,
  ].filter((result) => result !== '');
  if (results.length === 0) results.push('what was left of it removed');
  if (story.isUsedElsewhere) results.push('another VirtualService still sends to it');
  if (would) {
    const what = operation === 'rollback' ? `roll ${name} back` : 'clear';
    return `Would ${what}: ${results.join(', ')}`;
  }
  return `${operation === 'rollback' ? `${name} is rolled back` : 'Cleared'}: ${results.join(', ')}`;
}

/** Whose change it was, and what it did: its subset alone would not say which one. */
function undone({ pairs, would }: HeadlineInput, change: Undone | undefined): string {
  const views = pairs
    .filter((pair) => pair.change !== 'same')
    .flatMap(({ before, after }) => after ?? before ?? []);
  const where = views.length === 0 ? '' : ` (${count(views.length, 'route')} of ${ownersOf(views)})`;
  if (change === undefined) return `${would ? 'Would take' : 'Took'} back the last change${where}`;
  const { summary, by, time } = change;
  return summary.isBack && change.count === undefined
    ? `${would ? 'Would do' : 'Did'} the ${changeName(summary)} again that ${by ?? 'somebody'} had taken back ${momentOf(time)}${where}`
    : `${would ? 'Would take' : 'Took'} back ${changeText(change)}${where}`;
}

/** A change of which the routes tell nothing about the target: say what can be seen. */
function describeGenericChange({ pairs, would }: HeadlineInput): string {
  const touched = pairs.filter(({ change }) => change !== 'same');
  const views = touched.flatMap(({ before, after }) => after ?? before ?? []);
  if (views.length === 0)
    return would
      ? 'Would change the order or the fields of routes, not where they send (see the diff)'
      : 'Changed the order or the fields of routes, not where they send (see the diff)';
  const what = `${count(views.length, 'route')} of ${ownersOf(views)}`;
  return would ? `Would change ${what}` : `Changed ${what}`;
}

const isTarget =
  ({ subset }: HeadlineInput) =>
  (to: DestinationView): boolean =>
    to.subset === subset && subset !== null;

function shareOf(view: RouteView, which: (to: DestinationView) => boolean): number {
  return view.destinations.filter(which).reduce((sum, to) => sum + to.share, 0);
}

/** `20 %`, `0 to 50 %`. */
function range(numbers: readonly number[]): string {
  const low = numbers.reduce((least, number) => Math.min(least, number), Infinity);
  const high = numbers.reduce((most, number) => Math.max(most, number), 0);
  return low === high ? percent(high) : `${percent(low).slice(0, -2)} to ${percent(high)}`;
}

/** ` of api.domain.io`; nothing where the target has several hosts. */
function ofHost(views: readonly RouteView[], which: (to: DestinationView) => boolean): string {
  const hosts = new Set(views.flatMap((view) => view.destinations.filter(which).map((to) => to.host)));
  const [only] = hosts;
  return hosts.size === 1 && only !== undefined ? ` of ${only}` : '';
}

function ownersOf(views: readonly RouteView[]): string {
  const owners = new Set(views.map(ownerOf));
  const [only] = owners;
  return owners.size === 1 && only !== undefined
    ? `VirtualService ${only}`
    : count(owners.size, 'VirtualService');
}
