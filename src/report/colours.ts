import type picocolors from 'picocolors';

/** How a terminal paints words; without colours, each returns its words as they are. */
export type Colours = ReturnType<typeof picocolors.createColors>;
