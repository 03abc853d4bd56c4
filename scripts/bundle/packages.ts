/** Whose work is in the bundle: from the modules that webpack has put into it. */

/** A module of webpack's statistics; one that is put together of several has them in `modules`. */
interface Module {
  readonly identifier?: string;
  readonly nameForCondition?: string | null;
  readonly chunks?: readonly (string | number)[];
  readonly modules?: readonly Module[];
}

/** A file of the bundle. */
interface Chunk {
  readonly id?: string | number;
  readonly files?: readonly string[];
}

interface Statistics {
  readonly modules?: readonly Module[];
  readonly chunks?: readonly Chunk[];
}

/** A package that a module of the bundle is of. */
interface Bundled {
  readonly name: string;
  readonly folder: string;
  readonly chunks: readonly (string | number)[];
}

/** `…/node_modules/@actions/core/lib/core.js`: the last package of a path is the one that the file is of. */
const PACKAGE = /^.*\/node_modules\/((?:@[^/]+\/)?[^/.][^/]*)\//;

/**
 * The folders of the packages whose modules are in a chunk, by the packages' names.
 *
 * @param stats the text of what `ncc --stats-out` writes
 */
export function bundledPackages(stats: string): Map<string, string> {
  return new Map(packagesIn(statisticsIn(stats)).map(({ name, folder }) => [name, folder]));
}

/**
 * The names of the files that have modules of a package.
 *
 * @param stats the text of what `ncc --stats-out` writes
 */
export function filesWith(stats: string, packageName: string): ReadonlySet<string> {
  const statistics = statisticsIn(stats);
  const ids = packagesIn(statistics).flatMap(({ name, chunks }) => (name === packageName ? chunks : []));
  const isWithIt = ({ id }: Chunk): boolean => id !== undefined && ids.includes(id);
  return new Set((statistics.chunks ?? []).filter(isWithIt).flatMap(({ files = [] }) => files));
}

function statisticsIn(stats: string): Statistics {
  // Written by webpack, whose form it has.
  return JSON.parse(stats) as Statistics;
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
