import type { Tree, TreeFault } from './tree.ts';

export type ParsedYaml =
  | { readonly ok: true; readonly tree: Tree }
  /** It is no YAML. */
  | { readonly ok: false; readonly fault: TreeFault }
  /** It is YAML, but no reader of Kubernetes would take it: its aliases stand for too much. */
  | { readonly ok: false; readonly bomb: true; readonly fault: TreeFault };
