/** The rows of a note after a change: what the build of the change now gets, and what others no longer get. */
import { percent } from '../../base/text.ts';
import { resolveHost } from '../../istio/hosts.ts';
import { ownerOf } from '../../plan/owners.ts';
import { headersIn } from '../../plan/headers-text.ts';
import type { DestinationView, RouteView } from '../../plan/view-types.ts';
import { tryOuts } from '../../report/next.ts';
import { targetsOf } from '../../report/targets.ts';
import type { Outcome } from '../../report/types.ts';
import type { NoteRow, CanaryProgress } from './row.ts';

/** What a row says beside the outcome of the change. */
export interface NoteFacts {
  readonly commit: string | null;
  /** The address of the run. */
  readonly run: string | null;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** The address that anyone can click. */
  readonly link: string | null;
  /** As in `NoteRow`; absent: nothing goes on. */
  readonly progress?: CanaryProgress | null;
  /** The change takes back what another step did. */
  readonly isTakenBack?: boolean;
}

/** A route and its destination that a row counts. */
interface Sent {
  readonly view: RouteView;
  readonly to: DestinationView;
}

/**
 * Rows of the services that the change was about are written anew; the others stay as they are.
 *
 * @param rows as the note has them
 * @param outcome of a change that did not fail
 */
export function rowsAfter(rows: readonly NoteRow[], outcome: Outcome, facts: NoteFacts): readonly NoteRow[] {
  const [before, after] = [sentIn(outcome.before), sentIn(outcome.after)];
  const services = new Set(
    [...outcome.before, ...outcome.after].flatMap((view) => view.destinations.map((to) => keyOf(view, to))),
  );
  const targets = targetsOf(outcome);
  const own = [...after].flatMap(([id, sent]) => ownRow(id, sent, outcome, facts) ?? []);
  const isTakenBack =
    facts.isTakenBack === true || outcome.undone !== undefined || outcome.canary?.end === 'taken-back';
  const written = new Map(own.map((row) => [row.key, row]));
  const kept = rows.flatMap((row): readonly NoteRow[] => {
    // A job that began earlier may end later.
    if (isLater(row, facts)) return [row];
    const next = written.get(row.key);
    if (next !== undefined) return [withCurlOf(next, row)];
    const id = rowKey(row.key, row.build);
    const isOfChange = targets.has(row.build) && services.has(row.key);
    const isGone = !after.has(id) && (before.has(id) || isOfChange);
    if (!isGone) return [row];
    const again = isTakenBack ? returnedPreview(row.key, before, after) : undefined;
    if (again === undefined) return [takenDown(row, facts, isTakenBack ? row.build : null)];
    return [rowAgain(row, again, facts)];
  });
  const known = new Set(rows.map(({ key }) => key));
  return [...kept, ...own.filter(({ key }) => !known.has(key))];
}

/** Milliseconds by which the clocks of two runners may differ: a row of a later day was written by hand. */
const SKEW = 600_000;

function isLater(row: NoteRow, { at }: NoteFacts): boolean {
  const ahead = Date.parse(row.at) - Date.parse(at);
  return ahead > 0 && ahead <= SKEW;
}

/** By service and build: the routes that send requests to it. */
function sentIn(views: readonly RouteView[]): SentTo {
  const sent = new Map<string, Sent[]>();
  for (const view of views)
    for (const to of view.destinations) {
      if (to.subset === null || to.share === 0) continue;
      const id = rowKey(keyOf(view, to), to.subset);
      sent.set(id, [...(sent.get(id) ?? []), { view, to }]);
    }
  return sent;
}

function keyOf({ namespace }: RouteView, { host }: DestinationView): string {
  return `${namespace}/${resolveHost(host, namespace)}`;
}

/** Neither a host nor a subset can have a bar. */
function rowKey(key: string, build: string): string {
  return `${key}|${build}`;
}

