/** The files that a path stands for, and their texts. */
import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { TrafficError } from '../../base/errors.ts';
import { crawlFolder, isManifest } from './crawl.ts';
import { isInside } from './paths.ts';
import { readAll, readFolder, type SourceFiles } from './read-files.ts';
import { realFolderOf } from './real-folder.ts';

/** What happens between two steps: a test changes the files there. */
export interface Steps {
  /** The names are known, nothing is opened yet. */
  readonly listed?: () => Promise<void>;
}

/**
 * Reads a file, every `.yaml`, `.yml` and `.json` below a folder (but for `node_modules` and `.git`), or what a
 * glob matches. Links inside are not followed: what they point to is either read on its own account, or outside
 * of what was given, and then none of our business.
 *
 * @throws TrafficError not-found: nothing there, or no such file in it; invalid-input: a path out of bounds or a
 * file that is too large; forbidden: may not be read
 */
export async function readSources(given: string, cwd: string, steps: Steps = {}): Promise<SourceFiles> {
  const absolute = path.resolve(cwd, given);
  const found = await stat(absolute).catch(() => null);
  // Written with Windows' separators, a path means the same on every runner; to a glob they would be escapes.
  if (found === null && given.includes('\\')) return readSources(given.replaceAll('\\', '/'), cwd, steps);
  if (found === null) return matches(given, cwd, steps);
  if (!found.isDirectory() && !found.isFile())
    throw new TrafficError(
      'invalid-input',
      `${given} is neither a file nor a folder: what is changed needs a place to be written to. Put it into a file first, and give \`manifests\` that one.`,
    );
  return found.isDirectory() ? folder(given, absolute, cwd, steps) : oneFile(given, absolute, cwd, steps);
}

/** What a path of nothing was probably meant as. */
function meant(given: string): string {
  if (given === '-') return ' Standard input is not read: put what comes from there into a file.';
  if (given.startsWith('~')) return ' Only a shell replaces ~ by your home folder: write the whole path.';
  if (/^(["']).*\1$/.test(given)) return ' The quotes are of the path: leave them out.';
  return given.includes(',')
    ? ' It is one path: for several files give their folder, or a glob such as deploy/{web,api}.yaml.'
    : '';
}

async function oneFile(
  given: string,
  absolute: string,
  cwd: string,
  { listed }: Steps,
): Promise<SourceFiles> {
  const folderPath = path.dirname(absolute);
  const root = await realpath(folderPath);
  // The file itself may be a link within its folder; the folders on the way may not.
  if (isInside(cwd, folderPath) && root !== path.join(await realpath(cwd), path.relative(cwd, folderPath))) {
    throw new TrafficError(
      'invalid-input',
      `A folder on the way to ${given} is a link (it points to ${root}), and such links are not followed: give \`manifests\` the file itself.`,
    );
  }
  const real = await realpath(absolute);
  if (!isInside(root, real)) {
    throw new TrafficError(
      'invalid-input',
      `${given} is a link to ${real}, out of its folder, and such links are not followed: give \`manifests\` the file itself.`,
    );
  }
  await listed?.();
  const [file] = await readFolder(root, path.dirname(real), [{ label: given, path: real }]);
  if (typeof file === 'string') throw new TrafficError('invalid-input', file);
  if (file === undefined || file === null) {
    throw new TrafficError(
      'not-found',
      `There is no VirtualService or DestinationRule in ${given}: it is no text.`,
    );
  }
  return { files: [file], warnings: [], unread: [] };
}

async function folder(given: string, absolute: string, cwd: string, steps: Steps): Promise<SourceFiles> {
  const root = await realFolderOf(given, absolute, cwd);
  const { names, links } = await crawlFolder(root);
  await steps.listed?.();
  const sources = await readAll(
    root,
    names.map((name) => ({ label: joined(given, name), path: path.join(root, name) })),
    links.map((link) => ({ label: joined(given, path.relative(root, link)), path: link })),
  );
  if (names.every((name) => !isManifest(name))) {
    throw new TrafficError(
      'not-found',
      `There is no .yaml, .yml or .json file in ${given} or below it.${also(sources.warnings)}`,
    );
  }
  return sources;
}

async function matches(given: string, cwd: string, steps: Steps): Promise<SourceFiles> {
  const { crawlGlob, splitGlob } = await import('./patterns.ts');
  const split = splitGlob(given);
  if (split === undefined)
    throw new TrafficError(
      'not-found',
      `There is no file or folder ${given} (in ${cwd}): check \`manifests\`.${meant(given)}`,
    );
  // The folders in front of the first wildcard are given like any folder; below them no link is followed.
  const { head, pattern } = split;
  const start = path.resolve(cwd, head);
  const isThere = (await stat(start).catch(() => null))?.isDirectory() === true;
  const root = isThere ? await realFolderOf(given, start, cwd) : cwd;
  const { names, links } = isThere ? await crawlGlob(pattern, root) : { names: [], links: [] };
  await steps.listed?.();
  const files = names.filter(isManifest);
  const labelOf = (name: string): string => (head === '.' ? name : path.posix.join(head, name));
  const sources = await readAll(
    root,
    files.map((name) => ({ label: labelOf(name), path: path.join(root, name) })),
    links.map((link) => ({ label: labelOf(path.relative(root, link)), path: link })),
  );
  if (files.length === 0) {
    throw new TrafficError(
      'not-found',
      `No .yaml, .yml or .json file matches ${given} (in ${cwd}).${also(sources.warnings)}`,
    );
  }
  return sources;
}

function joined(given: string, name: string): string {
  return path.posix.join(given.replaceAll('\\', '/'), name);
}

function also(warnings: readonly string[]): string {
  return warnings.length === 0 ? '' : ` ${warnings.join(' ')}`;
}
