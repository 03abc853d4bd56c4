/** The files that a path stands for, and their texts. */
import nodeFs from 'node:fs';
import { access, constants, readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';
import { TrafficError } from '../../errors.ts';

export interface SourceFile {
  /** As the user would write it: relative, below the path that was given. */
  readonly label: string;
  /** Absolute, all links resolved. */
  readonly path: string;
  readonly text: string;
}

export interface Sources {
  readonly files: readonly SourceFile[];
  /** Sentences about what was left alone. */
  readonly warnings: readonly string[];
}

const EXTENSIONS = '**/*.{yaml,yml,json}';
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
export async function readSources(given: string, cwd: string): Promise<Sources> {
  const absolute = path.resolve(cwd, given);
  const found = await stat(absolute).catch(() => null);
  if (found === null && !isDynamicPattern(given)) {
    throw new TrafficError(
      'not-found',
      `There is no file or folder ${given} (in ${cwd}): check the input manifests.`,
    );
  }
  if (found !== null && !found.isDirectory()) return oneFile(given, absolute);
  return found === null ? matches(given, cwd) : folder(given, absolute, cwd);
}

async function oneFile(given: string, absolute: string): Promise<Sources> {
  const [real, root] = await Promise.all([realpath(absolute), realpath(path.dirname(absolute))]);
  if (!isInside(root, real)) {
    throw new TrafficError(
      'invalid-input',
      `${given} is a link to ${real}, out of its folder, and such links are not followed: give manifests the file itself.`,
    );
  }
  const file = await readText(given, real);
  if (typeof file === 'string') throw new TrafficError('invalid-input', file);
  return { files: [file], warnings: [] };
}

async function folder(given: string, absolute: string, cwd: string): Promise<Sources> {
  const { names, links } = await crawl(EXTENSIONS, absolute);
  const sources = await readAll(
    names.map((name) => ({ label: joined(given, name), path: path.join(absolute, name) })),
    links,
    cwd,
  );
  if (names.length === 0) {
    throw new TrafficError(
      'not-found',
      `There is no .yaml, .yml or .json file in ${given} or below it.${also(sources.warnings)}`,
    );
  }
  return sources;
}

async function matches(given: string, cwd: string): Promise<Sources> {
  const { names, links } = await crawl(given.replaceAll('\\', '/'), cwd);
  const files = names.filter((name) => /\.(ya?ml|json)$/i.test(name));
  const sources = await readAll(
    files.map((name) => ({ label: name, path: path.resolve(cwd, name) })),
    links,
    cwd,
  );
  if (files.length === 0) {
    throw new TrafficError(
      'not-found',
      `No .yaml, .yml or .json file matches ${given} (in ${cwd}).${also(sources.warnings)}`,
    );
  }
  return sources;
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

async function readAll(
  found: readonly { label: string; path: string }[],
  links: readonly string[],
  cwd: string,
): Promise<Sources> {
  const results = await Promise.all(
    found.map(async (each) => readText(each.label, await realpath(each.path))),
  );
  const files = results.filter((result) => typeof result !== 'string');
  const known = new Set(files.map((file) => file.path));
  const notes = await Promise.all(links.map((link) => linkNote(link, cwd, known)));
  return {
    files,
    warnings: [
      ...results.filter((result) => typeof result === 'string'),
      ...notes.filter((note) => note !== null),
    ],
  };
}

/** A link to a file that is read anyway, or to nothing we would read, is not worth a word. */
async function linkNote(link: string, cwd: string, known: ReadonlySet<string>): Promise<string | null> {
  const target = await realpath(link).catch(() => null);
  if (target === null || known.has(target)) return null;
  const isFolder = (await stat(target)).isDirectory();
  if (isFolder ? [...known].some((file) => isInside(target, file)) : !/\.(ya?ml|json)$/i.test(link))
    return null;
  return `${path.relative(cwd, link)} is a link to ${target}: links are not followed, so it is left alone.`;
}

/** A sentence in place of a file: why it is not used. */
async function readText(label: string, real: string): Promise<SourceFile | string> {
  try {
    const { size } = await stat(real);
    if (size > MOST_BYTES) {
      return `${label} is not used: with ${(size / 1024 / 1024).toFixed(1)} MiB it is larger than a file of manifests can be (16 MiB).`;
    }
    const bytes = await readFile(real);
    const text = bytes.toString('utf8');
    // Written back, broken characters would be lost.
    if (!Buffer.from(text, 'utf8').equals(bytes)) return `${label} is not used: it is not UTF-8 text.`;
    return { label, path: real, text };
  } catch (thrown) {
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
