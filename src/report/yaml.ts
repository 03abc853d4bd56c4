import { Document, isScalar, Scalar, visit } from 'yaml';
import { isActive, printableJson } from '../base/log-text.ts';
import type { Outcome } from './types.ts';
import { jsonOf } from './json.ts';

/** A block scalar whose first lines are blank is read back without their spaces. */
const BLANK_START = /^\s/;

/**
 * The object of `--output json`, as YAML. What a runner or a terminal would act on stands in double quotes, where an
 * escape is the same.
 */
export function yamlTextOf(outcome: Outcome): string {
  const document = new Document(jsonOf(outcome), { aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_, node) {
      if (!isScalar(node) || typeof node.value !== 'string') return;
      if (isActive(node.value) || BLANK_START.test(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return printableJson(document.toString({ lineWidth: 0, doubleQuotedAsJSON: true }));
}
