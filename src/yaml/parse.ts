/** From a document's text to its {@link Tree}. */
import { parseDocument } from 'yaml';
import { TreeBuilder } from './builder.ts';
import type { Tree, TreeFault } from './tree.ts';

export type ParsedYaml =
  | { readonly ok: true; readonly tree: Tree }
  /** It is no YAML. */
  | { readonly ok: false; readonly fault: TreeFault }
  /** It is YAML, but no reader of Kubernetes would take it: its aliases stand for too much. */
  | { readonly ok: false; readonly bomb: true; readonly fault: TreeFault };

/** Parses one document. Never throws. */
export function parseSlice(text: string): ParsedYaml {
  try {
    const document = parseDocument(text, {
      // Every scalar as its text: what it means to Kubernetes is for `plainValue` to say.
      schema: 'failsafe',
      keepSourceTokens: true,
      // Looked for by the builder: the package compares each key with each other one.
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: 'silent',
    });
    const { errors } = document;
    const tooDeep = errors.find(({ code }) => code === 'RESOURCE_EXHAUSTION');
    if (tooDeep !== undefined) return nestedTooDeeply(tooDeep.pos[0]);
    const [error] = errors;
    if (error !== undefined) return { ok: false, fault: { offset: error.pos[0], message: error.message } };
    return new TreeBuilder(text).build(document.contents);
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    return nestedTooDeeply(0);
  }
}

function nestedTooDeeply(offset: number): ParsedYaml {
  return { ok: false, bomb: true, fault: { offset, message: 'it is nested too deeply' } };
}
