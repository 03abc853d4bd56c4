/**
 * The text of the annotation `istiops/baseline`: what the lists of a VirtualService's base routes were before istiops
 * first changed them, and which shares were requested since. It is read in `parse.ts`.
 */
import { canonicalJson, type JsonObject } from '../../base/json.ts';
import type { Destination, Labels, RouteDestination } from '../../istio/types.ts';

export const BASELINE = 'istiops/baseline';

/** What one base route's list was, and which shares were requested since. */
export interface Baseline {
  /** Its destinations before istiops first changed them. */
  readonly list: readonly RouteDestination[];
  /** What whole-service destinations of `list` to this host are pinned to (`stable-pod-selector`). */
  readonly stable?: Pin;
  /** Requested since, in order. */
  readonly requestedShares: readonly RequestedShare[];
  /**
   * `list` is what somebody else wrote, less the builds of istiops: nobody wrote it like that, so it is scaled when
   * it comes back. Its weights are kept as they were, because scaling them at once would round the proportions.
   */
  readonly partial?: true;
  /** A fingerprint of the list that istiops wrote last: a renamed route is found by it. */
  readonly written: string;
}

/** A baseline whose list is still to be written, so that its fingerprint is not known yet. */
export type PendingBaseline = Omit<Baseline, 'written'> & { readonly written?: string };

export interface Pin {
  /** As the base route spells it. */
  readonly host: string;
  readonly subset: string;
  /** Labels of builds that were taken back while the list is pinned: their pods keep it pinned as long as they run. */
  readonly leaving?: readonly Labels[];
}

/** A share that was requested for a build: `part` of `whole`, as 20 of 100. */
export interface RequestedShare {
  readonly destination: Destination;
  readonly part: number;
  readonly whole: number;
}

/** What can be in an annotation that istiops wrote; more is not read. */
export const LIMITS = {
  /** Characters of the annotation: Kubernetes allows 256 KiB for all annotations of an object. */
  text: 256 * 1024,
  /** Brackets inside each other: a destination's own fields are the deepest. */
  depth: 32,
  /** Destinations of one list. */
  list: 1000,
  /** Requested shares of one list. */
  requestedShares: 2000,
  /** Characters of a host: a DNS name. */
  host: 253,
  /** Characters of a subset's name, generously. */
  subset: 253,
  /** Builds whose pods keep a list pinned. */
  leaving: 50,
} as const;

/** A baseline with what the annotation knows its routes by. */
export interface WrittenBaseline {
  readonly baseline: PendingBaseline;
  readonly written: string;
  readonly identity: string;
}

/**
 * The annotation's text; undefined where there is nothing to keep. Routes that share a baseline share its text:
 * 2,000 of them take 22 KB.
 */
export function serializeBaseline(baselines: Iterable<WrittenBaseline>): string | undefined {
  const entries: string[] = [];
  const entryIndex = new Map<string, number>();
  const indexOf = (entry: unknown): number => {
    const text = canonicalJson(entry);
    const index = entryIndex.get(text) ?? entryIndex.size;
    if (index === entries.length) entries.push(JSON.stringify(entry));
    entryIndex.set(text, index);
    return index;
  };
  // Thousands of routes may share one baseline: it is put into words once.
  const texts = new Map<PendingBaseline, string>();
  const groups = new Map<string, string[]>();
  for (const { baseline, written, identity } of baselines) {
    const text = texts.get(baseline) ?? baselineText(baseline, indexOf);
    texts.set(baseline, text);
    const key = `${text},${JSON.stringify(written)}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [identity]);
    else group.push(identity);
  }
  if (groups.size === 0) return undefined;
  const routes = [...groups].map(([key, ids]) => `[${key},${JSON.stringify(ids)}]`);
  return `{"v":1,"destinations":[${entries.join(',')}],"routes":[${routes.join(',')}]}`;
}

function baselineText(
  { list, requestedShares, stable, partial }: PendingBaseline,
  indexOf: (entry: unknown) => number,
): string {
  const extras: JsonObject | null = partial === true ? { ...stable, partial } : stable ? { ...stable } : null;
  return [
    list.map(({ weight, ...entry }) => [indexOf(entry), ...(weight === undefined ? [] : [weight])]),
    requestedShares.map(({ destination, part, whole }) => [
      indexOf({ destination }),
      part,
      ...(whole === 100 ? [] : [whole]),
    ]),
    extras,
  ]
    .map((part) => JSON.stringify(part))
    .join();
}
