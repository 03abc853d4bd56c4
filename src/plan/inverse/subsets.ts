/** A DestinationRule with the subsets that a change took away, and without those that it added. */
import type { DestinationRule, Subset, VirtualService } from '../../istio/types.ts';
import { canonicalJson, sameJson } from '../../json.ts';
import { digest } from '../baseline.ts';
import { isGoSubset } from '../names.ts';
import { titleOf, withAnnotation } from '../objects.ts';
import { ownSubsets, referencedSubsets, subsetKey, SUBSETS, withoutSubsets } from '../subsets.ts';
import type { SubsetsBack, Untouched } from './types.ts';

export interface SubsetsResult {
  /** The very object where nothing is taken back. */
  readonly rule: DestinationRule;
  readonly done: readonly string[];
  readonly untouched: readonly Untouched[];
}

/** The subsets that the change took away, where they stood. */
export function giveSubsetsBack(rule: DestinationRule, { removed }: SubsetsBack): SubsetsResult {
  const title = titleOf(rule);
  const subsets: Subset[] = [...(rule.spec.subsets ?? [])];
  const own = [...ownSubsets(rule)];
  const done: string[] = [];
  const untouched: Untouched[] = [];
  for (const { subset, follows, followsOwn } of removed) {
    const { name } = subset;
    const there = subsets.find((other) => other.name === name);
    if (there !== undefined) {
      if (!sameJson(there, subset))
        untouched.push({
          what: `subset ${name} of ${title}`,
          why: 'somebody else made another one of this name since',
        });
      continue;
    }
    subsets.splice(
      placeAfter(
        follows,
        subsets.map((other) => other.name),
      ),
      0,
      subset,
    );
    if (followsOwn !== undefined && !own.includes(name)) own.splice(placeAfter(followsOwn, own), 0, name);
    done.push(`subset ${name} of ${title} is there again`);
  }
  if (done.length === 0) return { rule, done, untouched };
  const given = withAnnotation(
    { ...rule, spec: { ...rule.spec, subsets } },
    SUBSETS,
    own.join(',') || undefined,
  );
  return { rule: given, done, untouched };
}

/** Behind the one that it followed; at the end where that one is gone. */
function placeAfter(previous: string | null, names: readonly string[]): number {
  if (previous === null) return 0;
  const position = names.indexOf(previous);
  return position < 0 ? names.length : position + 1;
}

/**
 * Without the subsets that the change added, as far as they are still ours and nothing refers to them.
 *
 * @param host the rule's, resolved
 * @param virtualServices every one in sight, as it will be
 */
export function takeSubsetsBack(
  rule: DestinationRule,
  { added, wasEmpty }: SubsetsBack,
  host: string,
  virtualServices: readonly VirtualService[],
): SubsetsResult {
  const title = titleOf(rule);
  const used = referencedSubsets(virtualServices);
  const own = ownSubsets(rule);
  const untouched: Untouched[] = [];
  const gone = added.flatMap(({ name, print }) => {
    const there = rule.spec.subsets?.find((subset) => subset.name === name);
    if (there === undefined) return [];
    const why =
      digest(canonicalJson(there)) !== print
        ? 'somebody else changed it since'
        : !own.includes(name) && !isGoSubset(name, rule.spec.host, rule.metadata.namespace)
          ? 'somebody else took it over'
          : used.has(subsetKey(host, name))
            ? 'a VirtualService sends traffic to it meanwhile'
            : undefined;
    if (why !== undefined) untouched.push({ what: `subset ${name} of ${title}`, why });
    return why === undefined ? [name] : [];
  });
  const bare = withoutSubsets(rule, new Set(gone));
  const emptied =
    wasEmpty === true && bare !== rule && bare.spec.subsets === undefined
      ? { ...bare, spec: { ...bare.spec, subsets: [] } }
      : bare;
  return {
    rule: emptied,
    done: gone.map((name) => `subset ${name} of ${title} is gone`),
    untouched,
  };
}
