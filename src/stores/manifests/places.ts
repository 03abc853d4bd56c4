/** Where the objects are: from a name to its one place in the files. */
import { TrafficError } from '../../base/errors.ts';
import { sameJson } from '../../base/json.ts';
import type { Write } from '../../plan/types.ts';
import { whereIs, type Manifest, type ManifestDocument } from './documents.ts';
import type { FoundObject } from './objects.ts';
import { isWhole } from './partial.ts';
import type { Tree } from '../../yaml/tree.ts';

export type Manifests = readonly Manifest[];

/** An object, and where it is. */
export interface Located {
  readonly manifest: Manifest;
  readonly document: ManifestDocument;
  readonly tree: Tree;
  readonly found: FoundObject;
}

/** Every object of all files, in their order. */
export function objectsOf(manifests: Manifests): Located[] {
  return manifests.flatMap((manifest) =>
    manifest.documents.flatMap((document) => {
      const { tree, found: objects } = document;
      return tree === null ? [] : objects.map((found) => ({ manifest, document, tree, found }));
    }),
  );
}

/** All places of the object that a write is about. */
export function named(manifests: Manifests, { kind, before }: Write): Located[] {
  const { name, namespace } = before.metadata;
  return objectsOf(manifests).filter(
    ({ found }) => found.kind === kind && found.name === name && found.namespace === namespace,
  );
}

/** Is the object there as the write takes it to be? */
export function isNow(manifests: Manifests, write: Write): boolean {
  return named(manifests, write).some(({ found }) => sameJson(found.object, write.before));
}

/**
 * The one place of an object. Two objects of one name (kustomize overlays have them) are only a fault once one
 * is to be written: nobody knows which of them ends up in the cluster.
 *
 * @throws TrafficError ambiguous; conflict: it is not there, or not as it was
 */
export function locate(manifests: Manifests, write: Write): Located {
  const places = named(manifests, write);
  const [only, ...others] = places;
  if (others.length > 0) {
    throw new TrafficError(
      'ambiguous',
      `${nameOf(write)} is in ${placesText(places)}, and it is not clear which of them reaches the cluster. Give manifests a path that has only one of them.`,
    );
  }
  if (only === undefined || !sameJson(only.found.object, write.before)) {
    const where = only === undefined ? 'the manifests' : only.manifest.label;
    throw new TrafficError(
      'conflict',
      `${nameOf(write)} in ${where} is no longer what it was when it was read; nothing was written. Run again.`,
    );
  }
  return only;
}

/** Places of one object that a sentence names. */
const MOST_PLACES = 5;

export interface Twin {
  readonly kind: FoundObject['kind'];
  /** Of the first of them, as it stands for all. */
  readonly object: FoundObject['object'];
  /** `VirtualService shop/api is in a.yaml:1 and b.yaml:3` */
  readonly words: string;
}

export interface Distinct {
  /** One place of each name: the whole object where the others are parts of it, else the first. */
  readonly objects: readonly Located[];
  /** Names that several whole objects have. */
  readonly twins: readonly Twin[];
  /** Objects that are parts of another of the same name. */
  readonly parts: readonly Located[];
}

/**
 * One object a name. A VirtualService without hosts beside one that has some is a patch of it; else nobody knows which
 * one reaches the cluster.
 */
export function distinct(all: readonly Located[]): Distinct {
  const groups = Map.groupBy(all, ({ found }) => `${found.kind} ${found.namespace}/${found.name}`);
  const [objects, twins, parts]: [Located[], Twin[], Located[]] = [[], [], []];
  for (const [name, places] of groups) {
    const whole = places.filter(({ found }) => isWhole(found.kind, found.raw));
    const real = whole.length === 1 ? whole : places;
    const [first] = real;
    if (first === undefined) continue;
    objects.push(first);
    if (real === whole) parts.push(...places.filter((place) => place !== first));
    else if (places.length > 1) {
      twins.push({
        kind: first.found.kind,
        object: first.found.object,
        words: `${name} is in ${placesText(places)}`,
      });
    }
  }
  return { objects, twins, parts };
}

function placesText(places: readonly Located[]): string {
  const shown = places
    .slice(0, MOST_PLACES)
    .map(({ manifest, document, found }) => whereIs(manifest, document, found));
  const more = places.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more places` : shown.join(' and ');
}

/** `VirtualService shop/api` */
export function nameOf(write: Write): string {
  return `${write.kind} ${write.before.metadata.namespace}/${write.before.metadata.name}`;
}
