import { Document, isScalar, Scalar, visit } from 'yaml';
import type { Outcome } from './types.ts';
import { jsonOf } from './json.ts';

/** Characters that YAML may leave raw in a plain or block scalar, and a terminal would obey. */
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;
const UNSAFE_RAW = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** A block scalar whose first lines are blank is read back without their spaces. */
const BLANK_START = /^\s/;

/** The object of `--output json`, as YAML. */
export function yamlTextOf(outcome: Outcome): string {
  const document = new Document(jsonOf(outcome), { aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_, node) {
      if (!isScalar(node) || typeof node.value !== 'string') return;
      if (UNSAFE.test(node.value) || BLANK_START.test(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  // Only double-quoted scalars are left with such characters, and there an escape is the same.
  return document
    .toString({ lineWidth: 0, doubleQuotedAsJSON: true })
    .replace(UNSAFE_RAW, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
