/** What the entries of a journal say together. Pure: the same entries always give the same answer. */
import type { Finding } from '../base/findings.ts';
import { titleOf } from '../base/title.ts';
import { DEFAULT_CLUSTER_DOMAIN } from '../istio/cluster-domain.ts';
import type { VirtualService } from '../istio/types.ts';
import { inDomainOf } from '../plan/cluster-domain.ts';
import { ownerOf } from '../plan/owners.ts';
import type { Phase, PhaseName, Plan, Snapshot, Write } from '../plan/types.ts';
import type { RouteView } from '../plan/view-types.ts';
import { writesOf } from '../plan/writes.ts';
import type { Reach } from '../reach/types.ts';
import type { Entry, RoutingObject } from './journal.ts';

type Entries = readonly Entry[];
type EntryOf<K extends Entry['kind']> = Extract<Entry, { readonly kind: K }>;

/** One object that this run has written, or may have written. */
export interface Written {
  readonly phase: PhaseName;
  readonly write: Write;
  /** As the server had it after that; as it was sent where no answer came. */
  readonly stored: RoutingObject;
  /** No answer came, and nothing has told since whether it was written. */
  readonly mayHaveBeenWritten: boolean;
}

/** In order, across attempts. */
export function writesIn(entries: Entries): readonly Written[] {
  return entries.reduce<readonly Written[]>((written, entry) => {
    switch (entry.kind) {
      case 'wrote': {
        const { phase, write, stored } = entry;
        return [...written, { phase, write, stored, mayHaveBeenWritten: false }];
      }
      case 'unanswered': {
        const { phase, write, sent } = entry;
        return [...written, { phase, write, stored: sent, mayHaveBeenWritten: true }];
      }
      case 'settled': {
        const [last, others] = [written.at(-1), written.slice(0, -1)];
        if (last === undefined || entry.stored === null) return others;
        return [...others, { ...last, stored: entry.stored, mayHaveBeenWritten: false }];
      }
      default:
        return written;
    }
  }, []);
}

export function hasEntry(entries: Entries, kind: Entry['kind']): boolean {
  return entries.some((entry) => entry.kind === kind);
}

export function lastOf<K extends Entry['kind']>(entries: Entries, kind: K): EntryOf<K> | undefined {
  return entries.findLast((entry): entry is EntryOf<K> => entry.kind === kind);
}

/** The plan of the last attempt. */
export function planIn(entries: Entries): Plan | undefined {
  return entries.findLast((entry) => entry.kind === 'planned' || entry.kind === 'signed')?.plan;
}

/**
 * All that the run changes, as far as it is planned: what earlier attempts have written, too. Each write is as it was
 * sent, with who changed it and how to revert it.
 */
export function changeIn(entries: Entries): Plan | undefined {
  const [plan, whole] = [planIn(entries), lastOf(entries, 'planned')?.plan];
  if (plan === undefined || whole === undefined) return plan;
  const written = writesIn(entries);
  const phases = whole.phases.map((phase): Phase => {
    const sent = [
      ...writesOf(plan.phases, phase.name),
      ...written.filter((one) => one.phase === phase.name).map(({ write }) => write),
    ];
    const byTitle = new Map(sent.map((write) => [titleOf(write.after), write]));
    return { ...phase, writes: phase.writes.map((write) => byTitle.get(titleOf(write.after)) ?? write) };
  });
  return { ...plan, phases };
}

/** What was read for the plan of the last attempt. */
export function snapshotIn(entries: Entries): Snapshot | undefined {
  return lastOf(entries, 'planned')?.snapshot;
}

/** Every VirtualService that was read, those that this run has written as the server has them now. */
export function virtualServicesNow(entries: Entries): readonly VirtualService[] {
  const stored = new Map<string, RoutingObject>();
  for (const entry of entries) {
    if (entry.kind === 'wrote' || entry.kind === 'undid') stored.set(titleOf(entry.stored), entry.stored);
    if (entry.kind === 'settled' && entry.stored !== null) stored.set(titleOf(entry.stored), entry.stored);
  }
  return (snapshotIn(entries)?.virtualServices ?? []).map((read) => {
    const now = stored.get(titleOf(read));
    return now?.kind === 'VirtualService' ? now : read;
  });
}

/** Does what is pure in the domain of the cluster that was read last, which what is planned there was made in. */
export function inRunDomain<T>(entries: Entries, body: () => T extends PromiseLike<unknown> ? never : T): T {
  return inDomainOf({ clusterDomain: snapshotIn(entries)?.clusterDomain ?? DEFAULT_CLUSTER_DOMAIN }, body);
}

/** Whom the plan of the last attempt changes what for. */
export function reachIn(entries: Entries): Reach | undefined {
  return lastOf(since(entries, 'planned'), 'guarded')?.reach;
}

export function findingsIn(entries: Entries): readonly Finding[] {
  return entries.flatMap((entry) => (entry.kind === 'found' ? [entry.finding] : []));
}

/** What was added after the last entry of a kind; all where there is none. */
export function since(entries: Entries, kind: Entry['kind']): Entries {
  return entries.slice(entries.findLastIndex((entry) => entry.kind === kind) + 1);
}

/** Titles of the objects that are changed after a failure. */
export function leftIn(entries: Entries): ReadonlySet<string> {
  return new Set(entries.flatMap((entry) => (entry.kind === 'left' ? [entry.title] : [])));
}

/** The routes of each planned VirtualService (`namespace/name`) as they were before this run first wrote them. */
export function routesBefore(entries: Entries): ReadonlyMap<string, readonly RouteView[]> {
  const before = new Map<string, readonly RouteView[]>();
  const written = new Set<string>();
  for (const entry of entries) {
    if (entry.kind === 'wrote') written.add(titleOf(entry.stored));
    if (entry.kind === 'unanswered') written.add(titleOf(entry.sent));
    if (entry.kind !== 'planned') continue;
    for (const [name, views] of Map.groupBy(entry.plan.before, ownerOf))
      if (!written.has(`VirtualService ${name}`)) before.set(name, views);
  }
  return before;
}
