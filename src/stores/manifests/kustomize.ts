/** What the `kustomization.yaml` files in sight say of the others: which hold patches, and what patches change. */
import path from 'node:path';
import { isList, isObject, objectIn, textIn, type Json, type JsonObject } from '../../base/json.ts';
import { parse } from '../../yaml/index.ts';
import { documentObjects } from './controllers.ts';
import { namesOurKind } from './names.ts';
import { patchedFields, replacedFields, type PatchedFields } from './patched-fields.ts';
import type { FileWithDocuments } from './source-documents.ts';

interface TextFile {
  readonly label: string;
  /** Absolute. */
  readonly path: string;
  readonly text: string;
}

/** kustomize knows these three names. */
function isKustomization(file: string): boolean {
  return /(^|[/\\])(kustomization\.ya?ml|Kustomization)$/.test(file);
}

/**
 * The files that a kustomization uses as a patch and none as a resource, each with the label of that kustomization.
 * One that can't be read says nothing.
 *
 * @see https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/
 */
export function patchFiles(files: readonly TextFile[]): ReadonlyMap<string, string> {
  const patches = new Map<string, string>();
  const resources = new Set<string>();
  for (const file of files.filter((each) => isKustomization(each.path))) {
    const parsed = parse(file.text);
    const value = parsed.ok ? parsed.tree.root?.value : undefined;
    if (!isObject(value)) continue;
    const folder = path.dirname(file.path);
    for (const name of patchNames(value)) patches.set(path.resolve(folder, name), file.label);
    for (const name of [...texts(value['resources']), ...texts(value['bases'])]) {
      resources.add(path.resolve(folder, name));
    }
  }
  return new Map([...patches].filter(([name]) => !resources.has(name)));
}

/** A patch, and where it is: `patches[0] of prod/kustomization.yaml`. */
export interface FoundPatch extends PatchedFields {
  readonly place: string;
}

/**
 * The patches of all kustomizations in sight: files of kustomize, the Kustomizations of Flux, and the Applications of Argo
 * CD, which have the same fields.
 *
 * @see https://fluxcd.io/flux/components/kustomize/kustomizations/#patches
 * @see https://argo-cd.readthedocs.io/en/stable/user-guide/kustomize/#patches
 */
export function patchesIn(files: readonly (TextFile & FileWithDocuments)[]): readonly FoundPatch[] {
  const texts = new Map(files.map((file) => [file.path, file.text]));
  return files
    .filter((file) => isKustomization(file.path) || mayBeDelivery(file.text))
    .flatMap((file) =>
      file.documents().flatMap((document) => {
        const parsed = document.parsed();
        const value = parsed.ok ? parsed.tree.root?.value : undefined;
        if (!isObject(value)) return [];
        const kustomizations = isKustomization(file.path) ? [value] : deliveries(value);
        return kustomizations.flatMap((one) => patchesOf(one, file, texts));
      }),
    );
}

function mayBeDelivery(text: string): boolean {
  return namesOurKind(text) && /kustomize\.toolkit\.fluxcd\.io\/|argoproj\.io\//.test(text);
}

/** The parts of the objects of a document that say what a kustomization says. */
function deliveries(value: JsonObject): readonly JsonObject[] {
  return documentObjects(value, []).flatMap(({ object: { apiVersion, kind, spec } }) => {
    const group = textIn(apiVersion).split('/')[0];
    if (!isObject(spec)) return [];
    if (kind === 'Kustomization' && group === 'kustomize.toolkit.fluxcd.io') return [spec];
    if (kind !== 'Application' || group !== 'argoproj.io') return [];
    const { source, sources } = spec;
    return [source, ...(isList(sources) ? sources : [])].map((one) => objectIn(objectIn(one)['kustomize']));
  });
}

function patchesOf(
  value: JsonObject,
  { label, path: file }: TextFile,
  files: ReadonlyMap<string, string>,
): readonly FoundPatch[] {
  const fileText = (name: Json | undefined): string =>
    files.get(path.resolve(path.dirname(file), textIn(name))) ?? '';
  return ['patches', 'patchesJson6902', 'patchesStrategicMerge', 'replacements'].flatMap((list) => {
    const entries = value[list];
    return (isList(entries) ? entries : []).flatMap((entry, index) => {
      const place = `${list}[${index}] of ${label}`;
      return fieldsOf(list, entry, fileText).map((fields) => ({ ...fields, place }));
    });
  });
}

function fieldsOf(
  list: string,
  entry: Json,
  fileText: (name: Json | undefined) => string,
): readonly PatchedFields[] {
  if (typeof entry === 'string') return patchedFields(entry.includes('\n') ? entry : fileText(entry));
  if (!isObject(entry)) return [];
  if (list !== 'replacements')
    return patchedFields(textIn(entry['patch']) || fileText(entry['path']), entry['target']);
  if (entry['path'] === undefined) return replacedFields(entry);
  const parsed = parse(fileText(entry['path']));
  const value = parsed.ok ? (parsed.tree.root?.value ?? null) : null;
  return (isList(value) ? value : [value]).filter(isObject).flatMap(replacedFields);
}

function patchNames(value: Readonly<Record<string, Json | undefined>>): readonly string[] {
  return [
    ...paths(value['patches']),
    ...paths(value['patchesJson6902']),
    // A text of several lines is the patch itself.
    ...texts(value['patchesStrategicMerge']).filter((text) => !text.includes('\n')),
  ];
}

function paths(value: Json | undefined): readonly string[] {
  if (!isList(value)) return [];
  return texts(value.map((each) => (isObject(each) ? (each['path'] ?? null) : null)));
}

function texts(value: Json | undefined): readonly string[] {
  return isList(value) ? value.filter((each) => typeof each === 'string') : [];
}
