/** From a document's text to its {@link Tree}. */
import { parseDocument } from 'yaml';
import { TreeBuilder } from './builder.ts';
import type { ParsedYaml } from './parsed.ts';

/** Parses one document. Pure, never throws. */
export function parse(text: string): ParsedYaml {
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
