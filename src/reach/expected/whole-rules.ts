/** What may be made of whole DestinationRules: one for a service that has none, and the end of one that was made so. */
import { resolveHost } from '../../istio/hosts.ts';
import { rulesCovering } from '../../istio/rule-index.ts';
import { destinationsOf, routesOf } from '../../istio/routes.ts';
import type { DestinationRule, VirtualService } from '../../istio/types.ts';
import { canonicalJson } from '../../base/json.ts';
import type { ExpectedSubsets } from './change.ts';
import type { WrongWrite } from './objects.ts';
import { titleOf } from '../../base/title.ts';

/** The annotation of a DestinationRule that istiops made. */
const CREATED_KEY = 'istiops/created';

/** A DestinationRule without subsets that is made, or that is left of one that goes. */
export interface WholeRule {
  readonly how: 'create' | 'delete';
  readonly rule: DestinationRule;
}

export interface RulesInSight {
  /** As they were read. */
  readonly rules: readonly DestinationRule[];
  /** As they shall be. */
  readonly virtualServices: readonly VirtualService[];
  readonly namespace: string;
}

/**
 * A new rule must be asked for, must be for a host that a route sends to, and must hide no other. Only one that says
 * nothing beside its subsets, and that istiops made, may go.
 */
export function wrongWholeRules(
  whole: readonly WholeRule[],
  sight: RulesInSight,
  { mayCreateRule = false }: ExpectedSubsets,
): readonly WrongWrite[] {
  return whole.flatMap(({ how, rule }) => {
    const isPlain = Object.keys(rule.spec).every((field) => field === 'host');
    const isSigned = rule.metadata.annotations?.[CREATED_KEY] !== undefined;
    const isHome = rule.metadata.namespace === sight.namespace;
    const isRight =
      isPlain && isSigned && isHome && (how === 'delete' || mayCome(rule, sight, mayCreateRule));
    if (isRight) return [];
    const object = titleOf(rule);
    const [before, after] =
      how === 'create' ? ['no object', canonicalJson(rule.spec)] : ['an object', 'no object'];
    return [{ object, what: 'the whole object', before, after }];
  });
}

function mayCome(rule: DestinationRule, sight: RulesInSight, mayCreateRule: boolean): boolean {
  const { name, namespace } = rule.metadata;
  const host = resolveHost(rule.spec.host, namespace);
  const isFree = sight.rules.every(
    ({ metadata }) => metadata.name !== name || metadata.namespace !== namespace,
  );
  return (
    mayCreateRule &&
    isFree &&
    rulesCovering(sight.rules, host).length === 0 &&
    isSentTo(host, sight.virtualServices)
  );
}

function isSentTo(host: string, virtualServices: readonly VirtualService[]): boolean {
  return virtualServices.some((virtualService) =>
    routesOf(virtualService).some(({ route }) =>
      destinationsOf(route).some(
        ({ destination }) => resolveHost(destination.host, virtualService.metadata.namespace) === host,
      ),
    ),
  );
}
