/** What reverts a change: made from each object before its first write and after its last one. */
import type { DestinationRule, KubeObject, VirtualService } from '../istio/types.ts';
import { canonicalJson, sameJson } from '../base/json.ts';
import { BASELINE, readBaselines, type Baseline } from '../plan/baseline.ts';
import { IDENTITY_FIELDS, routeIdentities, routesByIdentity } from '../istio/route-identity.ts';
import { digest } from '../base/digest.ts';
import { placeOf } from '../istio/routes.ts';
import { type Change } from '../plan/objects.ts';
import { lostOwners, PREVIEWS } from '../plan/preview-owners.ts';
import { titleOf } from '../base/title.ts';
import { ownSubsets } from '../plan/subsets.ts';
import type { Write } from '../plan/types.ts';
import { changedFields } from './fields.ts';
import { previewGroupsUndo } from './previews-diff.ts';
import { baselinePrint, valuePrinter, textPrint } from './recognise.ts';
import type {
  AnnotationUndo,
  DestinationRuleUndo,
  FieldUndo,
  RemovedSubset,
  RouteUndo,
  Undo,
  VirtualServiceUndo,
} from './types.ts';
import { userRoutes } from '../plan/user-routes.ts';

/**
 * @param writes of one change, in order; an object may be written more than once
 * @throws TrafficError check-failed where the change rewrote a baseline that can't be read
 */
export function undoOf(writes: readonly Write[]): Undo {
  const routes = writes.filter((write) => write.kind === 'VirtualService');
  const subsets = writes.filter((write) => write.kind === 'DestinationRule');
  return {
    virtualServices: joinedByObject<VirtualService>(routes)
      .map((change) => ({ ...recordedName(change), ...virtualServiceUndo(change) }))
      .filter((undo) => !isVirtualServiceUndoEmpty(undo)),
    destinationRules: joinedByObject<DestinationRule>(subsets)
      .map((change) => ({
        ...recordedName(change),
        ...destinationRuleUndo(change),
        ...(isGoneWhole(subsets, change) && { goneHost: change.after.spec.host }),
      }))
      .filter((undo) => !isDestinationRuleUndoEmpty(undo)),
  };
}

/** Is the last write of the object its end? */
function isGoneWhole(
  writes: readonly (Write & { readonly kind: 'DestinationRule' })[],
  { after }: Change<DestinationRule>,
): boolean {
  return writes.findLast((write) => titleOf(write.after) === titleOf(after))?.how === 'delete';
}

/** One change for each object: from before its first write to after its last one. */
function joinedByObject<T extends KubeObject>(writes: readonly Change<T>[]): readonly Change<T>[] {
  return [...Map.groupBy(writes, ({ after }) => titleOf(after)).values()].flatMap((all) => {
    const [first, last] = [all[0], all.at(-1)];
    return first === undefined || last === undefined ? [] : [{ before: first.before, after: last.after }];
  });
}

function recordedName({ after }: Change<KubeObject>): { readonly namespace: string; readonly name: string } {
  const { namespace, name } = after.metadata;
  return { namespace, name };
}

/** An object that was written as it was has nothing to revert. */
function isVirtualServiceUndoEmpty({ routes, previews, annotations }: VirtualServiceUndo): boolean {
  return routes.length + previews.length + annotations.length === 0;
}

function isDestinationRuleUndoEmpty({ added, removed, changed, wasEmpty }: DestinationRuleUndo): boolean {
  return added.length + removed.length + changed.length === 0 && wasEmpty === undefined;
}

/**
 * What reverts the change of one VirtualService.
 *
 * @throws TrafficError check-failed where the change rewrote a baseline that can't be read
 */
export function virtualServiceUndo({ before, after }: Change<VirtualService>): VirtualServiceUndo {
  return {
    routes: routesUndo(before, after),
    previews: previewGroupsUndo(before, after),
    annotations: annotationsUndo(before, after),
  };
}

