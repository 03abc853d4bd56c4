import { destinationsOf, subsetOf } from '../istio/routes.ts';
import type { Destination, RouteDestination, VirtualService } from '../istio/types.ts';
import { sameJson } from '../base/json.ts';
import { handRoutes, pickOf, type UserRoute } from './base-routes.ts';
import {
  BASELINE,
  keyOf,
  readBaselines,
  writeBaselines,
  type PendingBaseline,
  type Baseline,
} from './baseline.ts';
import { finding, type Finding } from '../base/findings.ts';
import { previewSubset } from './names.ts';
import { mapRoutes, keepIfSpecUnchanged, type Change } from './objects.ts';
import { titleOf } from '../base/title.ts';
import { withoutMirrors } from './undo-mirrors.ts';
import { withoutPreviews } from './undo-previews.ts';
import { currentBaseline } from './recall.ts';
import { withoutRequests, listOf, scaled } from './split.ts';
import type { BuildsBack } from './builds-back.ts';

/** A route that would have no destination left. */
export interface StuckRoute {
  readonly virtualService: VirtualService;
  readonly base: UserRoute;
}

export interface BuildsUndone {
  readonly value: VirtualService;
  readonly findings: readonly Finding[];
  /** They are as they were; whoever planned this has to refuse, or to say so. */
  readonly stuck: readonly StuckRoute[];
}

/**
 * Takes back everything that we did for some builds: their previews and the shares that were asked for them. A
 * list for which nothing is asked any more is exactly what it was; where somebody else changed it, what they
 * wrote stays, scaled to 100. Lists pinned to a stable subset are let go with the last build of ours.
 *
 * Where the baseline was lost, or a route was copied, `istiops/subsets` proves what is ours: each destination and
 * mirror of such a subset goes as well, and the rest is scaled to 100.
 */
export function undoBuilds(virtualService: VirtualService, builds: BuildsBack): BuildsUndone {
  const remembered = readBaselines(virtualService).byRoute;
  const previewsStay = (virtualService.spec.http ?? []).some((route) => {
    const subset = previewSubset(route);
    return (
      subset !== undefined &&
      destinationsOf(route).some(
        ({ destination }) => destination.subset === subset && !builds.isGone(destination),
      )
    );
  });
  const memories = new Map<string, PendingBaseline>(remembered);
  const lists = new Map<string, readonly RouteDestination[]>();
  const findings: Finding[] = [];
  const stuck: StuckRoute[] = [];
  for (const base of handRoutes(virtualService)) {
    const memory = remembered.get(keyOf(base));
    const taken =
      memory === undefined
        ? strayTaken(virtualService, base, builds)
        : rememberedTaken(virtualService, base, memory, builds, previewsStay);
    findings.push(...taken.findings);
    if (taken.isStuck) stuck.push({ virtualService, base });
    if (taken.list === undefined) continue;
    lists.set(keyOf(base), taken.list);
    if (taken.memory === undefined) memories.delete(keyOf(base));
    else memories.set(keyOf(base), taken.memory);
  }
  const restored = mapRoutes(virtualService, (kind, route, index) => {
    const list = lists.get(keyOf({ kind, index }));
    return list === undefined || sameJson(list, destinationsOf(route)) ? route : { ...route, route: list };
  });
  // Memories are found by position: written before the previews go and positions move.
  const previews = withoutPreviews(writeBaselines(restored, memories), builds);
  const mirrors = withoutMirrors(previews.value, builds);
  // Nothing of ours is left but the memory itself (somebody else took the builds out): it goes, too.
  const isTidied = memories.size === 0 && virtualService.metadata.annotations?.[BASELINE] !== undefined;
  return {
    value: isTidied ? mirrors.value : keepIfSpecUnchanged(virtualService, mirrors.value),
    findings: [...findings, ...previews.findings, ...mirrors.findings],
    stuck,
  };
}

/** What becomes of one list. */
interface UndoneList {
  /** Absent: the list and what is remembered of it stay as they are. */
  readonly list?: readonly RouteDestination[];
  /** Absent beside a list: nothing is remembered any more. */
  readonly memory?: PendingBaseline;
  readonly findings: readonly Finding[];
  readonly isStuck: boolean;
}

const UNTOUCHED: UndoneList = { findings: [], isStuck: false };

