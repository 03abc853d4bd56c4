import { isObject } from '../base/json.ts';
import type { Match, Route, StringMatch } from './types.ts';

/**
 * What a route takes, in words: alternatives joined by ` or `, the fields of one by ` and `.
 *
 * @example 'uri prefix "/v2" and header x-cid is "seu_madruga"', or 'every request'
 */
export function describeMatch({ match: blocks }: Route): string {
  if (blocks === undefined || blocks.length === 0) return 'every request';
  const [first] = blocks;
  // By far the most have one, and a plan describes every route.
  if (blocks.length === 1 && first !== undefined) return describeBlock(first);
  const known = described.get(blocks);
  if (known !== undefined) return known;
  const words = [...new Set(blocks.map(describeBlock))].join(' or ');
  described.set(blocks, words);
  return words;
}

/** Of a route with 2,000 blocks each block may be asked for the words of all. Lists of a snapshot never change. */
const described = new WeakMap<readonly Match[], string>();

function describeBlock(block: Match): string {
  let words = '';
  for (const field in block)
    for (const part of describeField(field, block[field])) words += words === '' ? part : ` and ${part}`;
  return words === '' ? 'every request' : words;
}

function describeField(field: string, value: unknown): string[] {
  switch (field) {
    case 'name':
    case 'statPrefix':
      return [];
    case 'headers':
      return describeMap('header', value);
    case 'withoutHeaders':
      return describeMap('header', value).map((words) => `not (${words})`);
    case 'queryParams':
      return describeMap('query parameter', value);
    case 'uri':
    case 'scheme':
    case 'method':
    case 'authority':
      return isObject(value) ? [`${field} ${describeString(value)}`] : [];
    case 'ignoreUriCase':
      return value === true ? ['ignoring case'] : [];
    case 'gateways':
      return [`gateway ${listOf(value)}`];
    case 'sniHosts':
      return [`SNI ${listOf(value)}`];
    case 'destinationSubnets':
      return [`destination subnet ${listOf(value)}`];
    case 'sourceSubnet':
      return [`source subnet ${textOf(value)}`];
    case 'sourceNamespace':
      return [`from namespace ${textOf(value)}`];
    case 'sourceLabels':
      return isObject(value)
        ? [
            `from pods ${Object.entries(value)
              .map(([key, label]) => `${key}=${textOf(label)}`)
              .join(',')}`,
          ]
        : [];
    default:
      return [`${field} ${JSON.stringify(value)}`];
  }
}

function describeMap(what: string, value: unknown): string[] {
  if (!isObject(value)) return [];
  return Object.entries(value).map(
    ([key, match]) => `${what} ${key} ${describeString(isObject(match) ? match : {})}`,
  );
}

/** `is "a"`, `starts with "a"`, `matches ~"a.*"`, `is present`. */
export function describeString(match: StringMatch): string {
  if (match.exact !== undefined) return `is ${JSON.stringify(match.exact)}`;
  if (match.prefix !== undefined) return `starts with ${JSON.stringify(match.prefix)}`;
  if (match.regex !== undefined) return `matches ${JSON.stringify(match.regex)}`;
  return 'is present';
}

function listOf(value: unknown): string {
  return Array.isArray(value) ? value.map(textOf).join(', ') : textOf(value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
