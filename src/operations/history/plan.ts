import type { HistoryIntent } from './intent.ts';
import { formatLabels } from '../../istio/labels.ts';
import { historyOf, type HistoryChange } from '../../undo/history.ts';
import { presenceOf } from '../../undo/presence.ts';
import { finding, type Finding } from '../../base/findings.ts';
import { isNarrowed } from '../../istio/selection.ts';
import type { VirtualService } from '../../istio/types.ts';
import { titleOf } from '../../base/title.ts';
import { selectVirtualServices, joinFirst } from '../../plan/select.ts';
import type { HistoryView, Plan, Snapshot } from '../../plan/types.ts';
import { NOTHING_WRITTEN } from '../../plan/nothing-written.ts';

/** The last changes of the selected VirtualServices, the newest first; nothing is written. */
export function planHistory(snapshot: Snapshot, intent: HistoryIntent): Plan {
  const selected = selectVirtualServices(snapshot, intent);
  const { changes, findings } = historyOf(selected);
  const none = changes.length > 0 || findings.length > 0 ? [] : [noHistory(snapshot, selected)];
  return {
    operation: 'history',
    ...NOTHING_WRITTEN,
    findings: [...findings, ...none, ...numbersOfAll(intent, changes)],
    history: changes.map((change) => historyView(snapshot, change)),
  };
}

function noHistory({ namespace }: Snapshot, selected: readonly VirtualService[]): Finding {
  const message =
    selected.length === 0
      ? `There is no VirtualService in namespace ${namespace}, so there is no history.`
      : `There is no history on ${joinFirst(selected.map(titleOf))}: istiops has changed nothing there, or somebody removed the annotation.`;
  return finding('no-history', 'notice', message);
}

/** `undo` counts the changes of what it selects: a number out of another list would revert something else. */
function numbersOfAll(intent: HistoryIntent, changes: readonly HistoryChange[]): readonly Finding[] {
  const written = new Set(changes.flatMap(({ parts }) => [...parts.keys()]));
  if (isNarrowed(intent) || written.size < 2) return [];
  const message =
    'These numbers count the changes of all VirtualServices of the namespace. ' +
    'Before `undo` with `to`, list the history of the VirtualServices that it selects.';
  return [finding('numbers-of-all', 'notice', message)];
}

function historyView(snapshot: Snapshot, change: HistoryChange): HistoryView {
  const { number, summary, labels, asked, by, time, repository, run, pullRequest, parts } = change;
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
    pullRequest: repository === null || pullRequest === null ? null : `${repository}#${pullRequest}`,
    pullRequestUrl: pullRequestUrl(change),
    virtualServices: [...parts.keys()].map(({ metadata }) => metadata.name),
    isThere: presenceOf(snapshot, change),
  };
}

/** Beside the run's address, because that says which server GitHub is on. */
function pullRequestUrl({
  repository,
  run,
  pullRequest,
}: Pick<HistoryChange, 'repository' | 'run' | 'pullRequest'>): string | null {
  if (repository === null || run === null || pullRequest === null) return null;
  const end = run.indexOf(`/${repository}/actions/runs/`);
  return end < 0 ? null : `${run.slice(0, end)}/${repository}/pull/${pullRequest}`;
}
