/** The names of the manifests in a folder. Without patterns: their library takes longer to load than a folder to read. */
import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { fileError } from './file-error.ts';
import { mapFew } from './pace.ts';

/** What was found below a folder. */
export interface Crawled {
  /** Paths below it, in a stable order, with `/` between their steps. */
  readonly names: readonly string[];
  /** The links that were passed on the way, absolute and in a stable order. None is followed. */
  readonly links: readonly string[];
}

interface BelowFolder {
  /** Below the folder. */
  readonly name: string;
  readonly entry: Dirent;
}

/** Folders that nobody keeps manifests in. */
export const IGNORED = ['node_modules', '.git'];

/**
 * Every manifest and kustomization below a folder.
 *
 * @param root absolute
 * @throws TrafficError forbidden, internal: a folder can't be read
 */
export async function crawlFolder(root: string): Promise<Crawled> {
  const entries = await entriesBelow(root, '');
  const names = entries.filter(({ name, entry }) => entry.isFile() && isRead(name));
  const links = entries.filter(({ entry }) => entry.isSymbolicLink());
  return {
    names: names.map(({ name }) => name).sort(),
    links: links.map(({ name }) => path.join(root, name)).sort(),
  };
}

export function isManifest(name: string): boolean {
  return /\.(ya?ml|json)$/i.test(name);
}

function isRead(name: string): boolean {
  return isManifest(name) || /^kustomization$/i.test(path.posix.basename(name));
}

async function entriesBelow(root: string, at: string): Promise<readonly BelowFolder[]> {
  const entries = await entriesOf(root, at);
  const folders = entries.filter(({ entry }) => entry.isDirectory() && !isIgnored(entry.name));
  const below = await mapFew(folders, ({ name }) => entriesBelow(root, name));
  return [...entries, ...below.flat()];
}

function isIgnored(name: string): boolean {
  return IGNORED.includes(name.toLowerCase());
}

async function entriesOf(root: string, at: string): Promise<readonly BelowFolder[]> {
  const folder = path.join(root, at);
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.map((entry) => ({ name: path.posix.join(at, entry.name), entry }));
  } catch (thrown) {
    // Somebody removed it after its name was read.
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return [];
    throw fileError(thrown, folder, 'read');
  }
}
