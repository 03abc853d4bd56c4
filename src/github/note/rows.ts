/** The rows of a note after a change: what the build of the change now gets, and what others no longer get. */
import { percent } from '../../base/text.ts';
import { resolveHost } from '../../istio/hosts.ts';
import { ownerOf } from '../../plan/owners.ts';
import { headersIn } from '../../plan/headers-text.ts';
import type { DestinationView, RouteView } from '../../plan/view-types.ts';
import { tryOuts } from '../../report/next.ts';
import { targetsOf } from '../../report/targets.ts';
import type { Outcome } from '../../report/types.ts';
import type { NoteRow } from './row.ts';

/** What a row says beside the outcome of the change. */
export interface NoteFacts {
  readonly commit: string | null;
  /** The address of the run. */
  readonly run: string | null;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** The address that anyone can click. */
  readonly link: string | null;
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
  const own = [...after].flatMap(([id, sent]) => rowOf(id, sent, outcome, facts) ?? []);
  const written = new Map(own.map((row) => [row.key, row]));
  const kept = rows.flatMap((row): readonly NoteRow[] => {
    // A job that began earlier may end later.
    if (Date.parse(row.at) > Date.parse(facts.at)) return [row];
    const next = written.get(row.key);
    if (next !== undefined) return [withCurlOf(next, row)];
    const id = idOf(row.key, row.build);
    const isOfChange = targets.has(row.build) && services.has(row.key);
    const isGone = !after.has(id) && (before.has(id) || isOfChange);
    return isGone ? [takenDown(row, facts)] : [row];
  });
  const known = new Set(rows.map(({ key }) => key));
  return [...kept, ...own.filter(({ key }) => !known.has(key))];
}

/** By service and build: the routes that send requests to it. */
function sentIn(views: readonly RouteView[]): ReadonlyMap<string, readonly Sent[]> {
  const sent = new Map<string, Sent[]>();
  for (const view of views)
    for (const to of view.destinations) {
      if (to.subset === null || to.share === 0) continue;
      const id = idOf(keyOf(view, to), to.subset);
      sent.set(id, [...(sent.get(id) ?? []), { view, to }]);
    }
  return sent;
}

function keyOf({ namespace }: RouteView, { host }: DestinationView): string {
  return `${namespace}/${resolveHost(host, namespace)}`;
}

/** Neither a host nor a subset can have a bar. */
function idOf(key: string, build: string): string {
  return `${key}|${build}`;
}

function rowOf(id: string, sent: readonly Sent[], outcome: Outcome, facts: NoteFacts): NoteRow | undefined {
  const [first] = sent;
  if (first === undefined || first.to.subset === null || !targetsOf(outcome).has(first.to.subset))
    return undefined;
  const [firstTry] = tryOuts(partOf(outcome, sent));
  return {
    key: id.slice(0, id.lastIndexOf('|')),
    host: first.to.host,
    build: first.to.subset,
    requests: [...new Set(sent.map(requestsOf))].join(' or '),
    curl: firstTry?.command ?? null,
    routes: sent.length,
    readyPods: first.to.readyPods,
    ...facts,
  };
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
function requestsOf({ view, to }: Sent): string {
  if (view.madeBy === 'istiops') return headersIn(view.conditions) ?? view.match;
  const of = view.isDefault ? 'all requests' : `the requests of ${view.pick ?? view.name ?? view.kind}`;
  return `${percent(to.share)} of ${of}`;
}

/** A push that changes no route has no example of a changed request: the one of before still holds. */
function withCurlOf(next: NoteRow, { build, requests, curl }: NoteRow): NoteRow {
  return next.curl === null && next.build === build && next.requests === requests ? { ...next, curl } : next;
}

/** A row that says so already stays: it says since when. */
function takenDown(row: NoteRow, { commit, run, at }: NoteFacts): NoteRow {
  if (row.requests === null) return row;
  return {
    ...row,
    requests: null,
    curl: null,
    link: null,
    routes: 0,
    readyPods: null,
    commit: commit ?? row.commit,
    run,
    at,
  };
}
