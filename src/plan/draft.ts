import type { Change } from './objects.ts';
import type { Target } from './subsets.ts';
import type { Plan, PreviousBuild, PrunedView, Undone } from './types.ts';
import type { Finding } from '../base/findings.ts';
import type { DestinationRule, Labels, VirtualService } from '../istio/types.ts';
import type { Service } from '../istio/hosts.ts';
import type { UserRoute } from './user-routes.ts';

/** What one operation wants of the objects, before phases and checks. */
export interface ChangeDraft {
  /** The target subset's name; null where the operation is about none. */
  readonly subset: string | null;
  /** The VirtualServices that the operation is about, also those that stay as they are. */
  readonly virtualServices: readonly Change<VirtualService>[];
  /** Subsets that have to exist. */
  readonly needed: readonly Target[];
  /**
   * Subsets that the operation is about beyond those that its VirtualServices no longer refer to: they go too,
   * if we made them and nothing refers to them.
   */
  readonly released: (rule: DestinationRule, subset: string) => boolean;
  /** Subsets of a rule that another tool left, to be removed like those of istiops if nothing refers to them. */
  readonly leftovers?: (rule: DestinationRule) => readonly string[];
  readonly findings: readonly Finding[];
  /** Of `undo`: what becomes of DestinationRules, in place of what `needed` and `released` say. */
  readonly rules?: readonly RuleRevert[];
  /** Of `undo`: those among the rules that are written again, still without subsets. */
  readonly recreated?: readonly DestinationRule[];
  readonly undone?: Undone;
  /** Of `undo`: labels of the build of the change. */
  readonly labels?: Labels;
  /** Of the `undo` of a change of several services: as in `Plan`. */
  readonly builds?: Plan['builds'];
  /**
   * Of `promote`: by VirtualService as it is, what its undo goes back to where that is not what it is now. A build
   * that has every request already is promoted without anybody's requests changing.
   */
  readonly wayBack?: ReadonlyMap<VirtualService, VirtualService>;
  /** It gives the requests of a promoted build back to the one before, which may be gone by now. */
  readonly isReturn?: true;
  /** Of `weight` and `promote`: the build that the base routes would go back to. */
  readonly previous?: PreviousBuild;
  /** Of `headers` with a link: what opens the preview in a browser. */
  readonly previewUrl?: string;
  /** Of `prune`: a verdict on each build that has a preview. */
  readonly pruned?: readonly PrunedView[];
  /** For the checks of operations that shift traffic to a build. */
  readonly shift?: Shift;
}

/** A DestinationRule once changes are reverted: first subsets come back, then those of the changes go. */
export interface RuleRevert extends Change<DestinationRule> {
  /** With the subsets that the changes removed; `before` itself where there are none. */
  readonly gained: DestinationRule;
}

/** The parts that headers, weight and promote begin with. */
export interface Shift {
  readonly service: Service;
  readonly target: Target;
  /** What the build gets: a share of the base routes, a preview above them, or all of their requests. */
  readonly gives: 'share' | 'preview' | 'all';
  /** Of `stable-pod-selector`. */
  readonly stable?: Target;
  /** Of `create-destination-rule`: the rule that is made, still without subsets; absent: there is one. */
  readonly created?: DestinationRule;
  /** The selected VirtualServices that send to the service, with their base routes (at least one each). */
  readonly served: readonly ServedRoutes[];
}

export interface ServedRoutes {
  readonly virtualService: VirtualService;
  readonly routes: readonly UserRoute[];
}
