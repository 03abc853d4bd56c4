/**
 * Shares as they are to be, in plain percentages: the baseline's proportions, and each asked share applied in order.
 * The planner does the same in whole numbers and rounds once; here nothing is rounded, so both are compared with a
 * tolerance.
 */
import { leadsTo, type Service } from '../istio/hosts.ts';
import { destinationsOf } from '../istio/routes.ts';
import type { Destination, Route, RouteDestination } from '../istio/types.ts';
import { relativeWeights } from '../istio/weights.ts';
import { isPinnable, pinned, sameSubset, type Memory } from '../plan/baseline.ts';
import { isExplainedBy } from '../plan/recall.ts';
import { adopt, listOf } from '../plan/split.ts';
import { merged, shareOf, sharesOf, type Share } from './answers.ts';

interface Entry extends RouteDestination {
  /** As it was at first. */
  readonly first: number;
  readonly share: number;
}

export interface SplitPlace {
  readonly namespace: string;
  readonly service: Service;
  /** The subset that destinations of the whole service are to keep to. */
  readonly stable?: string;
}

/** The shares of a base route's list once one more share is asked for (or none). */
export function splitOf(
  route: Route,
  known: Memory | undefined,
  { namespace, service, stable }: SplitPlace,
  asked?: { readonly subset: string; readonly percent: number },
): readonly Share[] {
  const list = destinationsOf(route);
  const memory = rememberedOf(list, known, namespace);
  const isOfService = (destination: Destination): boolean => leadsTo(destination, namespace, service);
  const pin = (destination: Destination): Destination => {
    if (destination.subset !== undefined) return destination;
    if (stable !== undefined && isOfService(destination)) return { ...destination, subset: stable };
    return memory.stable !== undefined && isPinnable(destination, memory.stable, namespace)
      ? { ...destination, subset: memory.stable.subset }
      : destination;
  };
  const weights = relativeWeights(memory.list);
  let entries: readonly Entry[] = memory.list.map((entry, i) => ({
    ...entry,
    destination: pin(entry.destination),
    first: weights[i] ?? 0,
    share: weights[i] ?? 0,
  }));
  const asks = memory.asks.map(({ destination, part, whole }) => ({
    destination,
    percent: (100 * part) / whole,
  }));
  if (asked !== undefined) {
    const destinations = list.map((entry) => entry.destination);
    const own = destinations.find((one) => one.subset === asked.subset && isOfService(one));
    const model = destinations.find(isOfService);
    const destination = own ?? { ...(model ?? { host: service.host }), subset: asked.subset };
    // Who asks twice in a row asks once: a share that the first had squeezed away is there again.
    const last = asks.at(-1);
    if (last !== undefined && sameSubset(last.destination, destination, namespace)) asks.pop();
    asks.push({ destination, percent: asked.percent });
  }
  for (const { destination, percent } of asks) entries = given(entries, destination, percent, namespace);
  return sharesOfEntries(entries, namespace);
}

/**
 * The shares of a list once what was asked for some builds is taken back; undefined where that is nothing.
 *
 * @param builds `isOut`: of what istiops made, so it goes from a baseline too, unless it is the last and that is kept
 * @param previewsStay a preview of ours stays in the VirtualService, and with it what is pinned
 */
