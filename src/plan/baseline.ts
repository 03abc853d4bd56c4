/**
 * The memory of a VirtualService whose lists we have changed: what they were, and what was asked since. Every
 * share follows from these two, so a list is never computed from a rounded one and every change can be taken
 * back. It is kept in an annotation, for nothing of ours runs in the cluster that could keep it elsewhere.
 */
import { hash } from 'node:crypto';
import { TrafficError } from '../errors.ts';
import { canonicalJson, isObject, type JsonObject } from '../json.ts';
import { destinationsOf, routesOf, subsetOf, type PlacedRoute } from '../istio/routes.ts';
import type { Destination, RouteDestination, VirtualService } from '../istio/types.ts';
import { withAnnotation } from './objects.ts';
import type { AskedShare } from './shares.ts';

export const BASELINE = 'istiops/baseline';

/** What is remembered of one base route. */
export interface Memory {
  /** Its destinations before we first changed them. */
  readonly list: readonly RouteDestination[];
  /** What whole-service destinations of `list` to this host are pinned to (`stable-pod-selector`). */
  readonly stable?: Pin;
  /** What was asked since, in order. */
  readonly asks: readonly Ask[];
  /**
   * `list` is what somebody else wrote, less our builds: nobody wrote it like that, so it is scaled when it comes back.
   * Its weights are kept as they were, for scaling them at once would round the proportions.
   */
  readonly partial?: true;
  /** A fingerprint of the list that we wrote last; another one means that somebody else changed it. */
  readonly written: string;
}

/** A memory whose list is still to be written, so that its fingerprint is not known yet. */
export type Draft = Omit<Memory, 'written'> & { readonly written?: string };

export interface Pin {
  /** As the base route spells it. */
  readonly host: string;
  readonly subset: string;
}

export interface Ask extends AskedShare {
  readonly destination: Destination;
}

/** The memories of a VirtualService by the route they are about (`http[0]` …). */
export interface Memories {
  readonly byRoute: ReadonlyMap<string, Memory>;
}

/** Which route of its VirtualService: the key of `Memories.byRoute`. */
export function keyOf(placed: Pick<PlacedRoute, 'kind' | 'index'>): string {
  return `${placed.kind}[${placed.index}]`;
}

/** What a list is recognised by: as we write it, whatever a webhook has made of what means the same. */
export function fingerprint(list: readonly RouteDestination[]): string {
  return digest(canonicalJson(list.map((entry) => asWeWriteIt(entry, list.length))));
}

/** Among several every weight is said, 0 as well; alone it needs none. An empty subset is none. */
function asWeWriteIt({ weight, ...entry }: RouteDestination, length: number): RouteDestination {
  const { subset, ...destination } = entry.destination;
  const named = subset === '' ? { ...entry, destination } : entry;
  if (length > 1) return { ...named, weight: weight ?? 0 };
  return weight === undefined || weight === 0 || weight === 100 ? named : { ...named, weight };
}

/** 48 bits: two of 10,000 routes meet once in five million VirtualServices, and a name and a match differ anyway. */
export function digest(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 8);
}

/**
 * A route is known by what it is (its kind, name and match), not by where it stands: routes are inserted and
 * moved by hand. Twins are told apart by their order.
 */
export function identities<T extends PlacedRoute>(routes: readonly T[]): Map<T, string> {
  const seen = new Map<string, number>();
  return new Map(
    routes.map((placed) => {
      const { name, match } = placed.route;
      const identity = digest(canonicalJson([placed.kind, name ?? null, match ?? []]));
      const twin = seen.get(identity) ?? 0;
      seen.set(identity, twin + 1);
      return [placed, twin === 0 ? identity : `${identity}.${twin}`];
    }),
  );
}

interface StoredGroup {
  readonly memory: Memory;
  readonly identities: readonly string[];
}

/**
 * Reads the annotation and finds each memory's route: by its identity, else by the list that we wrote, else
 * (name or match and list were both edited) by the builds that only we could have put there.
 *
 * @throws TrafficError check-failed where the annotation can't be read: its text was changed by hand
 */
export function readMemories(virtualService: VirtualService): Memories {
  const text = virtualService.metadata.annotations?.[BASELINE];
  if (text === undefined) return { byRoute: new Map() };
  const groups = parseGroups(text, virtualService);
  const routes = identities(routesOf(virtualService));
  const byIdentity = new Map(
    groups.flatMap((group) => group.identities.map((identity) => [identity, group.memory] as const)),
  );
  const byRoute = new Map<string, Memory>();
  const strangers: PlacedRoute[] = [];
  const found = new Set<string>();
  for (const [placed, identity] of routes) {
    const memory = byIdentity.get(identity);
    if (memory === undefined) strangers.push(placed);
    else {
      byRoute.set(keyOf(placed), memory);
      found.add(identity);
    }
  }
  const lost = groups.filter((group) => group.identities.some((identity) => !found.has(identity)));
  for (const placed of strangers) {
    const group = lost.find(({ memory }) => isOurWriting(memory, placed));
    if (group !== undefined) byRoute.set(keyOf(placed), group.memory);
  }
  return { byRoute };
}

function isOurWriting(memory: Memory, placed: PlacedRoute): boolean {
  const list = destinationsOf(placed.route);
  if (fingerprint(list) === memory.written) return true;
  return (
    list.length > 1 &&
    addedBuilds(memory).some((ours) => list.some((entry) => sameSubset(entry.destination, ours)))
  );
}

/** The destinations that were asked for and that the list did not have before: ours alone. */
export function addedBuilds(memory: Draft): Destination[] {
  const known = pinned(memory);
  return memory.asks
    .map(({ destination }) => destination)
    .filter((destination) => !known.some((entry) => sameSubset(entry.destination, destination)));
}

