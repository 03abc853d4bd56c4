/** What a route requires of a request, block by block, as data. Words are made of it in `describe.ts` alone. */
import { isObject, type Json } from '../base/json.ts';
import { NAMING_FIELDS } from './matches.ts';
import type { Match, Route, StringMatch } from './types.ts';

/** What a text of the request has to be. */
export type TextTest =
  | { readonly operator: 'is' | 'starts with' | 'matches'; readonly value: string }
  | { readonly operator: 'is present' };

export type Condition =
  | {
      readonly kind: 'text';
      readonly of: 'uri' | 'scheme' | 'method' | 'authority';
      readonly test: TextTest;
    }
  | {
      readonly kind: 'named';
      readonly of: 'header' | 'query parameter';
      readonly name: string;
      readonly test: TextTest;
      /** `withoutHeaders`: the request must not meet the test. */
      readonly isNegated: boolean;
    }
  | {
      readonly kind: 'one of';
      readonly of: 'gateway' | 'SNI' | 'destination subnet' | 'source subnet' | 'source namespace';
      readonly values: readonly string[];
    }
  /** `key=value`: the calling pod has all of them. */
  | { readonly kind: 'source labels'; readonly labels: readonly string[] }
  /** The uri is compared without regard to case. */
  | { readonly kind: 'ignoring case' }
  /** A field without words of its own: `port`, or one that istiops doesn't know. */
  | { readonly kind: 'field'; readonly field: string; readonly value: Json };

/** A request meets all conditions of at least one block. Without a block, and in an empty one, every request does. */
export type MatchConditions = readonly (readonly Condition[])[];

/** @example conditionsOf({ match: [{ headers: { 'x-cid': { exact: 'a' } } }] }) // one block, one condition */
export function conditionsOf({ match = [] }: Route): MatchConditions {
  return match.map(blockConditions);
}

function blockConditions(block: Match): readonly Condition[] {
  return Object.entries(block).flatMap(([field, value]) =>
    NAMING_FIELDS.has(field) ? [] : fieldConditions(field, value),
  );
}

function fieldConditions(field: string, value: Json | undefined): readonly Condition[] {
  switch (field) {
    case 'headers':
      return namedConditions('header', value, false);
    case 'withoutHeaders':
      return namedConditions('header', value, true);
    case 'queryParams':
      return namedConditions('query parameter', value, false);
    case 'uri':
    case 'scheme':
    case 'method':
    case 'authority':
      return isObject(value) ? [{ kind: 'text', of: field, test: textTest(value) }] : [];
    case 'ignoreUriCase':
      return value === true ? [{ kind: 'ignoring case' }] : [];
    case 'gateways':
      return [{ kind: 'one of', of: 'gateway', values: textsOf(value) }];
    case 'sniHosts':
      return [{ kind: 'one of', of: 'SNI', values: textsOf(value) }];
    case 'destinationSubnets':
      return [{ kind: 'one of', of: 'destination subnet', values: textsOf(value) }];
    case 'sourceSubnet':
      return [{ kind: 'one of', of: 'source subnet', values: textsOf(value) }];
    case 'sourceNamespace':
      return [{ kind: 'one of', of: 'source namespace', values: textsOf(value) }];
    case 'sourceLabels':
      return isObject(value)
        ? [
            {
              kind: 'source labels',
              labels: Object.entries(value).map(([key, label]) => `${key}=${plainText(label)}`),
            },
          ]
        : [];
    default:
      return [{ kind: 'field', field, value: value ?? null }];
  }
}

function namedConditions(
  of: 'header' | 'query parameter',
  value: unknown,
  isNegated: boolean,
): readonly Condition[] {
  if (!isObject(value)) return [];
  return Object.entries(value).map(([name, match]) => ({
    kind: 'named',
    of,
    name,
    test: textTest(isObject(match) ? match : {}),
    isNegated,
  }));
}

/** A StringMatch without a value is met by whatever is there. */
export function textTest({ exact, prefix, regex }: StringMatch): TextTest {
  if (exact !== undefined) return { operator: 'is', value: exact };
  if (prefix !== undefined) return { operator: 'starts with', value: prefix };
  if (regex !== undefined) return { operator: 'matches', value: regex };
  return { operator: 'is present' };
}

function textsOf(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.map(plainText) : [plainText(value)];
}

function plainText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
