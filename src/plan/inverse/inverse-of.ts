import { destinationsOf, type PlacedRoute } from '../../istio/routes.ts';
import type {
  DestinationRule,
  KubeObject,
  Route,
  RouteDestination,
  VirtualService,
} from '../../istio/types.ts';
import { canonicalJson, sameJson } from '../../json.ts';
import { handRoutes } from '../base-routes.ts';
import { BASELINE, digest, fingerprint, identities, keyOf, readMemories, type Memory } from '../baseline.ts';
import { previewSubset } from '../names.ts';
import { titleOf, type Change } from '../objects.ts';
import { ownSubsets } from '../subsets.ts';
import type { Write } from '../types.ts';
import { alignment } from './alignment.ts';
import type {
  Added,
  AnnotationBack,
  Inverse,
  ListBack,
  RemovedSubset,
  RoutesBack,
  RunBack,
  SubsetsBack,
} from './types.ts';

/**
 * What takes a change back: made from each object before its first write and after its last one.
 *
 * @param writes of one change, in order; an object may be written more than once
 * @throws TrafficError check-failed where the change rewrote a baseline that can't be read
 */
export function inverseOf(writes: readonly Write[]): Inverse {
  const routes = new Map<string, Change<VirtualService>>();
  const subsets = new Map<string, Change<DestinationRule>>();
  for (const write of writes) {
    if (write.kind === 'VirtualService') chain(routes, write);
    else chain(subsets, write);
  }
  return {
    virtualServices: [...routes.values()].map(routesBack).filter(isSomething),
    destinationRules: [...subsets.values()].map(subsetsBack).filter(isSomething),
  };
}

function chain<T extends KubeObject>(changes: Map<string, Change<T>>, { before, after }: Change<T>): void {
  const title = titleOf(after);
  changes.set(title, { before: changes.get(title)?.before ?? before, after });
}

/** An object that was written as it was has nothing to take back. */
function isSomething(back: RoutesBack | SubsetsBack): boolean {
  return Object.values(back).some(
    (part) => typeof part === 'object' && (!Array.isArray(part) || part.length > 0),
  );
}

function routesBack({ before, after }: Change<VirtualService>): RoutesBack {
  const { namespace, name } = after.metadata;
  return {
    namespace,
    name,
    lists: listsBack(before, after),
    runs: runsBack(before, after),
    annotations: annotationsBack(before, after),
  };
}

function listsBack(before: VirtualService, after: VirtualService): ListBack[] {
  const text = (object: VirtualService): string | undefined => object.metadata.annotations?.[BASELINE];
  const isRemembered = text(before) !== text(after);
  const none = new Map<string, Memory>();
  const memoriesBefore = isRemembered ? readMemories(before).byRoute : none;
  const memoriesAfter = isRemembered ? readMemories(after).byRoute : none;
  const old = new Map([...identities(handRoutes(before))].map(([placed, identity]) => [identity, placed]));
  const prints = printer();
  const groups = new Map<string, { readonly routes: string[]; readonly back: Omit<ListBack, 'routes'> }>();
  for (const [placed, identity] of identities(handRoutes(after))) {
    const was = old.get(identity);
    if (was === undefined) continue;
    const [listBefore, listAfter] = [destinationsOf(was.route), destinationsOf(placed.route)];
    const memoryBefore = memoryPrint(memoriesBefore.get(keyOf(was)));
    const memory = memoryPrint(memoriesAfter.get(keyOf(placed)));
    const isChanged = !sameJson(listBefore, listAfter);
    if (!isChanged && memory === memoryBefore) continue;
    const back = {
      ...(isChanged && { before: listBefore }),
      after: prints(listAfter),
      ...(isRemembered && { memory }),
    };
    const key = canonicalJson(back);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { routes: [identity], back });
    else group.routes.push(identity);
  }
  return [...groups.values()].map(({ routes, back }) => ({ routes, ...back }));
}

/** What the memory of a list is recognised by; null: there is none. */
export function memoryPrint(memory: Memory | undefined): string | null {
  return memory === undefined ? null : digest(canonicalJson(memory));
}

/** Thousands of routes may share one list: each is put into words once. */
function printer(): (list: readonly RouteDestination[]) => string {
  const known = new Map<readonly RouteDestination[], string>();
  return (list) => {
    const print = known.get(list) ?? fingerprint(list);
    known.set(list, print);
    return print;
  };
}

/** The http routes that we made, in runs: above which hand-written route, or below the last. */
export interface Run {
  readonly above?: string;
  readonly below?: string;
  readonly routes: readonly Route[];
}

