/** Where the objects are: from a name to its one place in the files. */
import { TrafficError } from '../../errors.ts';
import { sameJson } from '../../json.ts';
import type { Write } from '../../plan/types.ts';
import { whereIs, type Manifest, type ManifestDocument } from './documents.ts';
import type { Found } from './objects.ts';
import type { Tree } from './tree.ts';

export type Manifests = readonly Manifest[];

/** An object, and where it is. */
export interface Located {
  readonly manifest: Manifest;
  readonly document: ManifestDocument;
  readonly tree: Tree;
  readonly found: Found;
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
    const where = places
      .map(({ manifest, document, found }) => whereIs(manifest, document, found))
      .join(' and ');
    throw new TrafficError(
      'ambiguous',
      `${nameOf(write)} is in ${where}, and it is not clear which of them reaches the cluster. Give manifests a path that has only one of them.`,
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

/** A warning for each name that several objects have. */
export function twins(all: readonly Located[]): string[] {
  const groups = Map.groupBy(all, ({ found }) => `${found.kind} ${found.namespace}/${found.name}`);
  return [...groups].flatMap(([name, places]) => {
    if (places.length === 1) return [];
    const where = places
      .map(({ manifest, document, found }) => whereIs(manifest, document, found))
      .join(' and ');
    return [
      `${name} is in ${where}: it is not clear which of them reaches the cluster, so neither can be changed.`,
    ];
  });
}

/** `VirtualService shop/api` */
export function nameOf(write: Write): string {
  return `${write.kind} ${write.before.metadata.namespace}/${write.before.metadata.name}`;
}
