/** What a canary has left on its VirtualServices, so that it notices when somebody else has ended it. */
import { fullName, titleOf } from '../../base/title.ts';
import { destinationsOf, routesOf } from '../../istio/routes.ts';
import type { DestinationRule, VirtualService } from '../../istio/types.ts';
import { effectiveShares } from '../../istio/weights.ts';
import { BASELINE } from '../../plan/baseline/format.ts';
import { CANARY } from '../../plan/canary-state.ts';
import type { Outcome } from '../../report/types.ts';

export interface Note {
  readonly title: string;
  /** The text of the annotation `istiops/canary`; undefined: it has none, as after the last write of a canary. */
  readonly text: string | undefined;
  /** The text of `istiops/baseline`, which every run of istiops writes with the shares. */
  readonly baseline: string | undefined;
  /** Percent that the build gets in each list of destinations that has it; a server may write the lists otherwise. */
  readonly shares: readonly number[];
}

/** By `namespace/name`. */
export type Notes = ReadonlyMap<string, Note>;

/**
 * Of these VirtualServices, those without the annotation included.
 *
 * @param subset of the build
 */
export function notesOf(virtualServices: readonly VirtualService[], subset: string): Notes {
  return new Map(virtualServices.map((one) => [fullName(one.metadata), noteOf(one, subset)]));
}

/** Of those that a run has written. */
export function notesIn({ phases }: Outcome, subset: string): Notes {
  return notesOf(
    phases.flatMap(({ writes }) =>
      writes.flatMap((write) => (write.kind === 'VirtualService' ? [write.after] : [])),
    ),
    subset,
  );
}

function noteOf(virtualService: VirtualService, subset: string): Note {
  const { annotations = {} } = virtualService.metadata;
  return {
    title: titleOf(virtualService),
    text: annotations[CANARY],
    baseline: annotations[BASELINE],
    shares: routesOf(virtualService).flatMap(({ route }) => {
      const list = destinationsOf(route);
      const all = effectiveShares(list);
      return list.flatMap(({ destination }, index) =>
        destination.subset === subset ? [all[index] ?? 0] : [],
      );
    }),
  };
}

/**
 * What somebody else has done that ends the canary, in words; undefined: nothing. A change of istiops for another build
 * leaves the canary's note and may make the build's share smaller: that is no end.
 *
 * @param virtualServices as they are now, of the namespace of the notes
 */
export function whyEnded(
  virtualServices: readonly VirtualService[],
  notes: Notes,
  subset: string,
): string | undefined {
  const now = notesOf(virtualServices, subset);
  for (const [name, left] of notes) {
    const found = now.get(name);
    if (found === undefined) {
      if (left.shares.length > 0) return `${left.title} is gone`;
    } else if (found.text !== left.text) {
      return `istiops/canary of ${left.title} is not what this run wrote`;
    } else if (!hasShares(found, left) && (left.text === undefined || found.baseline === left.baseline)) {
      return `${left.title} gives ${subset} other shares than this run wrote`;
    }
  }
  return undefined;
}

/** Are all shares there that were written? Others may have come, such as a preview's. */
function hasShares({ shares }: Note, left: Note): boolean {
  const open = [...shares];
  return left.shares.every((share) => {
    const at = open.indexOf(share);
    if (at !== -1) open.splice(at, 1);
    return at !== -1;
  });
}

/** Does one of the rules have the subset? */
export function isDefined(rules: readonly DestinationRule[], subset: string): boolean {
  return rules.some(({ spec }) => (spec.subsets ?? []).some(({ name }) => name === subset));
}
