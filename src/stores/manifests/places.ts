/** Where the objects are: from a name to its one place in the files. */
import { TrafficError } from '../../base/errors.ts';
import { sameJson } from '../../base/json.ts';
import type { Write } from '../../plan/types.ts';
import { whereIs, type Manifest, type ManifestDocument } from './documents.ts';
import type { FoundObject } from './objects.ts';
import type { Tree } from '../../yaml/index.ts';
import { titleOf } from '../../base/title.ts';

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

/** The same without those objects: nothing looks for them any more. */
export function without(manifests: Manifests, left: readonly Located[]): Manifests {
  if (left.length === 0) return manifests;
  const gone = new Set(left.map(({ found }) => found));
  return manifests.map((manifest) => ({
    ...manifest,
    documents: manifest.documents.map((document) => ({
      ...document,
      found: document.found.filter((found) => !gone.has(found)),
    })),
  }));
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

export function placesText(places: readonly Located[]): string {
  const shown = places
    .slice(0, MOST_PLACES)
    .map(({ manifest, document, found }) => whereIs(manifest, document, found));
  const more = places.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${more} more places` : shown.join(' and ');
}

/** `VirtualService shop/api` */
export function nameOf(write: Write): string {
  return titleOf(write.before);
}
