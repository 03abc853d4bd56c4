/** All files that a path stands for, as a snapshot and the places of what is in it. */
import { TrafficError } from '../../base/errors.ts';
import { refusedText } from '../../plan/set-aside.ts';
import { titleOf } from '../../base/title.ts';
import type { BuildPatch, Snapshot } from '../../plan/types.ts';
import { readManifest, whereIs, type FileContent, type FileRole } from './documents.ts';
import { readSources } from './files.ts';
import { patchesIn, patchFiles, type FoundPatch } from './kustomize.ts';
import { neighboursIn } from './neighbours.ts';
import { inSteps, paceOf } from './pace.ts';
import type { FoundObject } from './objects.ts';
import { isAssertion } from './partial.ts';
import { fieldsPatchedIn } from './patched-fields.ts';
import { objectsOf, withoutObjects, type Manifests } from './places.ts';
import type { SourceFile } from './read-files.ts';
import type { Opened } from './replace-file.ts';
import { withDocuments } from './source-documents.ts';
import { withoutTwins, type Twin } from './twins.ts';
import { isVirtualService, isDestinationRule } from '../../istio/kinds.ts';
import { limited, templatesText } from './words.ts';

export interface ReadingOptions {
  /** A file, a folder (with all below it), or a glob of `.yaml`, `.yml` and `.json`. */
  readonly path: string;
  /** What `path` is relative to; default the process's. */
  readonly cwd?: string | undefined;
  /** Ends reading when it is aborted. */
  readonly signal?: AbortSignal | undefined;
}

export interface Reading {
  readonly manifests: Manifests;
  readonly snapshot: Snapshot;
  readonly twins: readonly Twin[];
  readonly warnings: readonly string[];
  /** By path, what was opened: a file is only replaced where it is still that one. */
  readonly opened: ReadonlyMap<string, Opened>;
}

/**
 * Reads every VirtualService and DestinationRule. A document without a namespace is taken to be in `namespace`.
 *
 * @throws TrafficError not-found: there is none; invalid-input: Kubernetes would refuse all, or a bad path; forbidden:
 * a file may not be read; the signal's reason once it is aborted
 */
export async function readManifests(options: ReadingOptions, namespace: string): Promise<Reading> {
  const { path: given, cwd = process.cwd(), signal } = options;
  const sources = await readSources(given, cwd);
  const pace = paceOf(signal);
  const patches = patchFiles(sources.files);
  const contents: FileContent[] = [];
  const files = sources.files.map(withDocuments);
  for (const file of files) {
    await pace(1024);
    contents.push(await inSteps(readManifest(file, namespace, roleOf(file, patches)), pace));
  }
  const neighbours = await inSteps(neighboursIn(files, namespace), pace);
  const controllers = contents.flatMap((content, index) =>
    isAssertion(sources.files[index]?.label ?? '') ? [] : content.controllers,
  );
  const unread = [...sources.unread, ...contents.flatMap((content) => content.unread)];
  const odd = contents.flatMap((content) => content.odd);
  const faults = contents.flatMap((content) => content.faults);
  const read = contents.flatMap(({ manifest }) => (manifest === null ? [] : [manifest]));
  const { objects: all, twins, parts } = withoutTwins(objectsOf(read));
  const warnings = limited([
    ...sources.warnings,
    ...templatesText(contents.flatMap(({ templates }) => templates)),
    ...contents.flatMap((content) => content.warnings),
    ...parts.map(
      ({ manifest, document, found }) =>
        `${whereIs(manifest, document, found)}: ${found.kind} ${found.name} is only a part of the one of the same name; it is left alone.`,
    ),
  ]);
  if (all.length === 0) {
    const wrong = faults.length > 0 ? faults : odd.map(({ why }) => why);
    if (wrong.length > 0) throw new TrafficError('invalid-input', refusedText(wrong));
    const among = files.length === 1 ? '' : `any of the ${files.length} files of `;
    const rest = warnings.length === 0 ? '' : ` Not read: ${warnings.join(' ')}`;
    throw new TrafficError(
      'not-found',
      `There is no VirtualService or DestinationRule in ${among}${given}.${rest}`,
    );
  }
  const objects = all.map(({ found }) => found.object);
  const builds = buildPatches(patchesIn(files), objects);
  return {
    manifests: withoutObjects(read, parts),
    snapshot: {
      source: 'manifests',
      namespace,
      virtualServices: objects.filter(isVirtualService),
      destinationRules: objects.filter(isDestinationRule),
      pods: { state: 'none' },
      services: { state: 'none' },
      ...neighbours,
      ...(odd.length > 0 && { notUnderstood: odd }),
      ...(unread.length > 0 && { unread }),
      ...(faults.length > 0 && { refused: faults }),
      ...(controllers.length > 0 && { controllers }),
      ...(builds.length > 0 && { patches: builds }),
    },
    twins,
    warnings: [...warnings, ...limited(twins.map(twinWarning))],
    opened: new Map(sources.files.map(({ path: file, root, identity }) => [file, { root, identity }])),
  };
}

function buildPatches(
  patches: readonly FoundPatch[],
  objects: readonly FoundObject['object'][],
): readonly BuildPatch[] {
  return patches.flatMap((patch) =>
    objects.flatMap((object) => {
      const fields = fieldsPatchedIn(object, patch);
      return fields.length === 0 ? [] : [{ place: patch.place, object: titleOf(object), fields }];
    }),
  );
}

function twinWarning({ words }: Twin): string {
  return `${words}: it is not clear which of them reaches the cluster. The first stands for both in what is shown, and neither can be changed.`;
}

function roleOf(file: SourceFile, patches: ReadonlyMap<string, string>): FileRole {
  const kustomization = patches.get(file.path);
  if (kustomization !== undefined) return { partial: `a patch of ${kustomization}` };
  return isAssertion(file.label) ? { partial: 'a test asserts it' } : {};
}
