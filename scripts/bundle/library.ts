/** The file by which a program imports the library from the bundle. */
import type { Statistics } from './statistics.ts';

/**
 * The names of the files that have the library's modules: those of the `import()` in `library.cjs`.
 *
 * @throws Error where there is none
 */
export function filesOfLibrary({ chunks = [] }: Statistics): readonly string[] {
  const files = chunks
    .filter(({ origins = [] }) => origins.some(({ moduleName = '' }) => moduleName.endsWith('/library.cjs')))
    .flatMap((chunk) => chunk.files ?? []);
  if (files.length === 0) throw new Error('The bundle has no file for the library.');
  return files.toSorted();
}

/**
 * @param bundle the name of the bundle's first file
 * @param files of the library's modules
 * @param names what the library exports
 */
export function librarySource(bundle: string, files: readonly string[], names: readonly string[]): string {
  const parts = files.map((_, i) => `part${i + 1}`);
  return [
    `import { library } from './${bundle}';`,
    ...files.map((file, i) => `import * as part${i + 1} from './${file}';`),
    `export const { ${names.join(', ')} } = library(${parts.join(', ')});`,
    '',
  ].join('\n');
}
