/** A plug-in for Stryker: leaves the sentences alone that people read. */
import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin';

/** As much of Babel's path as is asked here; Stryker's own type for it is empty. */
interface Path {
  readonly node?: { readonly type: string; readonly value?: unknown };
}

/**
 * A literal with a blank in it is a piece of a sentence; nothing else in the engine has one. Emptied, it is one more
 * mutant that the golden texts kill, or a message that reads badly: neither says anything about a route. A template
 * is mutated all the same, so a message that no test ever shows still comes to light.
 */
function shouldIgnore({ node }: Path): string | undefined {
  const isSentence =
    node?.type === 'StringLiteral' && typeof node.value === 'string' && node.value.includes(' ');
  return isSentence ? 'Words of a message' : undefined;
}

export const sentences = { shouldIgnore };

// The name that Stryker looks for.
export const strykerPlugins = [declareValuePlugin(PluginKind.Ignore, 'sentences', sentences)];
