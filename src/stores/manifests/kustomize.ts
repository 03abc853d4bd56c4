/** What the `kustomization.yaml` files in sight say of the others: which hold patches. */
import path from 'node:path';
import { isList, isObject, type Json } from '../../base/json.ts';
import { parse } from '../../yaml/index.ts';

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
