/** What a scalar in the text stands for, as Kubernetes' tools read it, and what they would refuse in it. */
import { CST } from 'yaml';
import { closingQuote } from './lexemes.ts';
import { emptyValue, isRefusedInFlow, plainValue, taggedValue, tagName } from './scalars.ts';
import type { ScalarSrc, TreeFault } from './tree.ts';

export interface ScalarValue {
  readonly value: string | number | boolean | null;
  readonly faults: readonly TreeFault[];
}

export interface WrittenScalar {
  readonly style: ScalarSrc['style'];
  /** The `yaml` package's reading of it. */
  readonly source: string;
  readonly tag: string | undefined;
  readonly token: CST.Token;
  /** Where it starts and ends, without anchor and tag. */
  readonly range: readonly [body: number, stop: number];
  readonly inFlow: boolean;
}

/** @param text the whole document, in which the scalar has its place */
export function scalarValue(text: string, scalar: WrittenScalar): ScalarValue {
  const { style, tag, token, range, inFlow } = scalar;
  const [offset] = range;
  const faults: TreeFault[] = [];
  if (style === 'plain' && inFlow && isRefusedInFlow(scalar.source)) {
    const message = `inside brackets, ${scalar.source} must be in quotes: it has a "?", or begins with ":"`;
    faults.push({ offset, message });
  }
  if (style === 'single' && closingQuote(text, token.offset) === -1)
    faults.push({ offset, message: "the closing ' is missing" });
  if (isBlankBlock(text, scalar)) {
    const message =
      'a block of blank lines whose indentation is given keeps the blanks beyond it: leave it out';
    faults.push({ offset, message });
  }
  const source = isCutOffBlock(text, scalar) ? scalar.source.slice(0, -1) : withQuotes(scalar);
  const read = tag !== undefined ? taggedValue(tag, source) : style === 'plain' ? plainValue(source) : source;
  if (read === undefined)
    faults.push({ offset, message: `${source} is not what its tag ${tagName(tag)} says` });
  const value = read === undefined ? source : read;
  if (typeof value === 'number' && !Number.isFinite(value))
    faults.push({ offset, message: `${source} is a number that Kubernetes can't take` });
  return { value, faults };
}

/** An escape that go-yaml knows and YAML doesn't. */
export const QUOTE_ESCAPE = String.raw`\'`;

/** The reading of a scalar, in double quotes with `\'` as a single quote. */
function withQuotes({ style, source, token }: WrittenScalar): string {
  if (style !== 'double' || token.type !== 'double-quoted-scalar' || !token.source.includes(QUOTE_ESCAPE))
    return source;
  const spelled = token.source.replaceAll(/\\[\s\S]/g, (escape) =>
    escape === QUOTE_ESCAPE ? '\\x27' : escape,
  );
  return CST.resolveAsScalar({ ...token, source: spelled }).value;
}

/** A value that is left out. */
export function leftOutValue(tag: string | undefined, offset: number): ScalarValue {
  const value = emptyValue(tag);
  if (value !== undefined) return { value, faults: [] };
  return { value: null, faults: [{ offset, message: `nothing is not what its tag ${tagName(tag)} says` }] };
}

/** Of spaces alone, with a figure in its head: the `yaml` package drops what go-yaml keeps. */
function isBlankBlock(text: string, { style, range: [body, stop] }: WrittenScalar): boolean {
  if (style !== 'literal' && style !== 'folded') return false;
  return /^[|>][-+]?[1-9][^\n]*\n\s* \s*$/.test(text.slice(body, stop));
}

/** A block scalar at the end of a text without a line end: the `yaml` package puts one in, go-yaml does not. */
function isCutOffBlock(text: string, { style, source, range }: WrittenScalar): boolean {
  const isBlock = style === 'literal' || style === 'folded';
  return isBlock && range[1] === text.length && !text.endsWith('\n') && /[^\n]\n$/.test(source);
}
