/** The names of the files that a pattern matches. */
import nodeFs from 'node:fs';
import path from 'node:path';
import { glob } from 'tinyglobby';

const IGNORED = ['**/node_modules/**', '**/.git/**'];

/** Paths below `cwd` in a stable order, and the links that were passed on the way (absolute). */
export async function crawl(pattern: string, cwd: string): Promise<{ names: string[]; links: string[] }> {
  const links: string[] = [];
  const names = await glob(pattern, {
    cwd,
    dot: true,
    ignore: IGNORED,
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

export function isManifest(name: string): boolean {
  return /\.(ya?ml|json)$/i.test(name);
}