function routesUndo(before: VirtualService, after: VirtualService): RouteUndo[] {
  const text = (object: VirtualService): string | undefined => object.metadata.annotations?.[BASELINE];
  const isBaselineChanged = text(before) !== text(after);
  const none = new Map<string, Baseline>();
  const baselinesBefore = isBaselineChanged ? readBaselines(before).byRoute : none;
  const baselinesAfter = isBaselineChanged ? readBaselines(after).byRoute : none;
  const old = routesByIdentity(userRoutes(before));
  const print = valuePrinter();
  const groups = new Map<string, { readonly routes: string[]; readonly undo: Omit<RouteUndo, 'routes'> }>();
  for (const [placed, identity] of routeIdentities(userRoutes(after))) {
    const was = old.get(identity);
    if (was === undefined) continue;
    const printBefore = baselinePrint(baselinesBefore.get(placeOf(was)));
    const memory = baselinePrint(baselinesAfter.get(placeOf(placed)));
    const changed = changedFields(was.route, placed.route, IDENTITY_FIELDS, print);
    if (changed.length === 0 && memory === printBefore) continue;
    // A baseline belongs to its list: undone is the one only where the other is as the change left it.
    const isListed = !isBaselineChanged || changed.some(({ name }) => name === 'route');
    const list: FieldUndo = { name: 'route', after: print(placed.route.route) };
    const undo = { fields: isListed ? changed : [...changed, list], ...(isBaselineChanged && { memory }) };
    const key = canonicalJson(undo);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { routes: [identity], undo });
    else group.routes.push(identity);
  }
  return [...groups.values()].map(({ routes, undo }) => ({ routes, ...undo }));
}

/** Only annotations of istiops change with a change of istiops. */
function annotationsUndo(before: VirtualService, after: VirtualService): AnnotationUndo[] {
  const [old, now] = [before.metadata.annotations ?? {}, after.metadata.annotations ?? {}];
  const lost = lostOwners(before, after);
  const owners = lost === undefined ? [] : [{ key: PREVIEWS, before: lost, after: textPrint(now[PREVIEWS]) }];
  const others = [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .filter((key) => key.startsWith('istiops/') && key !== PREVIEWS && old[key] !== now[key])
    .map((key) => ({ key, before: old[key] ?? null, after: textPrint(now[key]) }));
  return [...others, ...owners];
}

/** What is said of the change itself (who, when, what reverts it) is no part of what it did. */
export function withoutRemarks<T extends VirtualServiceUndo>(undo: T): T {
  return { ...undo, annotations: undo.annotations.filter(({ key }) => key === BASELINE || key === PREVIEWS) };
}

/** What reverts the change of one DestinationRule. */
function destinationRuleUndo({ before, after }: Change<DestinationRule>): DestinationRuleUndo {
  const [old, now] = [before.spec.subsets ?? [], after.spec.subsets ?? []];
  const own = ownSubsets(before);
  const print = valuePrinter();
  const inNow = new Map(now.map((subset) => [subset.name, subset]));
  const inOld = new Set(old.map(({ name }) => name));
  return {
    added: now
      .filter(({ name }) => !inOld.has(name))
      .map((subset) => ({ name: subset.name, print: digest(canonicalJson(subset)) })),
    removed: old.flatMap((subset, i): RemovedSubset[] =>
      inNow.has(subset.name)
        ? []
        : [
            {
              subset,
              follows: old[i - 1]?.name ?? null,
              ...(own.includes(subset.name) && { followsOwn: own[own.indexOf(subset.name) - 1] ?? null }),
            },
          ],
    ),
    changed: old.flatMap((subset) => {
      const next = inNow.get(subset.name);
      if (next === undefined || sameJson(subset, next)) return [];
      return [{ name: subset.name, fields: changedFields(subset, next, ['name'], print) }];
    }),
    ...(before.spec.subsets?.length === 0 && now.length > 0 && { wasEmpty: true as const }),
  };
}
