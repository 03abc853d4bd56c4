/** A VirtualService without what a change made of it. */
import { destinationsOf } from '../../istio/routes.ts';
import type { RouteDestination, VirtualService } from '../../istio/types.ts';
import { sameJson } from '../../json.ts';
import { handRoutes, pickOf, type HandRoute } from '../base-routes.ts';
import {
  BASELINE,
  fingerprint,
  identities,
  keyOf,
  readMemories,
  writeMemories,
  type Draft as Memory,
  type Memory as Remembered,
} from '../baseline.ts';
import { mapRoutes, titleOf, withAnnotation } from '../objects.ts';
import { memoryPrint, textPrint } from './inverse-of.ts';
import { takeRunsBack } from './runs.ts';
import type { AnnotationBack, ListBack, RoutesBack, Untouched } from './types.ts';

export interface RoutesResult {
  /** The very object where nothing is taken back. */
  readonly after: VirtualService;
  readonly done: readonly string[];
  readonly untouched: readonly Untouched[];
}

/** @throws TrafficError check-failed where the annotation `istiops/baseline` has to be read and can't be */
export function takeRoutesBack(virtualService: VirtualService, back: RoutesBack): RoutesResult {
  const lists = takeListsBack(virtualService, back);
  const [baseline] = back.annotations.filter(({ key }) => key === BASELINE);
  const remembered = baseline === undefined ? lists.after : takeMemoriesBack(virtualService, lists, baseline);
  const runs = takeRunsBack(remembered, back);
  const after = back.annotations.filter(({ key }) => key !== BASELINE).reduce(takeAnnotationBack, runs.after);
  return {
    after,
    done: [...lists.done, ...runs.done],
    untouched: [...lists.untouched, ...runs.untouched],
  };
}

interface ListsResult extends RoutesResult {
  /** Routes that are again what they were before, in what is remembered of them as well. */
  readonly restored: readonly HandRoute[];
}

function takeListsBack(virtualService: VirtualService, { lists, annotations }: RoutesBack): ListsResult {
  const title = titleOf(virtualService);
  const routes = new Map(
    [...identities(handRoutes(virtualService))].map(([placed, identity]) => [identity, placed]),
  );
  const isRemembered = annotations.some(({ key }) => key === BASELINE);
  const memories =
    isRemembered && lists.length > 0 ? readMemories(virtualService).byRoute : new Map<string, never>();
  const known = new Set(lists.flatMap((group) => group.routes));
  const strangers = [...routes].flatMap(([identity, placed]) => (known.has(identity) ? [] : [placed]));
  const prints = new Map<readonly RouteDestination[], string>();
  const isAsLeft = ({ after, memory }: ListBack, placed: HandRoute): boolean => {
    const list = destinationsOf(placed.route);
    const print = prints.get(list) ?? fingerprint(list);
    prints.set(list, print);
    return print === after && (memory === undefined || memoryPrint(memories.get(keyOf(placed))) === memory);
  };
  const next = new Map<string, readonly RouteDestination[]>();
  const restored: HandRoute[] = [];
  const done: string[] = [];
  const untouched: Untouched[] = [];
  for (const group of lists) {
    const lost = group.routes.filter((identity) => !routes.has(identity));
    // Renamed, or its match was changed: what is remembered of a list tells whose it is.
    const moved =
      lost.length > 0 && typeof group.memory === 'string'
        ? strangers.filter((placed) => isAsLeft(group, placed))
        : [];
    const found = [
      ...group.routes.flatMap((identity) => routes.get(identity) ?? []),
      ...(moved.length === lost.length ? moved : []),
    ];
    for (const placed of found) {
      const list = destinationsOf(placed.route);
      if (isAsLeft(group, placed)) {
        restored.push(placed);
        if (group.before === undefined) continue;
        next.set(keyOf(placed), group.before);
        done.push(`the destinations of ${pickOf(placed)} of ${title} are what they were`);
      } else if (group.before === undefined || !sameJson(list, group.before)) {
        untouched.push({
          what: `the destinations of ${pickOf(placed)} of ${title}`,
          why: 'somebody else changed them since',
        });
      }
    }
    if (moved.length !== lost.length) {
      const many = lost.length === 1 ? 'a route' : `${lost.length} routes`;
      untouched.push({
        what: `the destinations of ${many} of ${title}`,
        why: `somebody else removed ${lost.length === 1 ? 'it' : 'them'}, or changed name or match`,
      });
    }
  }
  const after =
    next.size === 0
      ? virtualService
      : mapRoutes(virtualService, (kind, route, index) => {
          const list = next.get(keyOf({ kind, index }));
          return list === undefined ? route : { ...route, route: list };
        });
  return { after, restored, done, untouched };
}

/** Memories are found by position: taken back before previews come and go. */
function takeMemoriesBack(
  virtualService: VirtualService,
  { after, restored, untouched }: ListsResult,
  baseline: AnnotationBack,
): VirtualService {
  const isAsLeft = textPrint(virtualService.metadata.annotations?.[BASELINE]) === baseline.after;
  if (isAsLeft && untouched.length === 0)
    return withAnnotation(after, BASELINE, baseline.before ?? undefined);
  if (restored.length === 0) return after;
  // Somebody else has a share in what is remembered by now: only what is restored is remembered as before.
  const old = readMemories(withAnnotation(after, BASELINE, baseline.before ?? undefined)).byRoute;
  const memories = new Map<string, Memory>(readMemories(virtualService).byRoute);
  for (const placed of restored) {
    const memory: Remembered | undefined = old.get(keyOf(placed));
    if (memory === undefined) memories.delete(keyOf(placed));
    else memories.set(keyOf(placed), memory);
  }
  return writeMemories(after, memories);
}

function takeAnnotationBack(
  virtualService: VirtualService,
  { key, before, after }: AnnotationBack,
): VirtualService {
  return textPrint(virtualService.metadata.annotations?.[key]) === after
    ? withAnnotation(virtualService, key, before ?? undefined)
    : virtualService;
}
