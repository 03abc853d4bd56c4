/** The last changes of several VirtualServices as one list, the newest first. */
import type { Labels, VirtualService } from '../istio/types.ts';
import { canonicalJson, sameJson, type Json } from '../base/json.ts';
import { finding, type Finding } from '../base/findings.ts';
import { LAST_CHANGE, lastChangeOf } from '../plan/last-change.ts';
import { titleOf } from '../base/title.ts';
import { CHANGE_EFFECTS } from '../plan/types.ts';
import { HISTORY, parseHistory } from './format.ts';
import { authorshipOf, isWrittenByOthers } from './managed-fields.ts';
import { effectsWithoutRecord } from './summary.ts';
import type { RecordedChange } from './types.ts';

/** A change, put together from what each VirtualService says of it. */
export interface HistoryChange extends Omit<RecordedChange, 'undo'> {
  /** The same in every record that agrees on the change. */
  readonly key: string;
  /** 1: the newest. */
  readonly number: number;
  /** What each VirtualService that was read says of it: several parts, the newest first, where it was written twice. */
  readonly parts: ReadonlyMap<VirtualService, readonly RecordedChange[]>;
}

export interface History {
  readonly changes: readonly HistoryChange[];
  readonly findings: readonly Finding[];
}

/** A change of one VirtualService in its order, with a time that no record can make later than it was. */
interface HistoryEntry {
  readonly key: string;
  readonly time: number;
  readonly parts: readonly RecordedChange[];
}

/**
 * Records that agree in what a change is (its id, its operation, the objects that it wrote) are one change; a record that
 * doesn't agree is a change by itself, so that it can't speak of another object. Within a VirtualService the order of
 * its list counts. Between VirtualServices it is the time of a record, but never a later one than that at which the
 * server says istiops wrote that VirtualService.
 */
export function historyOf(virtualServices: readonly VirtualService[]): History {
  const read = virtualServices.map((virtualService) => ({ virtualService, ...entriesOf(virtualService) }));
  const queues = read.map(({ virtualService, entries }) => ({ virtualService, entries: [...entries] }));
  const changes: HistoryChange[] = [];
  for (;;) {
    const next = newestOf(
      queues.flatMap(({ entries }) => entries.slice(0, 1)),
      queues,
    );
    if (next === undefined) break;
    const parts = new Map<VirtualService, readonly RecordedChange[]>();
    for (const { virtualService, entries } of queues) {
      const position = entries.findIndex(({ key }) => key === next.key);
      const [entry] = position < 0 ? [] : entries.splice(position, 1);
      if (entry !== undefined) parts.set(virtualService, entry.parts);
    }
    const change = wholeOf([...parts.values()].flatMap(([newest]) => newest ?? []));
    if (change !== undefined) changes.push({ ...change, key: next.key, number: changes.length + 1, parts });
  }
  return { changes, findings: read.flatMap(({ findings }) => findings) };
}

/** Of the changes that come first in every list that has them, the latest. */
function newestOf(
  heads: readonly HistoryEntry[],
  queues: readonly { readonly entries: readonly HistoryEntry[] }[],
): HistoryEntry | undefined {
  const isFirst = ({ key }: HistoryEntry): boolean =>
    queues.every(({ entries }) => entries.findIndex((entry) => entry.key === key) <= 0);
  const first = heads.filter(isFirst);
  return (first.length > 0 ? first : heads).reduce<HistoryEntry | undefined>(
    (latest, entry) => (latest === undefined || entry.time > latest.time ? entry : latest),
    undefined,
  );
}

function entriesOf(virtualService: VirtualService): {
  readonly entries: readonly HistoryEntry[];
  readonly findings: readonly Finding[];
} {
  const authorship = authorshipOf(virtualService, HISTORY);
  const { changes, fault } = parseHistory(virtualService);
  const why = isWrittenByOthers(authorship)
    ? `the server says that ${authorship.managers.join(', ')} wrote it, not istiops`
    : fault;
  const known = why === null ? changes.map(({ change }) => change) : [];
  const groups: RecordedChange[][] = [];
  for (const change of [...unrecorded(virtualService, known[0]), ...known]) {
    const last = groups.at(-1);
    if (last?.[0]?.id === change.id) last.push(change);
    else groups.push([change]);
  }
  let latest = authorship.time ?? Infinity;
  const entries = groups.map((parts): HistoryEntry => {
    const [first] = parts;
    latest = Math.min(latest, first === undefined ? latest : Date.parse(first.time));
    return { key: changeKey(parts), time: latest, parts };
  });
  return { entries, findings: why === null ? [] : [unreadable(virtualService, why)] };
}

function changeKey([first]: readonly RecordedChange[]): string {
  if (first === undefined) return '';
  const { id, time, summary, wrote } = first;
  return canonicalJson([id, time, summary.operation, summary.isBack, wrote]);
}

/** What all records of a change say; what they don't agree on, because it is of several services, is null. */
function wholeOf(records: readonly RecordedChange[]): Omit<RecordedChange, 'undo'> | undefined {
  const [first] = records;
  if (first === undefined) return undefined;
  const { undo: _, ...change } = first;
  const isSame = (of: (one: RecordedChange) => Json): boolean =>
    records.every((one) => canonicalJson(of(one)) === canonicalJson(of(first)));
  return {
    ...change,
    summary: {
      ...change.summary,
      subset: isSame(({ summary }) => summary.subset) ? change.summary.subset : null,
      effects: CHANGE_EFFECTS.filter((effect) =>
        records.some(({ summary }) => summary.effects.includes(effect)),
      ),
    },
    labels: isSame(({ labels }) => labels) ? change.labels : null,
    asked: isSame(({ asked }) => asked) ? change.asked : null,
  };
}

/** Is the change about the build of these labels, be it among others? */
export function isOfBuild({ parts }: HistoryChange, podLabels: Labels): boolean {
  return [...parts.values()].flat().some(({ labels }) => labels !== null && sameJson(labels, podLabels));
}

function unreadable(virtualService: VirtualService, why: string): Finding {
  return finding(
    'history-ignored',
    'warning',
    `The annotation ${HISTORY} of ${titleOf(virtualService)} is ignored: ${why}. What its changes were can't be known from it. ` +
      'The next change of istiops writes it anew.',
    virtualService,
  );
}

/** The last change, where the history has nothing of it: there was no room, or another version of istiops made it. */
function unrecorded(
  virtualService: VirtualService,
  head: RecordedChange | undefined,
): readonly RecordedChange[] {
  const last = lastChangeOf(virtualService);
  if (last === undefined || last.time <= (head?.time ?? '') || Number.isNaN(Date.parse(last.time))) return [];
  if (isWrittenByOthers(authorshipOf(virtualService, LAST_CHANGE))) return [];
  return [
    {
      id: 'unrecorded',
      time: last.time,
      summary: {
        operation: last.operation,
        subset: null,
        isBack: false,
        effects: effectsWithoutRecord(last.operation),
      },
      labels: null,
      asked: null,
      by: last.actor ?? null,
      repository: null,
      run: null,
      pullRequest: null,
      wrote: [virtualService.metadata.name],
      undo: null,
    },
  ];
}
