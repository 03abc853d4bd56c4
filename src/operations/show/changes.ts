/** What `show` says of a VirtualService beside its routes: who changed it, and what was asked for which build. */
import { percent } from '../../base/text.ts';
import { formatLabels } from '../../istio/labels.ts';
import { subsetOf } from '../../istio/routes.ts';
import type { VirtualService } from '../../istio/types.ts';
import { readBaselines } from '../../plan/baseline.ts';
import type { Snapshot } from '../../plan/types.ts';
import type { BuildView, ChangesView } from '../../plan/virtual-service-views.ts';
import { historyOf, type HistoryChange } from '../../undo/history.ts';
import { presenceOf } from '../../undo/presence.ts';

export function changesOf(snapshot: Snapshot, virtualService: VirtualService): ChangesView {
  const { changes } = historyOf([virtualService]);
  const [last] = changes;
  const recorded = recordedBuilds(snapshot, changes);
  const known = new Set(recorded.map(({ what, subset }) => `${what} ${subset}`));
  const requested = requestedSharesOf(virtualService).filter(
    ({ what, subset }) => !known.has(`${what} ${subset}`),
  );
  return {
    last: last === undefined ? null : { what: whatOf(last), by: last.by, time: last.time },
    builds: [...recorded, ...requested],
  };
}

function whatOf({ summary }: HistoryChange): string {
  return summary.isBack ? `undo of ${summary.operation}` : summary.operation;
}

/** By the history: the newest change of each kind that is still there. */
function recordedBuilds(snapshot: Snapshot, changes: readonly HistoryChange[]): readonly BuildView[] {
  const seen = new Set<string>();
  return changes.flatMap((change): readonly BuildView[] => {
    const { summary, labels, asked, by, time } = change;
    const key = `${summary.operation} ${summary.subset ?? ''}`;
    const isShift = !summary.isBack && summary.effects.includes('shifts-to-build');
    if (summary.subset === null || !isShift || seen.has(key)) return [];
    const presence = presenceOf(snapshot, change);
    if (presence !== 'yes' && presence !== 'partly') return [];
    seen.add(key);
    const podSelector = labels === null ? null : formatLabels(labels);
    return [{ what: summary.operation, subset: summary.subset, podSelector, asked, by, time }];
  });
}

/** By the baseline, which files have as well: the last requested share of each build. */
function requestedSharesOf(virtualService: VirtualService): readonly BuildView[] {
  const shares = new Map<string, string>();
  for (const { requestedShares } of readBaselines(virtualService).byRoute.values()) {
    for (const { destination, part, whole } of requestedShares) {
      const subset = subsetOf(destination);
      if (subset !== undefined) shares.set(subset, percent((part / whole) * 100));
    }
  }
  return [...shares]
    .reverse()
    .map(([subset, asked]) => ({ what: 'weight', subset, podSelector: null, asked, by: null, time: null }));
}
