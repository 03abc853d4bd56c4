/** Whose work is in the bundle, and under which terms: from the modules that webpack has put into it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A module of webpack's statistics; one that is put together of several has them in `modules`. */
interface Module {
  readonly identifier?: string;
  readonly nameForCondition?: string | null;
  readonly chunks?: readonly (string | number)[];
  readonly modules?: readonly Module[];
}

/** `…/node_modules/@actions/core/lib/core.js`: the last package of a path is the one that the file is of. */
const PACKAGE = /^.*\/node_modules\/((?:@[^/]+\/)?[^/.][^/]*)\//;

/**
 * The folders of the packages whose modules are in a chunk, by the packages' names.
 *
 * @param stats the text of what `ncc --stats-out` writes
 */
export function bundledPackages(stats: string): Map<string, string> {
  // Written by webpack, whose form it has.
  const { modules = [] } = JSON.parse(stats) as { readonly modules?: readonly Module[] };
  const found = new Map<string, string>();
  const visit = (module: Module): void => {
    const path = (module.nameForCondition ?? module.identifier ?? '').replaceAll('\\', '/');
    const [folder, name] = PACKAGE.exec(path) ?? [];
    if (folder !== undefined && name !== undefined) found.set(name, folder.slice(folder.indexOf('/')));
    for (const inner of module.modules ?? []) visit(inner);
  };
  // What nothing imports is in no chunk.
  for (const module of modules) if ((module.chunks ?? []).length > 0) visit(module);
  return found;
}

/**
 * The text of licenses.txt: for each package its name and version, the license's name, and the files that it demands
 * to be passed on.
 *
 * @throws Error where a package has no such file
 */
export function licensesText(packages: ReadonlyMap<string, string>): string {
  return [...packages]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, folder]) => {
      const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        readonly version: string;
        readonly license: string;
      };
      const files = readdirSync(folder)
        .filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
        .sort();
      if (files.length === 0) throw new Error(`${name} has no file with its license (${folder}).`);
      const texts = files.map((file) =>
        readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim(),
      );
      return `${name} ${version}\n${license}\n\n${texts.join('\n\n')}\n`;
    })
    .join('\n\n');
}
