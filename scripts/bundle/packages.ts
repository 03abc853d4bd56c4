/** Whose work is in the bundle: from the modules that webpack has put into it. */
import type { Module, Statistics } from './statistics.ts';

/** A package that a module of the bundle is of. */
interface Bundled {
  readonly name: string;
  readonly folder: string;
  readonly chunks: readonly (string | number)[];
}

/** `…/node_modules/@actions/core/lib/core.js`: the last package of a path is the one that the file is of. */
const PACKAGE = /^.*\/node_modules\/((?:@[^/]+\/)?[^/.][^/]*)\//;

/** The folders of the packages whose modules are in a chunk, by the packages' names. */
export function bundledPackages(statistics: Statistics): Map<string, string> {
  return new Map(packagesIn(statistics).map(({ name, folder }) => [name, folder]));
}

/** The names of the files that have modules of a package. */
export function filesWith(statistics: Statistics, packageName: string): ReadonlySet<string> {
  const ids = new Set(
    packagesIn(statistics).flatMap(({ name, chunks }) => (name === packageName ? chunks : [])),
  );
  const withIt = (statistics.chunks ?? []).filter(({ id }) => id !== undefined && ids.has(id));
  return new Set(withIt.flatMap(({ files = [] }) => files));
}

/** A package for each of its modules. */
function packagesIn({ modules = [] }: Statistics): readonly Bundled[] {
  const found: Bundled[] = [];
  const visit = (module: Module, chunks: Bundled['chunks']): void => {
    const path = (module.nameForCondition ?? module.identifier ?? '').replaceAll('\\', '/');
    const [folder, name] = PACKAGE.exec(path) ?? [];
    if (folder !== undefined && name !== undefined)
      found.push({ name, folder: folder.slice(folder.indexOf('/')), chunks });
    for (const inner of module.modules ?? []) visit(inner, chunks);
  };
  // What nothing imports is in no chunk.
  for (const module of modules) if ((module.chunks ?? []).length > 0) visit(module, module.chunks ?? []);
  return found;
}
