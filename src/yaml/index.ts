/** An editor for YAML texts that changes only what it must: see README.md. */
export { edit, type Edited, type EditOptions } from './edit.ts';
export { emptyBefore } from './filled.ts';
export type { ItemIdentity } from './align.ts';
export { linesOf, type Lines } from './lines.ts';
export { parse } from './parse.ts';
export type { ParsedYaml } from './parsed.ts';
export { BYTE_ORDER_MARK, splitDocuments } from './slices.ts';
export { emptySpelling, oddSpelling, respelled, respelledAll, spellingAt } from './spelling.ts';
export { styleOfTree, type Style } from './style.ts';
export { nearestNode, type Src, type Tree, type TreeFault } from './tree.ts';