export function undone(
  route: Route,
  known: Memory,
  namespace: string,
  builds: {
    readonly isGone: (destination: Destination) => boolean;
    readonly isOut: (destination: Destination) => boolean;
    readonly keepsLast: boolean;
  },
  previewsStay: boolean,
): { readonly shares: readonly Share[]; readonly tolerance: number } | undefined {
  const { isGone, isOut } = builds;
  const list = destinationsOf(route);
  const asksGo = known.asks.some(({ destination }) => isGone(destination));
  const asksStay = known.asks.some(({ destination }) => !isGone(destination));
  const isDone = !asksStay && !previewsStay;
  if (!asksGo && !isDone && ![...known.list, ...list].some(({ destination }) => isOut(destination)))
    return undefined;
  const memory = rememberedOf(list, known, namespace);
  const asks = memory.asks.filter(({ destination }) => !isGone(destination));
  const own = memory.list.filter(({ destination }) => !isOut(destination));
  if (own.length === 0 && !builds.keepsLast) return undefined;
  const isCut = own.length > 0 && own.length < memory.list.length;
  const rest: Memory = {
    ...memory,
    list: isCut ? own : memory.list,
    asks,
    written: known.written,
  };
  if (asks.length === 0) {
    const left = !previewsStay || memory.stable === undefined ? rest.list : pinned(rest, namespace);
    const isForeign = isCut || !isExplainedBy(known, list, namespace) || known.partial === true;
    return isForeign
      ? { shares: evened(left, namespace), tolerance: 2 }
      : { shares: sharesOf({ ...route, route: left }, namespace), tolerance: 0.011 };
  }
  const explained: Memory = { ...rest, written: '' };
  const means = listOf(explained, namespace);
  return {
    shares: splitOf({ ...route, route: means }, explained, { namespace, service: { host: '' } }),
    tolerance: 2,
  };
}

/** Effective shares; where no weight is set, the same for each. */
export function evened(list: readonly RouteDestination[], namespace: string): readonly Share[] {
  const weights = relativeWeights(list);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return merged(
    list.map((entry, i) =>
      shareOf(entry, total === 0 ? 100 / list.length : ((weights[i] ?? 0) * 100) / total, namespace),
    ),
  );
}

/** What is remembered of a list, or what it says itself where somebody else wrote it. */
function rememberedOf(
  list: readonly RouteDestination[],
  known: Memory | undefined,
  namespace: string,
): Omit<Memory, 'written'> {
  if (known === undefined) return { list, asks: [] };
  return isExplainedBy(known, list, namespace) ? known : adopt(known, list, namespace);
}

function given(
  entries: readonly Entry[],
  build: Destination,
  percent: number,
  namespace: string,
): readonly Entry[] {
  const isIn = (entry: Entry): boolean => sameSubset(entry.destination, build, namespace);
  const all = entries.some(isIn) ? entries : [...entries, { destination: build, first: 0, share: 0 }];
  const inside = spread(all.filter(isIn), percent);
  const outside = spread(
    all.filter((entry) => !isIn(entry)),
    100 - percent,
  );
  if (outside.size === 0) return all;
  return all.map((entry) => ({ ...entry, share: inside.get(entry) ?? outside.get(entry) ?? 0 }));
}

/** In the proportions that they have; where all are 0, in those that they had at first; else the same for each. */
function spread(entries: readonly Entry[], percent: number): ReadonlyMap<Entry, number> {
  const sum = (of: (entry: Entry) => number): number =>
    entries.reduce((total, entry) => total + of(entry), 0);
  const proportion = [(entry: Entry) => entry.share, (entry: Entry) => entry.first, () => 1].find(
    (of) => sum(of) > 0,
  );
  if (proportion === undefined) return new Map();
  const total = sum(proportion);
  return new Map(entries.map((entry) => [entry, (proportion(entry) * percent) / total]));
}

function sharesOfEntries(entries: readonly Entry[], namespace: string): readonly Share[] {
  const total = entries.reduce((sum, { share }) => sum + share, 0);
  return merged(
    entries.map(({ first: _, share, ...entry }) =>
      shareOf(entry, total === 0 ? 0 : (share * 100) / total, namespace),
    ),
  );
}

/** The same proportions, with a total of 100. */
export function proportions(shares: readonly Share[]): readonly Share[] {
  const total = shares.reduce((sum, { share }) => sum + share, 0);
  return total === 0 ? shares : shares.map((one) => ({ ...one, share: (one.share * 100) / total }));
}
