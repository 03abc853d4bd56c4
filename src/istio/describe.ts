/** A test of a text, in words. */
import { textTest, type TextTest } from './conditions.ts';
import type { StringMatch } from './types.ts';

/** `is "a"`, `starts with "a"`, `matches "a.*"`, `is present`. */
export function describeString(match: StringMatch): string {
  return describeTest(textTest(match));
}

/** The same of a test that is known already. */
export function describeTest(test: TextTest): string {
  return test.operator === 'is present' ? test.operator : `${test.operator} ${JSON.stringify(test.value)}`;
}
