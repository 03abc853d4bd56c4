/** The texts of files, read without following a link. */
import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { TrafficError } from '../../base/errors.ts';
import { isManifest } from './crawl.ts';
import { fileError } from './file-error.ts';
import { holdFolder, isLinkError, readIn, type HeldFolder, type FileIdentity } from './held.ts';
import { mapFew } from './pace.ts';
import { KINDS_AS_BYTES } from './names.ts';
import { isInside, stepsTo } from './paths.ts';

export interface SourceFile {
  /** As the user would write it: relative, below the path that was given. */
  readonly label: string;
  /** Absolute, all links resolved. */
  readonly path: string;
  readonly text: string;
  /** Where it was reached from: its path below this folder is followed without links. */
  readonly root: string;
  readonly identity: FileIdentity;
}

export interface SourceFiles {
  readonly files: readonly SourceFile[];
  /** Sentences about what was left alone. */
  readonly warnings: readonly string[];
  /** Those of them that are about files which could not be read. */
  readonly unread: readonly string[];
}

export interface NamedFile {
  /** As the user would write it. */
  readonly label: string;
  /** Absolute. */
  readonly path: string;
}

/** Larger files are no manifests that a person keeps: etcd refuses objects above 1.5 MiB. */
const MOST_BYTES = 16 * 1024 * 1024;

/**
 * @param root the folder that was given, absolute
 * @param links symbolic links below it: they are not followed, and named where they point to something else
 * @returns the files in the order in which they were found
 */
export async function readAll(
  root: string,
  found: readonly NamedFile[],
  links: readonly NamedFile[],
): Promise<SourceFiles> {
  const folders = [...Map.groupBy(found, (each) => path.dirname(each.path))];
  const results = (await mapFew(folders, ([at, files]) => readFolder(root, at, files))).flat();
  const read = results.filter((result) => typeof result === 'object').filter((result) => result !== null);
  const order = new Map(found.map((each, index) => [each.path, index]));
  const files = read.sort((a, b) => (order.get(a.path) ?? 0) - (order.get(b.path) ?? 0));
  const known = new Set(files.map((file) => file.path));
  const folderPaths = new Set([...known].flatMap((file) => foldersAbove(file, root)));
  const notes = await mapFew(links, (link) => linkNote(link, known, folderPaths));
  const unread = results.filter((result) => typeof result === 'string');
  return { files, warnings: [...unread, ...notes.filter((note) => note !== null)], unread };
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
  link: NamedFile,
  known: ReadonlySet<string>,
  folders: ReadonlySet<string>,
): Promise<string | null> {
  const target = await realpath(link.path).catch(() => null);
  if (target === null || known.has(target)) return null;
  const isFolder = (await stat(target)).isDirectory();
  if (isFolder ? folders.has(target) : !isManifest(link.path)) return null;
  return `${link.label} is a link to ${target}: links are not followed, so it is left alone.`;
}

/**
 * The files of one folder; a sentence in place of a file says why it is not used, null that it is no text and names
 * nothing for istiops.
 */
export async function readFolder(
  root: string,
  at: string,
  files: readonly NamedFile[],
): Promise<(SourceFile | string | null)[]> {
  try {
    await using held = await holdFolder(root, stepsTo(root, at));
    return await mapFew(files, (file) => readWholeFile(root, file, held));
  } catch (thrown) {
    if (thrown instanceof TrafficError) throw thrown;
    if (!isLinkError(thrown)) throw fileError(thrown, files[0]?.label ?? at, 'read');
    return files.map(({ label }) => becameLink(label));
  }
}

function becameLink(label: string): string {
  return `${label} is not used: it, or a folder on the way, became a link while it was read.`;
}

async function readWholeFile(
  root: string,
  { label, path: real }: NamedFile,
  held: HeldFolder,
): Promise<SourceFile | string | null> {
  try {
    const content = await readIn(held, path.basename(real), MOST_BYTES, KINDS_AS_BYTES);
    if ('size' in content) {
      if (!content.hasWanted) return null;
      return `${label} is not used: with ${(content.size / 1024 / 1024).toFixed(1)} MiB it is larger than a file of manifests can be (16 MiB).`;
    }
    const { bytes, identity } = content;
    const text = bytes.toString('utf8');
    // Written back, broken characters would be lost.
    if (!Buffer.from(text, 'utf8').equals(bytes)) {
      const isOurs = KINDS_AS_BYTES.some((kind) => bytes.includes(kind));
      return isOurs ? `${label} is not used: it is not UTF-8 text.` : null;
    }
    return { label, path: real, text, root, identity };
  } catch (thrown) {
    if (isLinkError(thrown)) return becameLink(label);
    throw fileError(thrown, label, 'read');
  }
}
