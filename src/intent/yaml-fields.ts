/** Fields of a YAML file that a person writes, each read with the parser of its input; what is wrong is told with its place. */
import { isMap, isNode, isScalar, type YAMLMap } from 'yaml';
import type { Labels } from '../istio/types.ts';
import { nearest } from './nearest.ts';
import { quote, type Parsed } from './parsed.ts';
import { parsePodLabels } from './pod-labels.ts';

export interface FileReader {
  readonly fault: (offset: number, message: string) => void;
  readonly lineOf: (offset: number) => number;
}

/** Labels as the inputs have them (`app=api,build=10`), or as a map. */
export function labelsAt(map: YAMLMap, key: string, reading: FileReader): Labels | undefined {
  const value = nodeAt(map, key);
  if (!isMap(value)) return parsedAt(map, key, parsePodLabels, reading);
  if (value.items.length === 0) {
    // Any pod has none of no labels missing: such an expectation would be met whatever happens.
    reading.fault(offsetOf(value), `${key} has no label`);
    return undefined;
  }
  const pairs = value.items.map(
    ({ key: label, value: node }) => `${writtenText(label) ?? ''}=${writtenText(node) ?? ''}`,
  );
  const parsed = parsePodLabels(pairs.join('\n'));
  if (parsed.ok) return parsed.value;
  for (const problem of parsed.problems) reading.fault(offsetOf(value), `${key}: ${problem}`);
  return undefined;
}

/** The text of a field, as its parser reads it; undefined where it is absent or at fault. */
export function parsedAt<T>(
  map: YAMLMap,
  key: string,
  parse: (text: string) => Parsed<T>,
  reading: FileReader,
  isRequired = false,
): T | undefined {
  const value = nodeAt(map, key);
  if (value === undefined) {
    if (isRequired) reading.fault(offsetOf(map), `${key} is missing`);
    return undefined;
  }
  const text = writtenText(value);
  if (text === undefined || text.trim() === '') {
    reading.fault(offsetOf(value) || offsetOf(map), `${key} must be text`);
    return undefined;
  }
  const parsed = parse(text.trim());
  if (parsed.ok) return parsed.value;
  for (const problem of parsed.problems) reading.fault(offsetOf(value), `${key}: ${problem}`);
  return undefined;
}

/**
 * Keys that mean nothing are faults.
 *
 * @returns whether all are known
 */
export function checkKeys(
  map: YAMLMap,
  known: readonly string[],
  reading: FileReader,
  where = 'here',
): boolean {
  const unknown = map.items.filter(({ key }) => !known.includes(writtenText(key) ?? ''));
  for (const { key } of unknown) {
    const text = writtenText(key) ?? '';
    const meant = nearest(text, known);
    const hint = meant === undefined ? `there is ${known.join(', ')}` : `did you mean ${meant}?`;
    reading.fault(offsetOf(key), `${quote(text)} means nothing ${where}: ${hint}`);
  }
  return unknown.length === 0;
}

/** The value of a key as a node of the `yaml` package; undefined: there is no such key. */
export function nodeAt(map: YAMLMap, key: string): unknown {
  return map.items.find((pair) => writtenText(pair.key) === key)?.value ?? undefined;
}

/** As it is written where it is a number: `1.10` is no `1.1`. */
export function writtenText(node: unknown): string | undefined {
  if (!isScalar(node) || node.value === null || node.value === undefined) return undefined;
  return typeof node.value === 'string' ? node.value : (node.source ?? JSON.stringify(node.value));
}

/** Where a node begins in the text; 0 where nobody knows. */
export function offsetOf(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0;
}
