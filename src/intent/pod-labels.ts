import type { Labels } from '../istio/types.ts';
import { labelKeyProblem, labelValueProblem } from './label-rules.ts';
import { splitList } from './lists.ts';
import { all, bad, good, quote, type Parsed } from './parsed.ts';

/**
 * The labels of pods, which become a subset's: `app=api,build==10,version:1.0.0`, separated by commas or lines.
 *
 * @example parsePodLabels('app=api,build:10') // { app: 'api', build: '10' }
 */
export function parsePodLabels(text: string): Parsed<Labels> {
  const setBased = /[!<>()]|\s(?:not)?in\s/.exec(text);
  if (setBased !== null) {
    // A DestinationRule's subset has `labels`, a map: there is no place for anything but equality.
    return bad(
      `"${setBased[0].trim()}" can't be used here: a subset of a DestinationRule is made of key=value labels only`,
    );
  }
  const items = splitList(text);
  if (!items.ok) return items;
  const pairs = all(items.value.map(parsePair));
  if (!pairs.ok) return pairs;
  const labels = new Map<string, string>();
  for (const [key, value] of pairs.value) {
    const other = labels.get(key);
    if (other !== undefined && other !== value)
      return bad(`the label ${quote(key)} is both ${quote(other)} and ${quote(value)}`);
    labels.set(key, value);
  }
  return good(Object.fromEntries(labels));
}

function parsePair(item: string): Parsed<readonly [string, string]> {
  const parts = /^([^=:]*)(?:==|=|:)(.*)$/.exec(item);
  const key = parts?.[1]?.trim();
  const value = parts?.[2]?.trim();
  if (key === undefined || value === undefined) {
    return bad(`${quote(item)} has no value: a subset of a DestinationRule is made of key=value labels only`);
  }
  if (value === '') return bad(`the label ${quote(key)} has no value (a variable that is not set?)`);
  const problems = [labelKeyProblem(key), labelValueProblem(value)].filter(
    (problem) => problem !== undefined,
  );
  return problems.length > 0 ? bad(...problems) : good([key, value]);
}
