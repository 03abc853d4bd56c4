/** A file of manifests replaced by its new text, where it is still the one that was read. */
import { access, constants, stat } from 'node:fs/promises';
import path from 'node:path';
import { TrafficError } from '../../base/errors.ts';
import { manifestText, type Manifest } from './documents.ts';
import { fileError } from './file-error.ts';
import { holdFolder, isLinkError, readIn, replaceIn, type FileIdentity } from './held.ts';
import { stepsTo } from './paths.ts';
import type { SourceFile } from './read-files.ts';

export type Opened = Pick<SourceFile, 'root' | 'identity'>;

/**
 * Only a file that is the one which was read, with the text that it had then, is replaced.
 *
 * @throws TrafficError conflict: the file is not what was read; forbidden, internal: it can't be written
 */
export async function replaceFile(source: Opened, before: Manifest, after: Manifest): Promise<FileIdentity> {
  const { path: file, label } = before;
  const name = path.basename(file);
  try {
    await using held = await holdFolder(source.root, stepsTo(source.root, path.dirname(file)));
    const now = await readIn(held, name, Number.MAX_SAFE_INTEGER);
    if (
      'size' in now ||
      !isSame(now.identity, source.identity) ||
      now.bytes.toString('utf8') !== manifestText(before)
    )
      throw changedMeanwhile(label);
    const text = manifestText(after);
    return text === manifestText(before) ? now.identity : await replaceIn(held, name, text);
  } catch (thrown) {
    if (thrown instanceof TrafficError) throw thrown;
    const isGone = thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT';
    throw isGone || isLinkError(thrown) ? changedMeanwhile(label) : fileError(thrown, label, 'written');
  }
}

function isSame(one: FileIdentity, other: FileIdentity): boolean {
  return one.device === other.device && one.inode === other.inode;
}

/** A TrafficError `conflict`. @param label the file as the user would write it */
export function changedMeanwhile(label: string): TrafficError {
  return new TrafficError(
    'conflict',
    `${label} was changed by someone else after it was read; nothing was written to it. Run again.`,
  );
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
