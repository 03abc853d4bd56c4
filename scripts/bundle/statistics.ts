/** What webpack says of the bundle, as far as the build looks at it. */
import { readFileSync } from 'node:fs';

/** A module; one that is put together of several has them in `modules`. */
export interface Module {
  readonly identifier?: string;
  readonly nameForCondition?: string | null;
  readonly chunks?: readonly (string | number)[];
  readonly modules?: readonly Module[];
}

/** A file of the bundle. */
interface Chunk {
  readonly id?: string | number;
  readonly files?: readonly string[];
  /** Which `import()` it is for; the first file is for none. */
  readonly origins?: readonly { readonly moduleName?: string }[];
}

export interface Statistics {
  readonly modules?: readonly Module[];
  readonly chunks?: readonly Chunk[];
}

/** @param file what `ncc --stats-out` has written */
export function readStatistics(file: string): Statistics {
  // Written by webpack, whose form it has.
  return JSON.parse(readFileSync(file, 'utf8')) as Statistics;
}
