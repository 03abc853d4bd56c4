import type { Plane } from '../../test/cluster/plane/plane.ts';

/** A row of a table; `ok` is `NO` where a limit is broken, and absent or empty where there is none. */
export type Row = Readonly<Record<string, string | number>>;

export interface Table {
  readonly title: string;
  readonly rows: readonly Row[];
}

/** What can be measured alone, in a namespace of its own that has app `api` with builds v1 and v2. */
export interface Part {
  readonly title: string;
  readonly run: (
    plane: Plane,
    namespace: string,
  ) => Promise<{
    readonly rows: readonly Row[];
    /** Beside it, to read. */
    readonly tables?: readonly Table[];
    readonly notes?: readonly string[];
  }>;
}
