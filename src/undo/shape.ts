/**
 * The shape of what an annotation or a file holds. Whoever can write a VirtualService can write its annotations, so
 * nothing is believed that was not looked at: types, lengths, ranges.
 */
import { isObject, type JsonObject } from '../base/json.ts';
import type { DestinationRuleUndo, RecordedUndo, Undo, VirtualServiceUndo } from './types.ts';

/** Istio's weights are int32. */
const MAX_WEIGHT = 2 ** 31 - 1;

/** Deeper than any route of Istio's; more is no route. */
const MAX_DEPTH = 32;

/** Characters of a name, a host, an identity. */
const MAX_NAME = 253;

const PRINT = /^[\w-]{8}$/;
const IDENTITY = /^[\w-]{8}(\.\d{1,5})?$/;
const NAME = /^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/;

/** Is it what reverts a change of one VirtualService? */
function isVirtualServiceUndo(value: unknown): value is VirtualServiceUndo & JsonObject {
  return (
    isObject(value) &&
    isPlain(value) &&
    isListOf(value['routes'], isRouteUndo) &&
    isListOf(value['previews'], isPreviewsUndo) &&
    isListOf(value['annotations'], isAnnotationUndo)
  );
}

/** Is it what reverts a change, as the history of one VirtualService has it? */
export function isRecordedUndo(value: unknown): value is RecordedUndo & JsonObject {
  return (
    isVirtualServiceUndo(value) &&
    isListOf(value['rules'], (rule) => isName(rule['name']) && isDestinationRuleUndo(rule)) &&
    (value['previous'] === undefined || isVirtualServiceUndo(value['previous']))
  );
}

/** Is it what reverts a change of several objects? */
export function isUndo(value: unknown): value is Undo & JsonObject {
  const isNamed = ({ namespace, name }: JsonObject): boolean => isName(namespace) && isName(name);
  return (
    isObject(value) &&
    isListOf(value['virtualServices'], (one) => isNamed(one) && isVirtualServiceUndo(one)) &&
    isListOf(value['destinationRules'], (one) => isNamed(one) && isDestinationRuleUndo(one))
  );
}

/** Is it the name of a Kubernetes object? @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
export function isName(value: unknown): value is string {
  return isTextOf(value, MAX_NAME) && NAME.test(value);
}

export function isTextOf(value: unknown, longest: number): value is string {
  return typeof value === 'string' && value.length <= longest;
}

/** At most `MAX_DEPTH` deep, and without the one key that means something else to JavaScript. */
export function isPlain(value: unknown, depth = MAX_DEPTH): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (depth === 0 || Object.hasOwn(value, '__proto__')) return false;
  return Object.values(value).every((one) => isPlain(one, depth - 1));
}

function isRouteUndo({ routes, fields, memory }: JsonObject): boolean {
  return (
    isTexts(routes, (text) => IDENTITY.test(text)) &&
    isListOf(fields, isFieldUndo) &&
    (memory === undefined || isPrintOrNull(memory))
  );
}

function isFieldUndo({ name, before, after }: JsonObject): boolean {
  return (
    isTextOf(name, MAX_NAME) &&
    name !== '' &&
    name !== '__proto__' &&
    isPrintOrNull(after) &&
    (name !== 'route' || before === undefined || before === null || isDestinations(before))
  );
}

function isPreviewsUndo({ above, below, added, removed }: JsonObject): boolean {
  return (
    [above, below].every((place) => place === undefined || isMatching(place, IDENTITY)) &&
    isListOf(
      added,
      ({ name, print }) =>
        isMatching(print, PRINT) && (name === undefined || isTextOf(name, Number.MAX_SAFE_INTEGER)),
    ) &&
    Array.isArray(removed) &&
    removed.every((one) => isMatching(one, PRINT) || isRoute(one))
  );
}

function isRoute(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { name, match, route } = value;
  return (
    (name === undefined || typeof name === 'string') &&
    (match === undefined || isListOf(match, () => true)) &&
    (route === undefined || isDestinations(route))
  );
}

/** A list of destinations as Istio accepts one. */
function isDestinations(value: unknown): boolean {
  return isListOf(
    value,
    ({ destination, weight }) =>
      isStoredDestination(destination) &&
      (weight === undefined ||
        (typeof weight === 'number' && Number.isInteger(weight) && weight >= 0 && weight <= MAX_WEIGHT)),
  );
}

/** Is it a destination with a host, and a subset and a port of the right kind if any? */
export function isStoredDestination(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { host, subset, port } = value;
  const number = isObject(port) ? port['number'] : undefined;
  return (
    isTextOf(host, MAX_NAME) &&
    host !== '' &&
    (subset === undefined || isTextOf(subset, MAX_NAME)) &&
    (port === undefined || isObject(port)) &&
    (number === undefined ||
      (typeof number === 'number' && Number.isInteger(number) && number > 0 && number < 65536))
  );
}

function isAnnotationUndo({ key, before, after }: JsonObject): boolean {
  return isTextOf(key, MAX_NAME) && (before === null || typeof before === 'string') && isPrintOrNull(after);
}

function isDestinationRuleUndo(value: JsonObject): value is JsonObject & DestinationRuleUndo {
  const { added, removed, changed, wasEmpty, goneHost } = value;
  return (
    isPlain(value) &&
    isListOf(added, ({ name, print }) => isTextOf(name, MAX_NAME) && isMatching(print, PRINT)) &&
    isListOf(
      removed,
      ({ subset, follows, followsOwn }) =>
        isSubset(subset) && isTextOrNull(follows) && (followsOwn === undefined || isTextOrNull(followsOwn)),
    ) &&
    isListOf(changed, ({ name, fields }) => isTextOf(name, MAX_NAME) && isListOf(fields, isFieldUndo)) &&
    (wasEmpty === undefined || wasEmpty === true) &&
    (goneHost === undefined || (isTextOf(goneHost, MAX_NAME) && goneHost !== ''))
  );
}

function isSubset(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { name, labels } = value;
  return (
    isTextOf(name, MAX_NAME) &&
    (labels === undefined ||
      (isObject(labels) && Object.values(labels).every((label) => typeof label === 'string')))
  );
}

function isPrintOrNull(value: unknown): boolean {
  return value === null || isMatching(value, PRINT);
}

function isTextOrNull(value: unknown): boolean {
  return value === null || isTextOf(value, MAX_NAME);
}

function isMatching(value: unknown, pattern: RegExp): boolean {
  return typeof value === 'string' && pattern.test(value);
}

function isTexts(value: unknown, isOne: (text: string) => boolean): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string' && isOne(one));
}

function isListOf(value: unknown, isOne: (one: JsonObject) => boolean): boolean {
  return Array.isArray(value) && value.every((one) => isObject(one) && isOne(one));
}
