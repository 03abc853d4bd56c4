/** Objects as YAML, to be pasted from a message or to stand in a file. */
import { Document, isPair, isScalar, Scalar, visit } from 'yaml';
import type { Subset } from '../istio/types.ts';

/** How a text is written that others may stand beside. */
export interface YamlStyle {
  /** Columns from a key to the keys below it. */
  readonly step: number;
  /** A list under a key stands deeper than the key. */
  readonly listsDeeper: boolean;
  readonly quote: 'single' | 'double';
  /** Labels are in quotes, even where they need none: somebody may put another value into them. */
  readonly quotesLabels?: true;
}

const TO_PASTE: YamlStyle = { step: 2, listsDeeper: true, quote: 'double', quotesLabels: true };

/** In quotes is what a reader of YAML 1.1 (Kubernetes') could take for a number, a time or a Boolean. */
export function toYaml(
  value: unknown,
  { step, listsDeeper, quote, quotesLabels }: YamlStyle = TO_PASTE,
): string {
  const quoted = quote === 'single' ? Scalar.QUOTE_SINGLE : Scalar.QUOTE_DOUBLE;
  const document = new Document(value, { aliasDuplicateObjects: false, version: '1.1' });
  visit(document, {
    Scalar(key, node, path) {
      if (key === 'key' || !isScalar(node) || typeof node.value !== 'string') return;
      const [parent] = path.slice(-3);
      const isLabel = isPair(parent) && isScalar(parent.key) && parent.key.value === 'labels';
      if ((isLabel && quotesLabels === true) || /^[-+.\d]/.test(node.value)) node.type = quoted;
    },
  });
  return document
    .toString({
      lineWidth: 0,
      indent: Math.max(1, step),
      indentSeq: listsDeeper,
      singleQuote: quote === 'single',
    })
    .replace(/^%YAML.*\n---\n/, '')
    .trimEnd();
}

/** Subsets as list entries, to be pasted below `subsets:`. */
export function subsetsYaml(subsets: readonly Subset[]): string {
  return toYaml(subsets);
}