/** A list of which nothing is remembered: it was copied, or the baseline was lost. */
function strayTaken(virtualService: VirtualService, base: UserRoute, builds: BuildsBack): UndoneList {
  const list = destinationsOf(base.route);
  const { left, gone } = withoutOwn(list, builds);
  const [first] = gone;
  if (first === undefined) return UNTOUCHED;
  if (left.length === 0) {
    if (!builds.keepsLast || !isOneBuild(list)) return { findings: [], isStuck: true };
    return { findings: [lastStays(virtualService, base, first)], isStuck: false };
  }
  const message =
    `What ${pickOf(base)} of ${titleOf(virtualService)} was before is not remembered (${BASELINE} names no such route), and it sent to ${nameOf(first)}, a subset that istiops made: ` +
    'that share is taken away, and the rest is scaled to 100.';
  return {
    list: scaled(left),
    findings: [finding('baseline-lost', 'warning', message, virtualService)],
    isStuck: false,
  };
}

function rememberedTaken(
  virtualService: VirtualService,
  base: UserRoute,
  memory: Baseline,
  builds: BuildsBack,
  previewsStay: boolean,
): UndoneList {
  const { namespace } = virtualService.metadata;
  const { isGone } = builds;
  const asksGone = memory.asks.some(({ destination }) => isGone(destination));
  const asksStay = memory.asks.some(({ destination }) => !isGone(destination));
  const isDone = !asksStay && !previewsStay;
  const isListed = [...memory.list, ...destinationsOf(base.route)].some(
    ({ destination }) => isGone(destination) && builds.isOwn(destination),
  );
  if (!asksGone && !isDone && !isListed) return UNTOUCHED;
  const findings: Finding[] = [];
  const known = currentBaseline(virtualService, base, memory, findings);
  const asked = withoutRequests(known, isGone, namespace);
  const { left: rest, gone } = withoutOwn(asked.list, builds);
  const [last] = rest.length === 0 && builds.keepsLast && isOneBuild(gone) ? gone : [];
  // Somebody took all but other builds of ours out of the list, and this one as well: it stays as it is.
  const isOut =
    gone.length === 0 && !destinationsOf(base.route).some(({ destination }) => isGone(destination));
  if (rest.length === 0 && last === undefined && !(isOut && asked.asks.length > 0))
    return { findings, isStuck: true };
  if (last !== undefined) findings.push(lastStays(virtualService, base, last));
  const left: PendingBaseline =
    gone.length === 0 || last !== undefined ? asked : { ...asked, list: rest, partial: true as const };
  const isForeign = known !== memory || left.partial === true;
  const isStuck = false;
  if (left.asks.length > 0) return { list: listOf(left, namespace), memory: left, findings, isStuck };
  if (!previewsStay || left.stable === undefined)
    return { list: isForeign ? scaled(left.list) : left.list, findings, isStuck };
  const list = listOf(left, namespace);
  return { list: isForeign ? scaled(list) : list, memory: left, findings, isStuck };
}

/** As `promote` leaves it. Of several builds nobody can tell which is to stay. */
function isOneBuild(list: readonly RouteDestination[]): boolean {
  return new Set(list.map(({ destination }) => subsetOf(destination))).size === 1;
}

/** A list without the builds that are taken back and that istiops made: nobody pinned them by hand. */
function withoutOwn(
  list: readonly RouteDestination[],
  { isGone, isOwn }: BuildsBack,
): { readonly left: readonly RouteDestination[]; readonly gone: readonly RouteDestination[] } {
  const isOut = ({ destination }: RouteDestination): boolean => isGone(destination) && isOwn(destination);
  const gone = list.filter(isOut);
  return { left: gone.length === 0 ? list : list.filter((entry) => !isOut(entry)), gone };
}

function lastStays(virtualService: VirtualService, base: UserRoute, last: RouteDestination): Finding {
  const message =
    `${pickOf(base)} of ${titleOf(virtualService)} sends to ${nameOf(last)} alone and would be left without a destination: it stays as it is. ` +
    'To leave that build, `promote` another one.';
  return finding('promoted-stays', 'notice', message, virtualService);
}

function nameOf({ destination }: RouteDestination): string {
  return subsetOf(destination) ?? destination.host;
}

/** Builds of which a hand-written route has a share that nobody asked us for. */
export function sharesByHand(
  { before, after }: Change<VirtualService>,
  isGone: (destination: Destination) => boolean,
): readonly Finding[] {
  return handRoutes(after).flatMap((base) => {
    const list = destinationsOf(base.route);
    const listed = list.find(
      ({ destination, weight }) => isGone(destination) && (list.length === 1 || (weight ?? 0) > 0),
    );
    if (listed === undefined) return [];
    const message =
      before === after
        ? `${pickOf(base)} of ${titleOf(after)} sends to ${nameOf(listed)}, and nothing says that istiops did that: it counts as written by hand and stays.`
        : `${pickOf(base)} of ${titleOf(after)} sends to ${nameOf(listed)}, as it did before istiops changed anything: that was written by hand and stays.`;
    const remedy = 'To take the share away, use `weight` 0, or `promote` another build.';
    return [finding('share-by-hand', 'warning', `${message} ${remedy}`, after)];
  });
}
