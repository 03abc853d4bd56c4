import { distinctBy } from '../base/distinct.ts';
import { resolveHost } from '../istio/hosts.ts';
import type { DestinationRule, KubeObject, VirtualService } from '../istio/types.ts';
import type { Change } from '../plan/objects.ts';
import { keepIfOnlyOwnersDiffer } from '../plan/preview-owners.ts';
import { referencedSubsets, subsetKey, type ReferencedSubsets } from '../plan/subsets.ts';
import type { Snapshot } from '../plan/types.ts';
import type { Finding, WithFindings } from '../base/findings.ts';
import type { Reverted } from './reverted.ts';
import { revertVirtualService } from './routes.ts';
import { revertRule, type RuleReverted } from './subsets.ts';
import type { Conflict, RecordedName, Undo, VirtualServiceUndo } from './types.ts';
import { fullName, titleOf } from '../base/title.ts';

/** What reverting changes means for the objects as they are now. */
export interface UndoResult {
  /** Those that change. */
  readonly virtualServices: readonly Change<VirtualService>[];
  /** Those that change: first subsets come back, then those of the changes go. */
  readonly destinationRules: readonly RuleReverted[];
  /** In words, what is reverted. */
  readonly done: readonly string[];
  /** What is left as it is, because somebody else changed it since. */
  readonly conflicts: readonly Conflict[];
  /** What a person should know of a route that stays. */
  readonly findings: readonly Finding[];
}

/** As `keptFromWholeService` in `plan/whole-service.ts`. */
export type Keep = (change: Change<VirtualService>) => WithFindings<VirtualService>;

/**
 * Reverts changes as far as the objects still have what these made. Where nobody changed anything since, the objects
 * are what they were before; what somebody else changed stays, and is listed where a change had touched it, too.
 *
 * @param objects as they are now: every VirtualService in sight, because a subset that one of them uses stays
 * @param undos the newest first
 * @param keep the last word on each VirtualService that changes: a route that would send to the whole service again may
 *   have to stay as it is
 * @throws TrafficError check-failed where the annotation `istiops/baseline` has to be read and can't be
 */
export function applyUndo(
  objects: Pick<Snapshot, 'virtualServices' | 'destinationRules'>,
  undos: readonly Undo[],
  keep: Keep = ({ after }) => ({ value: after, findings: [] }),
): UndoResult {
  const routes = undosByObject(undos.flatMap(({ virtualServices }) => virtualServices)).map(([name, all]) => {
    const before = find(objects.virtualServices, name);
    if (before === undefined) return missing('VirtualService', name);
    const result = revertedBy(before, all);
    const kept =
      result.after === before ? { value: before, findings: [] } : keep({ before, after: result.after });
    return { ...result, after: kept.value, wanted: result.after, findings: kept.findings, before };
  });
  const after = new Map(routes.flatMap((one) => (one.before === null ? [] : [[one.before, one.after]])));
  const wanted = new Map(routes.flatMap((one) => (one.before === null ? [] : [[one.before, one.wanted]])));
  const referred = (changed: ReadonlyMap<VirtualService, VirtualService>): ReferencedSubsets =>
    referencedSubsets(objects.virtualServices.map((object) => changed.get(object) ?? object));
  const [used, needed] = [referred(after), referred(wanted)];
  const rules = undosByObject(undos.flatMap(({ destinationRules }) => destinationRules)).map(
    ([name, all]) => {
      const rule = find(objects.destinationRules, name);
      if (rule === undefined) return missing('DestinationRule', name);
      const host = resolveHost(rule.spec.host, rule.metadata.namespace);
      return revertRule(rule, all, (subset) => {
        const key = subsetKey(host, subset);
        if (needed.has(key)) return 'used';
        return used.has(key) ? 'kept' : 'none';
      });
    },
  );
  return {
    virtualServices: [...after].flatMap(([before, next]) =>
      before === next ? [] : [{ before, after: next }],
    ),
    destinationRules: rules.flatMap((one) =>
      one.before === null || (one.before === one.gained && one.gained === one.after) ? [] : [one],
    ),
    done: [...routes, ...rules].flatMap(({ done }) => done),
    findings: routes.flatMap((one) => (one.before === null ? [] : one.findings)),
    conflicts: distinctBy(
      [...routes, ...rules].flatMap(({ conflicts }) => conflicts),
      ({ what, why }) => `${what}: ${why}`,
    ),
  };
}

/** Changes that take each other back, such as a `weight` and its undo, come to nothing together. */
function revertedBy(before: VirtualService, undos: readonly VirtualServiceUndo[]): Reverted<VirtualService> {
  const result = undos.reduce<Reverted<VirtualService>>(
    (step, undo) => {
      const next = revertVirtualService(step.after, undo);
      return {
        after: next.after,
        done: [...step.done, ...next.done],
        conflicts: [...step.conflicts, ...next.conflicts],
      };
    },
    { after: before, done: [], conflicts: [] },
  );
  const after = keepIfOnlyOwnersDiffer(before, result.after);
  return after === before ? { ...result, after, done: [] } : result;
}

interface Missing {
  readonly before: null;
  readonly done: readonly string[];
  readonly conflicts: readonly Conflict[];
}

function missing(kind: KubeObject['kind'], metadata: RecordedName): Missing {
  const what = titleOf({ kind, metadata });
  const isRuleGone = kind === 'DestinationRule' ? ({ isRuleGone: true } as const) : {};
  return { before: null, done: [], conflicts: [{ what, why: 'it is no longer there', ...isRuleGone }] };
}

/** What is to be reverted of each object, in order. */
function undosByObject<T extends RecordedName>(
  undos: readonly T[],
): readonly (readonly [RecordedName, readonly T[]])[] {
  return [...Map.groupBy(undos, fullName).values()].flatMap((all) =>
    all[0] === undefined ? [] : [[all[0], all] as const],
  );
}

function find<T extends VirtualService | DestinationRule>(
  list: readonly T[],
  { namespace, name }: RecordedName,
): T | undefined {
  return list.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
}

/** `a: why; b: why`, at most ten of them: what was not reverted, in one sentence. */
export function conflictsText(conflicts: readonly Conflict[]): string {
  const shown = conflicts.slice(0, 10).map(({ what, why }) => `${what}: ${why}`);
  return [...shown, ...(conflicts.length > 10 ? [`and ${conflicts.length - 10} more`] : [])].join('; ');
}
