/** Globs. Loaded where no file or folder has the name that was given. */
import nodeFs from 'node:fs';
import path from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { IGNORED, type Crawled } from './crawl.ts';

/**
 * A glob as the folder in front of its first wildcard and the rest; undefined where there is no wildcard.
 *
 * @example splitGlob('deploy/*\/istio.yaml') // { head: 'deploy', pattern: '*\/istio.yaml' }
 */
export function splitGlob(given: string): { readonly head: string; readonly pattern: string } | undefined {
  if (!isDynamicPattern(given)) return undefined;
  const steps = given.split('/');
  // Braces may hold a /, so that no step alone is a pattern.
  const first = Math.max(
    0,
    steps.findIndex((step) => isDynamicPattern(step)),
  );
  const head = steps.slice(0, first).join('/') || (given.startsWith('/') ? '/' : '.');
  return { head, pattern: steps.slice(first).join('/') };
}

/**
 * What a glob matches below a folder.
 *
 * @param root absolute
 */
export async function crawlGlob(pattern: string, root: string): Promise<Crawled> {
  const links: string[] = [];
  const names = await glob(pattern, {
    cwd: root,
    dot: true,
    ignore: IGNORED.map((name) => `**/${name}/**`),
    followSymbolicLinks: false,
    caseSensitiveMatch: false,
    expandDirectories: false,
    fs: { readdir: readdirNoting(links) },
  });
  return { names: names.sort(), links: links.sort() };
}

/** tinyglobby skips links without a word; a person who keeps a manifest behind one wants to know. */
function readdirNoting(links: string[]): typeof nodeFs.readdir {
  const readdir = (
    folderPath: string,
    options: { withFileTypes: true },
    done: (error: NodeJS.ErrnoException | null, entries: nodeFs.Dirent[]) => void,
  ): void => {
    nodeFs.readdir(folderPath, options, (error, entries) => {
      if (error === null) {
        for (const entry of entries)
          if (entry.isSymbolicLink()) links.push(path.join(folderPath, entry.name));
      }
      done(error, entries);
    });
  };
  // tinyglobby calls it in this one way out of the many that node:fs allows.
  return readdir as unknown as typeof nodeFs.readdir;
}
