/** The folder that manifests are in. */
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { TrafficError } from '../../base/errors.ts';
import { isInside } from './paths.ts';

/**
 * The folder with all links resolved. Its own last step may be a link, which is what was asked for; on the way there
 * from the working directory, where others keep their files, none is.
 *
 * @throws TrafficError invalid-input: a folder on the way is a link
 */
export async function realFolderOf(given: string, folder: string, cwd: string): Promise<string> {
  const [real, base] = await Promise.all([realpath(folder), realpath(cwd)]);
  const relative = path.relative(cwd, folder);
  if (!isInside(cwd, folder) || relative === '') return real;
  const expected = path.join(base, relative);
  if (real !== expected && (await realpath(path.dirname(folder))) !== path.dirname(expected)) {
    throw new TrafficError(
      'invalid-input',
      `A folder on the way to ${given} is a link (it points to ${real}), and such links are not followed: give \`manifests\` the folder itself.`,
    );
  }
  return real;
}
