/** The files that a path stands for, and their texts. */
import nodeFs from 'node:fs';
import { access, constants, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { TrafficError } from '../../base/errors.ts';
import { holdFolder, isLinkError, readIn, type HeldFolder, type Identity } from './held.ts';
import { mapFew } from './pace.ts';

export interface SourceFile {
  /** As the user would write it: relative, below the path that was given. */
  readonly label: string;
  /** Absolute, all links resolved. */
  readonly path: string;
  readonly text: string;
  /** Where it was reached from: its path below this folder is followed without links. */
  readonly root: string;
  readonly identity: Identity;
}

/** What happens between two steps: a test changes the files there. */
export interface Steps {
  /** The names are known, nothing is opened yet. */
  readonly listed?: () => Promise<void>;
}

export interface SourceFiles {
  readonly files: readonly SourceFile[];
  /** Sentences about what was left alone. */
  readonly warnings: readonly string[];
}

const EXTENSIONS = '**/{*.{yaml,yml,json},Kustomization}';
const IGNORED = ['**/node_modules/**', '**/.git/**'];

/** Larger files are no manifests that a person keeps: etcd refuses objects above 1.5 MiB. */
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * Reads a file, every `.yaml`, `.yml` and `.json` below a folder (but for `node_modules` and `.git`), or what a
 * glob matches. Links inside are not followed: what they lead to is either read on its own account, or outside
 * of what was given, and then none of our business.
 *
 * @throws TrafficError not-found: nothing there, or no such file in it; invalid-input: a path out of bounds or a
 * file that is too large; forbidden: may not be read
 */
export async function readSources(given: string, cwd: string, steps: Steps = {}): Promise<SourceFiles> {
  const absolute = path.resolve(cwd, given);
  const found = await stat(absolute).catch(() => null);
  if (found === null && !isDynamicPattern(given)) {
    throw new TrafficError(
      'not-found',
      `There is no file or folder ${given} (in ${cwd}): check the input manifests.`,
    );
  }
  if (found !== null && !found.isDirectory()) return oneFile(given, absolute, cwd, steps);
  return found === null ? matches(given, cwd, steps) : folder(given, absolute, cwd, steps);
}

/**
 * The folder with all links resolved. Its own last step may be a link, which is what was asked for; on the way there
 * from the working directory, where others keep their files, none is.
 *
 * @throws TrafficError invalid-input: a folder on the way is a link
 */
async function rootOf(given: string, folder: string, cwd: string): Promise<string> {
  const [real, base] = await Promise.all([realpath(folder), realpath(cwd)]);
  const relative = path.relative(cwd, folder);
  if (!isInside(cwd, folder) || relative === '') return real;
  const expected = path.join(base, relative);
  if (real !== expected && (await realpath(path.dirname(folder))) !== path.dirname(expected)) {
    throw new TrafficError(
      'invalid-input',
      `A folder on the way to ${given} is a link (it points to ${real}), and such links are not followed: give manifests the folder itself.`,
    );
  }
  return real;
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
      `A folder on the way to ${given} is a link (it points to ${root}), and such links are not followed: give manifests the file itself.`,
    );
  }
  const real = await realpath(absolute);
  if (!isInside(root, real)) {
    throw new TrafficError(
      'invalid-input',
      `${given} is a link to ${real}, out of its folder, and such links are not followed: give manifests the file itself.`,
    );
  }
  await listed?.();
  const [file] = await readFolder(root, path.dirname(real), [{ label: given, path: real }]);
  if (file === undefined || typeof file === 'string') throw new TrafficError('invalid-input', file ?? given);
  return { files: [file], warnings: [] };
}

