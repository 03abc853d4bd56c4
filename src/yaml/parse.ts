/** From a document's text to its {@link Tree}. */
import { Composer, parseDocument, Parser, type CST, type Document, type ParsedNode } from 'yaml';
import { QUOTE_ESCAPE } from './scalar-value.ts';
import { TreeBuilder } from './builder.ts';
import { kubernetesLexemes } from './lexemes.ts';
import type { ParsedYaml } from './parsed.ts';
import { textFaults } from './text-faults.ts';

const OPTIONS = {
  // Every scalar as its text: what it means to Kubernetes is for `plainValue` to say.
  schema: 'failsafe',
  resolveKnownTags: false,
  keepSourceTokens: true,
  // Looked for by the builder: the package compares each key with each other one.
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: 'silent',
} as const;

/** Parses one document as Kubernetes' tools read it, the first one if there are several. Pure, never throws. */
export function parse(text: string): ParsedYaml {
  try {
    const document = parseDocument(text, OPTIONS);
    const error = readerFault(text, document.errors);
    if (error?.code === 'RESOURCE_EXHAUSTION') return nestedTooDeeply(error.pos[0]);
    const read =
      error === undefined
        ? new TreeBuilder(text).build(document.contents)
        : { ok: false as const, fault: { offset: error.pos[0], message: error.message } };
    if (read.ok && read.tree.faults.length === 0) return withTextFaults(read);
    return withTextFaults(parseAsKubernetes(text) ?? read);
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    return nestedTooDeeply(0);
  }
}

function withTextFaults(parsed: ParsedYaml): ParsedYaml {
  if (!parsed.ok) return parsed;
  const { tree } = parsed;
  const faults = textFaults(tree.text, tree.root);
  return faults.length === 0 ? parsed : { ok: true, tree: { ...tree, faults: [...tree.faults, ...faults] } };
}

/** Undefined: it has nothing that go-yaml alone reads, or is no YAML all the same. */
function parseAsKubernetes(text: string): ParsedYaml | undefined {
  const lexemes = kubernetesLexemes(text);
  if (lexemes === null) return undefined;
  const [document] = new Composer<ParsedNode, true>(OPTIONS).compose(tokensOf(lexemes), true, text.length);
  if (document === undefined || readerFault(text, document.errors) !== undefined) return undefined;
  return new TreeBuilder(text).build(document.contents);
}

function* tokensOf(lexemes: readonly string[]): Generator<CST.Token> {
  const parser = new Parser();
  for (const lexeme of lexemes) yield* parser.next(lexeme);
  yield* parser.end();
}

/**
 * The first error that a reader of Kubernetes has, too: these see a comment directly behind a closing quote, and read
 * `\'` in double quotes as a single quote.
 */
function readerFault(text: string, errors: Document['errors']): Document['errors'][number] | undefined {
  return errors.find(({ code, pos: [at] }) => {
    if (code === 'MISSING_CHAR') return text[at] !== '#';
    return code !== 'BAD_DQ_ESCAPE' || !text.startsWith(QUOTE_ESCAPE, at);
  });
}

function nestedTooDeeply(offset: number): ParsedYaml {
  return { ok: false, bomb: true, fault: { offset, message: 'it is nested too deeply' } };
}