/**
 * @param anchors identities of the routes by their position in `http`; every other route is one of a run
 */
function runsOf(virtualService: VirtualService, anchors: ReadonlyMap<number, string>): Run[] {
  const runs: Run[] = [];
  let routes: Route[] = [];
  let last: string | undefined;
  for (const [index, route] of (virtualService.spec.http ?? []).entries()) {
    const anchor = anchors.get(index);
    if (anchor === undefined) routes.push(route);
    else {
      runs.push({ above: anchor, routes });
      routes = [];
      last = anchor;
    }
  }
  return [...runs, { ...(last !== undefined && { below: last }), routes }];
}

function runsBack(before: VirtualService, after: VirtualService): RunBack[] {
  const anchorsBefore = httpIdentities(before);
  const anchorsAfter = httpIdentities(after);
  const [had, has] = [new Set(anchorsBefore.values()), new Set(anchorsAfter.values())];
  // A route that is known on one side alone came or went, whoever made it.
  const shared = (anchors: ReadonlyMap<number, string>): Map<number, string> =>
    new Map([...anchors].filter(([, identity]) => had.has(identity) && has.has(identity)));
  const now = new Map(runsOf(after, shared(anchorsAfter)).map((run) => [run.above, run]));
  return runsOf(before, shared(anchorsBefore)).flatMap(({ routes, ...place }) => {
    const old = routes.map(routePrint);
    const next = now.get(place.above)?.routes ?? [];
    const prints = next.map(routePrint);
    const kept = alignment(old, prints);
    if (kept.length === old.length && kept.length === prints.length) return [];
    const [stayed, found] = [new Set(kept.map(([i]) => i)), new Set(kept.map(([, j]) => j))];
    const gone = routes.filter((_, i) => !stayed.has(i));
    // New previews come on top of a run: those above the first that went say nothing about its place.
    const isPreviewsAlone = gone.every((route) => previewSubset(route) !== undefined);
    const first = isPreviewsAlone ? old.findIndex((_, i) => !stayed.has(i)) : 0;
    return [
      {
        ...place,
        added: next.flatMap(({ name }, j): Added[] =>
          found.has(j) ? [] : [{ ...(name !== undefined && { name }), print: prints[j] ?? '' }],
        ),
        removed:
          gone.length === 0
            ? []
            : routes.slice(first).map((route, i) => (stayed.has(first + i) ? (old[first + i] ?? '') : route)),
      },
    ];
  });
}

/** Identities of the hand-written http routes by position. */
export function httpIdentities(virtualService: VirtualService): Map<number, string> {
  return new Map(
    [...identities(handRoutes(virtualService))].flatMap(
      ([{ kind, index }, identity]: readonly [PlacedRoute, string]) =>
        kind === 'http' ? [[index, identity] as const] : [],
    ),
  );
}

/** What a route that came or went is recognised by: all of it. */
export function routePrint(route: Route): string {
  return digest(canonicalJson(route));
}

/** Only annotations of ours change with a change of ours. */
function annotationsBack(before: KubeObject, after: KubeObject): AnnotationBack[] {
  const [old, now] = [before.metadata.annotations ?? {}, after.metadata.annotations ?? {}];
  return [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .filter((key) => key.startsWith('istiops/') && old[key] !== now[key])
    .map((key) => ({ key, before: old[key] ?? null, after: textPrint(now[key]) }));
}

/** What the text of an annotation is recognised by; null: there is none. */
export function textPrint(text: string | undefined): string | null {
  return text === undefined ? null : digest(text);
}

function subsetsBack({ before, after }: Change<DestinationRule>): SubsetsBack {
  const { namespace, name } = after.metadata;
  const [old, now] = [before.spec.subsets ?? [], after.spec.subsets ?? []];
  const own = ownSubsets(before);
  const isIn = (list: typeof old, subset: (typeof old)[number]): boolean =>
    list.some((other) => other.name === subset.name && sameJson(other, subset));
  return {
    namespace,
    name,
    added: now
      .filter((subset) => !isIn(old, subset))
      .map((subset) => ({ name: subset.name, print: digest(canonicalJson(subset)) })),
    removed: old.flatMap((subset, i): RemovedSubset[] =>
      isIn(now, subset)
        ? []
        : [
            {
              subset,
              follows: old[i - 1]?.name ?? null,
              ...(own.includes(subset.name) && { followsOwn: own[own.indexOf(subset.name) - 1] ?? null }),
            },
          ],
    ),
    ...(before.spec.subsets?.length === 0 && now.length > 0 && { wasEmpty: true as const }),
  };
}
