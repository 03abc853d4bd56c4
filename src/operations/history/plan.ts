import type { HistoryIntent } from './intent.ts';
import { formatLabels } from '../../istio/labels.ts';
import { historyOf, type HistoryChange } from '../../undo/history.ts';
import { presenceOf } from '../../undo/presence.ts';
import { finding } from '../../base/findings.ts';
import { titleOf } from '../../base/title.ts';
import { selectVirtualServices, joinFirst } from '../../plan/select.ts';
import type { HistoryView, Plan, Snapshot } from '../../plan/types.ts';

/** The last changes of the selected VirtualServices, the newest first; nothing is written. */
export function planHistory(snapshot: Snapshot, { selector }: HistoryIntent): Plan {
  const selected = selectVirtualServices(snapshot, selector);
  const { changes, findings } = historyOf(selected);
  const none =
    changes.length > 0 || findings.length > 0
      ? []
      : [
          finding(
            'no-history',
            'notice',
            `There is no history on ${joinFirst(selected.map(titleOf))}: istiops has changed nothing there, or somebody removed the annotation.`,
          ),
        ];
  return {
    operation: 'history',
    subset: null,
    phases: [],
    before: [],
    after: [],
    safeToScaleDown: [],
    findings: [...findings, ...none],
    history: changes.map((change) => viewOf(snapshot, change)),
  };
}

function viewOf(snapshot: Snapshot, change: HistoryChange): HistoryView {
  const { number, summary, labels, asked, by, time, repository, run, parts } = change;
  return {
    number,
    operation: summary.operation,
    isUndo: summary.isBack,
    subset: summary.subset,
    podSelector: labels === null ? null : formatLabels(labels),
    asked,
    by,
    time,
    repository,
    run,
    virtualServices: [...parts.keys()].map(({ metadata }) => metadata.name),
    isThere: presenceOf(snapshot, change),
  };
}