/** The remembered list, whole-service destinations pinned to the stable subset. */
export function pinned(memory: Draft): readonly RouteDestination[] {
  const { stable, list } = memory;
  if (stable === undefined) return list;
  return list.map((entry) =>
    subsetOf(entry.destination) === undefined && entry.destination.host === stable.host
      ? { ...entry, destination: withSubset(entry.destination, stable.subset) }
      : entry,
  );
}

/** The destination with another subset, where the old one stands; a first one comes after the host. */
export function withSubset(destination: Destination, subset: string): Destination {
  if (destination.subset !== undefined) return { ...destination, subset };
  const { host, ...rest } = destination;
  return { host, subset, ...rest };
}

/** The same build: host and subset as written, and a port that doesn't contradict. */
export function sameSubset(a: Destination, b: Destination): boolean {
  const [portA, portB] = [a.port?.number, b.port?.number];
  return (
    a.host === b.host &&
    subsetOf(a) === subsetOf(b) &&
    (portA === undefined || portB === undefined || portA === portB)
  );
}

/**
 * The VirtualService with its memories written down. Routes that share a memory share its text: 2,000 of them
 * take 22 KB.
 *
 * @param memories by `keyOf` the routes of this VirtualService; none: the annotation goes. One without a
 *   fingerprint gets that of the list as it now is; the others' lists were not written by this change.
 */
export function writeMemories(
  virtualService: VirtualService,
  memories: ReadonlyMap<string, Draft>,
): VirtualService {
  const entries: string[] = [];
  const entryIndex = new Map<string, number>();
  const indexOf = (entry: unknown): number => {
    const text = canonicalJson(entry);
    const index = entryIndex.get(text) ?? entryIndex.size;
    if (index === entries.length) entries.push(JSON.stringify(entry));
    entryIndex.set(text, index);
    return index;
  };
  // Thousands of routes may share one memory and one list: each is put into words once.
  const memoryTexts = new Map<Draft, string>();
  const fingerprints = new Map<readonly RouteDestination[], string>();
  const groups = new Map<string, string[]>();
  for (const [placed, identity] of memories.size === 0 ? [] : identities(routesOf(virtualService))) {
    const memory = memories.get(keyOf(placed));
    if (memory === undefined) continue;
    const list = destinationsOf(placed.route);
    const written = memory.written ?? fingerprints.get(list) ?? fingerprint(list);
    if (memory.written === undefined) fingerprints.set(list, written);
    const text = memoryTexts.get(memory) ?? memoryText(memory, indexOf);
    memoryTexts.set(memory, text);
    const key = `${text},${JSON.stringify(written)}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [identity]);
    else group.push(identity);
  }
  if (groups.size === 0) return withAnnotation(virtualService, BASELINE, undefined);
  const routes = [...groups].map(([key, ids]) => `[${key},${JSON.stringify(ids)}]`);
  return withAnnotation(
    virtualService,
    BASELINE,
    `{"v":1,"destinations":[${entries.join(',')}],"routes":[${routes.join(',')}]}`,
  );
}

function memoryText({ list, asks, stable, partial }: Draft, indexOf: (entry: unknown) => number): string {
  return [
    list.map(({ weight, ...entry }) => [indexOf(entry), ...(weight === undefined ? [] : [weight])]),
    asks.map(({ destination, part, whole }) => [
      indexOf({ destination }),
      part,
      ...(whole === 100 ? [] : [whole]),
    ]),
    partial === true ? { ...stable, partial } : (stable ?? null),
  ]
    .map((part) => JSON.stringify(part))
    .join();
}

function parseGroups(text: string, virtualService: VirtualService): StoredGroup[] {
  try {
    const stored: unknown = JSON.parse(text);
    if (!isObject(stored) || stored['v'] !== 1) throw new Error('it is of another version');
    const table = listOf(stored['destinations']);
    const entryAt = (index: unknown): RouteDestination => {
      const entry = table[numberOf(index)];
      if (!isObject(entry) || !isObject(entry['destination'])) throw new Error('a destination is missing');
      return entry as unknown as RouteDestination;
    };
    return listOf(stored['routes']).map((group) => {
      const [list, asks, extras, written, ids] = listOf(group);
      return {
        memory: {
          list: listOf(list).map((item) => {
            const [index, weight] = listOf(item);
            const entry = entryAt(index);
            return weight === undefined ? entry : { ...entry, weight: numberOf(weight) };
          }),
          asks: listOf(asks).map((item) => {
            const [index, part, whole = 100] = listOf(item);
            return { destination: entryAt(index).destination, part: numberOf(part), whole: numberOf(whole) };
          }),
          ...(isPin(extras) && { stable: { host: extras.host, subset: extras.subset } }),
          ...(isObject(extras) && extras['partial'] === true && { partial: true }),
          written: String(written),
        },
        identities: listOf(ids).map(String),
      };
    });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TrafficError(
      'check-failed',
      `The annotation ${BASELINE} of VirtualService ${virtualService.metadata.namespace}/${virtualService.metadata.name} ` +
        `can't be read (${why}): it was changed by hand or by another version, so what its routes were before is unknown. ` +
        `Restore the annotation, or remove it to take the routes as they are now for the baseline.`,
      { cause },
    );
  }
}

function isPin(value: unknown): value is Pin & JsonObject {
  return isObject(value) && typeof value['host'] === 'string' && typeof value['subset'] === 'string';
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error('a list is missing');
  return value;
}

function numberOf(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new Error('a number is missing');
  return value;
}
