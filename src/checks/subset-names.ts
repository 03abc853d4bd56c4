import { finding, type Finding } from '../base/findings.ts';
import { titleOf } from '../base/title.ts';
import { isDestinationRule } from '../istio/kinds.ts';
import { joinFirst } from '../plan/select.ts';
import type { CheckContext } from './context.ts';

/**
 * Names of subsets that a written DestinationRule has twice: Istio's webhook refuses it. Nothing of that is known before
 * files are applied.
 *
 * @see https://github.com/istio/istio/blob/master/pkg/config/validation/validation.go ValidateDestinationRule
 */
export function checkSubsetNames({ phases }: CheckContext): readonly Finding[] {
  const written = new Map(
    phases.flatMap(({ writes }) =>
      writes.flatMap(({ after }) => (isDestinationRule(after) ? [[titleOf(after), after] as const] : [])),
    ),
  );
  return [...written].flatMap(([title, rule]) => {
    const byName = Map.groupBy(rule.spec.subsets ?? [], ({ name }) => name);
    const twice = [...byName].flatMap(([name, subsets]) => (subsets.length > 1 ? [name] : []));
    if (twice.length === 0) return [];
    const message =
      `Subset ${joinFirst(twice)} is in ${title} more than once: Istio refuses such a DestinationRule, whatever else is changed in it. ` +
      'Give each of its subsets a name of its own.';
    return [finding('subset-twice', 'warning', message, rule)];
  });
}
