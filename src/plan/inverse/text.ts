import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { isObject, type Json, type JsonObject } from '../../json.ts';
import type { Inverse } from './types.ts';

/** Characters up to which an inverse stays readable: kubectl shows it, and nobody reads more than that. */
const PLAIN = 2048;

/** Bytes of an inverse that was packed: what claims to be more is none of ours. */
const LARGEST = 16 * 1024 * 1024;

/**
 * An inverse as JSON: itself where it is small, else deflated, in base64url. Names and routes repeat in it, so that
 * the previews of 2,000 base routes take 80 KB in place of 700.
 */
export function packed(inverse: Inverse): Json {
  const text = JSON.stringify(inverse);
  if (text.length <= PLAIN) return JSON.parse(text) as Json;
  return deflateRawSync(text, { level: 9 }).toString('base64url');
}

/**
 * @throws Error where it is no inverse
 */
export function unpacked(value: unknown): Inverse {
  const inverse: unknown =
    typeof value === 'string'
      ? JSON.parse(inflateRawSync(Buffer.from(value, 'base64url'), { maxOutputLength: LARGEST }).toString())
      : value;
  if (!isInverse(inverse)) throw new Error('what it was before is not in it');
  return inverse;
}

/** Has it the shape that applying it relies on? Routes and subsets themselves are for Kubernetes to judge. */
function isInverse(value: unknown): value is Inverse & JsonObject {
  return (
    isObject(value) &&
    isListOf(value['virtualServices'], (back) => {
      const { lists, runs, annotations } = back;
      return (
        isNamed(back) &&
        isListOf(lists, isListBack) &&
        isListOf(runs, ({ above, below, added, removed }) => {
          const isPlace = [above, below].every((place) => place === undefined || isText(place));
          const areAdded = isListOf(
            added,
            ({ name, print }) => isText(print) && (name === undefined || isText(name)),
          );
          return (
            isPlace &&
            areAdded &&
            Array.isArray(removed) &&
            removed.every((one) => isText(one) || isObject(one))
          );
        }) &&
        isListOf(
          annotations,
          ({ key, before, after }) => isText(key) && isTextOrNull(before) && isTextOrNull(after),
        )
      );
    }) &&
    isListOf(
      value['destinationRules'],
      (back) =>
        isNamed(back) &&
        isListOf(back['added'], ({ name, print }) => isText(name) && isText(print)) &&
        isListOf(
          back['removed'],
          ({ subset, follows, followsOwn }) =>
            isObject(subset) &&
            isText(subset['name']) &&
            isTextOrNull(follows) &&
            (followsOwn === undefined || isTextOrNull(followsOwn)),
        ),
    )
  );
}

function isListBack({ routes, before, after, memory }: JsonObject): boolean {
  return (
    Array.isArray(routes) &&
    routes.every(isText) &&
    isText(after) &&
    (memory === undefined || isTextOrNull(memory)) &&
    (before === undefined ||
      isListOf(before, ({ destination }) => isObject(destination) && isText(destination['host'])))
  );
}

function isNamed({ namespace, name }: JsonObject): boolean {
  return isText(namespace) && isText(name);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isTextOrNull(value: unknown): boolean {
  return value === null || isText(value);
}

function isListOf(value: unknown, isOne: (one: JsonObject) => boolean): boolean {
  return Array.isArray(value) && value.every((one) => isObject(one) && isOne(one));
}
