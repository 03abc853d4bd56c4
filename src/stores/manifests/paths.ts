/** Paths below a folder. */
import path from 'node:path';

export function isInside(root: string, file: string): boolean {
  const relative = path.relative(root, file);
  return relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

/** The names of the folders between a folder and one below it. */
export function stepsTo(root: string, folderPath: string): readonly string[] {
  return path
    .relative(root, folderPath)
    .split(path.sep)
    .filter((step) => step !== '');
}