function ownRow(
  id: string,
  sent: readonly Sent[],
  outcome: Outcome,
  { progress = null, commit, run, at, link }: NoteFacts,
): NoteRow | undefined {
  const [first] = sent;
  if (first === undefined || first.to.subset === null || !targetsOf(outcome).has(first.to.subset))
    return undefined;
  const [firstTry] = tryOuts(partOf(outcome, sent));
  return {
    key: id.slice(0, id.lastIndexOf('|')),
    build: first.to.subset,
    ...sendingOf(first, sent),
    curl: firstTry?.commands[0] ?? null,
    ...{ progress, takenBack: null, commit, run, at, link },
  };
}

function sendingOf(
  { to }: Sent,
  sent: readonly Sent[],
): Pick<NoteRow, 'host' | 'requests' | 'routes' | 'readyPods'> {
  return {
    host: to.host,
    requests: [...new Set(sent.map(requestsText))].join(' or '),
    routes: sent.length,
    readyPods: to.readyPods,
  };
}

type SentTo = ReadonlyMap<string, readonly Sent[]>;

/** What a preview of the service gets that is there again. */
function returnedPreview(key: string, before: SentTo, after: SentTo): readonly Sent[] | undefined {
  return [...after]
    .filter(([id]) => id.startsWith(rowKey(key, '')) && !before.has(id))
    .map(([, sent]) => sent)
    .find((sent) => sent.every(({ view }) => view.madeBy === 'istiops'));
}

/** Of whose commit it is, the change that was taken back does not say. */
function rowAgain(row: NoteRow, sent: readonly Sent[], { run, at }: NoteFacts): NoteRow {
  const [first] = sent;
  if (first === undefined) return row;
  return {
    ...row,
    ...sendingOf(first, sent),
    build: first.to.subset ?? row.build,
    progress: null,
    takenBack: row.build,
    curl: null,
    link: null,
    commit: null,
    run,
    at,
  };
}

/**
 * Rows that say of a step how far its canary is, which nobody goes on to say.
 *
 * @param isBack all that it did is taken back; else nobody knows what its builds get
 */
export function rowsOfEndedStep(
  rows: readonly NoteRow[],
  step: string,
  facts: Pick<NoteFacts, 'run' | 'at' | 'commit'>,
  isBack: boolean,
): readonly NoteRow[] {
  return rows.map((row) => {
    if (row.progress?.step !== step) return row;
    if (isBack) return takenDown(row, facts, row.build);
    return { ...row, progress: { step: '', words: 'the job ended before the canary did' }, at: facts.at };
  });
}

/** The outcome as if it had been about this build alone: the others have requests of their own. */
function partOf(outcome: Outcome, sent: readonly Sent[]): Outcome {
  const { services, reach, ...whole } = outcome;
  if (services === undefined) return outcome;
  const objects = new Set(sent.map(({ view }) => `VirtualService ${ownerOf(view)}`));
  return {
    ...whole,
    subset: sent[0]?.to.subset ?? null,
    reach: reach && { ...reach, changes: reach.changes.filter(({ object }) => objects.has(object)) },
  };
}

/** `x-cid: seu_madruga`, `20 % of all requests`, `20 % of the requests of "checkout"`. */
function requestsText({ view, to }: Sent): string {
  if (view.madeBy === 'istiops') return headersIn(view.conditions) ?? view.match;
  const of = view.isDefault ? 'all requests' : `the requests of ${view.pick ?? view.name ?? view.kind}`;
  return `${percent(to.share)} of ${of}`;
}

/** A push that changes no route has no example of a changed request: the one of before still holds. */
function withCurlOf(next: NoteRow, { build, requests, curl }: NoteRow): NoteRow {
  return next.curl === null && next.build === build && next.requests === requests ? { ...next, curl } : next;
}

/**
 * A row that says so already stays: it says since when.
 *
 * @param takenBack as in `NoteRow`
 */
function takenDown(
  row: NoteRow,
  { commit, run, at }: Pick<NoteFacts, 'commit' | 'run' | 'at'>,
  takenBack: string | null,
): NoteRow {
  if (row.requests === null) return row;
  return {
    ...row,
    requests: null,
    progress: null,
    takenBack,
    curl: null,
    link: null,
    routes: 0,
    readyPods: null,
    commit: commit ?? row.commit,
    run,
    at,
  };
}
