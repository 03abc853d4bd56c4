import { finding, type Finding } from '../../base/findings.ts';
import { grouped, subsetText } from '../../base/text.ts';
import type { ChangeDraft } from '../../plan/draft.ts';
import { previewOwners } from '../../plan/preview-owners.ts';
import { selectVirtualServices } from '../../plan/select.ts';
import type { Snapshot } from '../../plan/types.ts';
import { overdueCanaries, overdueFinding } from '../common/overdue-canaries.ts';
import { planRemoval } from '../common/removal.ts';
import { unreadWorkloadFindings } from '../common/staleness.ts';
import type { PruneIntent } from './intent.ts';
import { pruneVerdicts, type PruneVerdict } from './verdicts.ts';

/** Builds that one sentence names. */
const MOST_NAMES = 10;

/**
 * Previews go whose pull request is closed, that have expired, or that have no ready pod, and builds whose canary nobody
 * watches any more. Everything else stays.
 *
 * @throws TrafficError not-found, check-failed
 */
export function planPrune(snapshot: Snapshot, intent: PruneIntent): ChangeDraft {
  const canaries = overdueCanaries(snapshot, intent);
  const left = new Set(canaries.map(({ state }) => state.subset));
  const selected = selectVirtualServices(snapshot, intent);
  const verdicts = pruneVerdicts(snapshot, selected, left);
  const gone = new Set(
    verdicts.filter(({ isGone }) => isGone).map(({ service, subset }) => `${service}|${subset}`),
  );
  const draft = planRemoval(
    snapshot,
    intent,
    (service, subset) => left.has(subset) || gone.has(`${service}|${subset}`),
  );
  const pods =
    snapshot.pods.state === 'known' ? unreadWorkloadFindings(snapshot, selected) : [podsUnknown(snapshot)];
  const findings = [...canaries.map(overdueFinding), ...draft.findings, ...pods, ...keptFindings(verdicts)];
  return { ...draft, pruned: verdicts, findings };
}

/** Repositories whose pull requests decide what goes. */
export function repositoriesOf(snapshot: Snapshot, intent: PruneIntent): readonly string[] {
  const owners = selectVirtualServices(snapshot, intent).flatMap((one) => [...previewOwners(one).values()]);
  const named = owners.flatMap(({ repository, pullRequest }) =>
    repository === null || pullRequest === null ? [] : [repository],
  );
  return [...new Set(named)].sort();
}

function podsUnknown({ pods }: Snapshot): Finding {
  const why = pods.state === 'forbidden' ? ` (${pods.reason})` : '';
  return finding(
    'pods-not-known',
    'notice',
    `Which previews have no ready pod is not known, because pods can't be read${why}: they stay.`,
  );
}

/** One sentence for each reason, however many builds it holds for. */
function keptFindings(verdicts: readonly PruneVerdict[]): readonly Finding[] {
  const kept = verdicts.filter(({ isGone, reason }) => !isGone && reason !== 'pull-request-open');
  return [...Map.groupBy(kept, ({ reason }) => reason).values()].map((some) => {
    const named = some.slice(0, MOST_NAMES).map(({ subset, words }) => `${subsetText(subset)} ${words}`);
    const rest = some.length - named.length;
    const more = rest > 0 ? `; and ${grouped(rest)} more` : '';
    return finding('kept', 'warning', `Kept: ${named.join('; ')}${more}.`);
  });
}