async function folder(given: string, absolute: string, cwd: string, steps: Steps): Promise<SourceFiles> {
  const root = await rootOf(given, absolute, cwd);
  const { names, links } = await crawl(EXTENSIONS, root);
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
  const pattern = given.replaceAll('\\', '/');
  // The folders in front of the first wildcard are given like any folder; below them no link is followed.
  const fixed = pattern.split('/');
  const dynamic = fixed.findIndex((part) => isDynamicPattern(part));
  const head = fixed.slice(0, Math.max(0, dynamic)).join('/') || (pattern.startsWith('/') ? '/' : '.');
  const start = path.resolve(cwd, head);
  const isThere = (await stat(start).catch(() => null))?.isDirectory() === true;
  const root = isThere ? await rootOf(given, start, cwd) : cwd;
  const { names, links } = isThere
    ? await crawl(fixed.slice(Math.max(0, dynamic)).join('/'), root)
    : { names: [], links: [] };
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

function isManifest(name: string): boolean {
  return /\.(ya?ml|json)$/i.test(name);
}

/** Paths below `cwd` in a stable order, and the links that were passed on the way (absolute). */
async function crawl(pattern: string, cwd: string): Promise<{ names: string[]; links: string[] }> {
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

interface Named {
  /** As the user would write it. */
  readonly label: string;
  /** Absolute. */
  readonly path: string;
}

async function readAll(root: string, found: readonly Named[], links: readonly Named[]): Promise<SourceFiles> {
  const folders = [...Map.groupBy(found, (each) => path.dirname(each.path))];
  const results = (await mapFew(folders, ([at, files]) => readFolder(root, at, files))).flat();
  const read = results.filter((result) => typeof result !== 'string');
  const order = new Map(found.map((each, index) => [each.path, index]));
  const files = read.sort((a, b) => (order.get(a.path) ?? 0) - (order.get(b.path) ?? 0));
  const known = new Set(files.map((file) => file.path));
  const folderPaths = new Set([...known].flatMap((file) => foldersAbove(file, root)));
  const notes = await mapFew(links, (link) => linkNote(link, known, folderPaths));
  return {
    files,
    warnings: [
      ...results.filter((result) => typeof result === 'string'),
      ...notes.filter((note) => note !== null),
    ],
  };
}

function foldersAbove(file: string, root: string): string[] {
  const folders: string[] = [];
  for (let at = path.dirname(file); isInside(root, at); at = path.dirname(at)) {
    folders.push(at);
    if (at === root) break;
  }
  return folders;
}

/** A link to a file that is read anyway, or to nothing we would read, is not worth a word. */
async function linkNote(
  link: Named,
  known: ReadonlySet<string>,
  folders: ReadonlySet<string>,
): Promise<string | null> {
  const target = await realpath(link.path).catch(() => null);
  if (target === null || known.has(target)) return null;
  const isFolder = (await stat(target)).isDirectory();
  if (isFolder ? folders.has(target) : !isManifest(link.path)) return null;
  return `${link.label} is a link to ${target}: links are not followed, so it is left alone.`;
}

/** The files of one folder; a sentence in place of a file says why it is not used. */
async function readFolder(
  root: string,
  at: string,
  files: readonly Named[],
): Promise<(SourceFile | string)[]> {
  try {
    await using held = await holdFolder(root, stepsTo(root, at));
    return await mapFew(files, (file) => readText(root, file, held));
  } catch (thrown) {
    if (thrown instanceof TrafficError) throw thrown;
    if (!isLinkError(thrown)) throw fileError(thrown, files[0]?.label ?? at, 'read');
    return files.map(({ label }) => becameLink(label));
  }
}

/** The names of the folders between a folder and one below it. */
export function stepsTo(root: string, folderPath: string): readonly string[] {
  return path
    .relative(root, folderPath)
    .split(path.sep)
    .filter((step) => step !== '');
}

function becameLink(label: string): string {
  return `${label} is not used: it, or a folder on the way, became a link while it was read.`;
}

async function readText(
  root: string,
  { label, path: real }: Named,
  held: HeldFolder,
): Promise<SourceFile | string> {
  try {
    const content = await readIn(held, path.basename(real), MOST_BYTES);
    if ('size' in content) {
      return `${label} is not used: with ${(content.size / 1024 / 1024).toFixed(1)} MiB it is larger than a file of manifests can be (16 MiB).`;
    }
    const { bytes, identity } = content;
    const text = bytes.toString('utf8');
    // Written back, broken characters would be lost.
    if (!Buffer.from(text, 'utf8').equals(bytes)) return `${label} is not used: it is not UTF-8 text.`;
    return { label, path: real, text, root, identity };
  } catch (thrown) {
    if (isLinkError(thrown)) return becameLink(label);
    throw fileError(thrown, label, 'read');
  }
}

/** The bits of a file's mode by which anybody may write it. */
const ANY_WRITE = 0o222;

/**
 * A file is replaced by a rename, for which its folder's rights count alone: one that somebody has made read-only
 * would be written all the same.
 *
 * @throws TrafficError forbidden
 */
export async function requireWritable(file: string, label: string): Promise<void> {
  try {
    await access(file, constants.W_OK);
    // The superuser, as which many a runner works, may write whatever the mode says.
    if (((await stat(file)).mode & ANY_WRITE) === 0)
      throw Object.assign(new Error('it is read-only'), { code: 'EACCES' });
  } catch (thrown) {
    const error = fileError(thrown, label, 'written');
    // One that is gone is a conflict, which the write finds.
    if (error.reason === 'forbidden') throw error;
  }
}

/** A fault of the file system in words. */
export function fileError(thrown: unknown, label: string, verb: 'read' | 'written'): TrafficError {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  const words = thrown instanceof Error ? thrown.message : String(thrown);
  const forbidden = code === 'EACCES' || code === 'EPERM' || code === 'EROFS';
  return new TrafficError(forbidden ? 'forbidden' : 'internal', `${label} could not be ${verb}: ${words}`, {
    cause: thrown,
  });
}

function isInside(root: string, file: string): boolean {
  const relative = path.relative(root, file);
  return relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

function joined(given: string, name: string): string {
  return path.posix.join(given.replaceAll('\\', '/'), name);
}

function also(warnings: readonly string[]): string {
  return warnings.length === 0 ? '' : ` ${warnings.join(' ')}`;
}
