/**
 * Reads the annotation `istiops/baseline`. Whoever may write the VirtualService may write this text too, so whatever could
 * not have been written by istiops makes the whole text one that can't be right. It is pure, and imports nothing of
 * `plan/` but the format.
 */
import { isObject } from '../../base/json.ts';
import type { Labels, RouteDestination } from '../../istio/types.ts';
import { LIMITS, type Baseline, type Pin, type RequestedShare } from './format.ts';

/** One baseline, and the identities of the routes that share it. */
export interface StoredGroup {
  readonly baseline: Baseline;
  readonly identities: readonly string[];
}

export type ParsedBaseline =
  | { readonly kind: 'groups'; readonly groups: readonly StoredGroup[] }
  /** `fault` says what can't be right, as a clause: `a destination is missing`. */
  | { readonly kind: 'fault'; readonly fault: string };

/** Reads the annotation. Never throws: what istiops can't have written is a fault. Time grows with the text alone. */
export function parseBaseline(text: string): ParsedBaseline {
  if (text.length > LIMITS.text)
    return { kind: 'fault', fault: `it has more than ${LIMITS.text} characters` };
  if (isDeeperThan(text, LIMITS.depth)) return { kind: 'fault', fault: 'its brackets are nested too deep' };
  try {
    const stored: unknown = JSON.parse(text);
    if (!isObject(stored) || stored['v'] !== 1) throw new FormatFault('it is of another version');
    const table = requireList(stored['destinations'], LIMITS.text).map(destinationEntry);
    return {
      kind: 'groups',
      groups: requireList(stored['routes'], LIMITS.text).map((group) => groupOf(group, table)),
    };
  } catch (cause) {
    if (cause instanceof FormatFault) return { kind: 'fault', fault: cause.message };
    if (cause instanceof SyntaxError) return { kind: 'fault', fault: 'it is no JSON' };
    throw cause;
  }
}

/** Stays within this file: `parseBaseline` makes a value of it. */
class FormatFault extends Error {}

/** Before it is parsed: recursion over what is nested 100,000 times ends in a stack that is full. */
function isDeeperThan(text: string, limit: number): boolean {
  let depth = 0;
  let isInText = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (isInText) {
      if (character === '\\') at += 1;
      else if (character === '"') isInText = false;
    } else if (character === '"') isInText = true;
    else if (character === '[' || character === '{') {
      depth += 1;
      if (depth > limit) return true;
    } else if (character === ']' || character === '}') depth -= 1;
  }
  return false;
}

function groupOf(group: unknown, table: readonly RouteDestination[]): StoredGroup {
  const [list, requestedShares, extras, written, identities] = requireList(group, 5);
  const baseline: Baseline = {
    list: requireList(list, LIMITS.list).map((item) => {
      const [index, weight] = requireList(item, 2);
      const entry = entryAt(table, index);
      return weight === undefined ? entry : { ...entry, weight: requireNumber(weight, 2 ** 31 - 1) };
    }),
    requestedShares: requireList(requestedShares, LIMITS.requestedShares).map((item) =>
      requestedShareOf(item, table),
    ),
    ...pinOf(extras),
    ...(isObject(extras) && extras['partial'] === true && { partial: true as const }),
    written: requireText(written, 64),
  };
  return {
    baseline,
    identities: requireList(identities, LIMITS.text).map((identity) => requireText(identity, 64)),
  };
}

function requestedShareOf(item: unknown, table: readonly RouteDestination[]): RequestedShare {
  const [index, part, whole = 100] = requireList(item, 3);
  const { destination } = entryAt(table, index);
  const share = { destination, part: requireNumber(part), whole: requireNumber(whole) };
  if (share.whole === 0 || share.part > share.whole) throw new FormatFault('a share is more than the whole');
  if ((destination.subset ?? '') === '') throw new FormatFault('a share is for no subset');
  return share;
}

function pinOf(extras: unknown): { readonly stable?: Pin } {
  if (extras === null || (isObject(extras) && extras['host'] === undefined && extras['subset'] === undefined))
    return {};
  if (!isObject(extras)) throw new FormatFault('a stable subset is missing');
  const [host, subset] = [
    requireText(extras['host'], LIMITS.host),
    requireText(extras['subset'], LIMITS.subset),
  ];
  if (host === '' || subset === '') throw new FormatFault('a stable subset is missing');
  const leaving = extras['leaving'];
  if (leaving === undefined) return { stable: { host, subset } };
  return { stable: { host, subset, leaving: requireList(leaving, LIMITS.leaving).map(requireLabels) } };
}

function requireLabels(value: unknown): Labels {
  if (!isObject(value)) throw new FormatFault('labels are missing');
  return Object.fromEntries(
    Object.entries(value).map(([key, text]) => [
      requireText(key, LIMITS.host),
      requireText(text, LIMITS.subset),
    ]),
  );
}

/** A list's entry without its weight, of the shape that Istio accepts; other fields stay as they are. */
function destinationEntry(entry: unknown): RouteDestination {
  if (!isObject(entry) || !isObject(entry['destination'])) throw new FormatFault('a destination is missing');
  if (entry['weight'] !== undefined) throw new FormatFault('a weight is where none belongs');
  refusePrototypeKeys(entry);
  const { host, subset, port } = entry['destination'];
  if (requireText(host, LIMITS.host) === '') throw new FormatFault('a host is empty');
  if (subset !== undefined) requireText(subset, LIMITS.subset);
  if (port !== undefined && !isPort(port)) throw new FormatFault('a port is no port');
  return entry as unknown as RouteDestination;
}

function isPort(port: unknown): boolean {
  if (!isObject(port)) return false;
  const { number } = port;
  return (
    number === undefined ||
    (typeof number === 'number' && Number.isInteger(number) && number >= 1 && number <= 65535)
  );
}

function refusePrototypeKeys(value: unknown): void {
  if (Array.isArray(value)) value.forEach(refusePrototypeKeys);
  if (!isObject(value)) return;
  if (Object.hasOwn(value, '__proto__')) throw new FormatFault('it has a key __proto__');
  Object.values(value).forEach(refusePrototypeKeys);
}

function entryAt(table: readonly RouteDestination[], index: unknown): RouteDestination {
  const entry = table[requireNumber(index)];
  if (entry === undefined) throw new FormatFault('a destination is missing');
  return entry;
}

function requireList(value: unknown, most: number): readonly unknown[] {
  if (!Array.isArray(value)) throw new FormatFault('a list is missing');
  if (value.length > most) throw new FormatFault(`a list has more than ${most} entries`);
  return value;
}

function requireNumber(value: unknown, most: number = Number.MAX_SAFE_INTEGER): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > most)
    throw new FormatFault('a number is missing or out of range');
  return value;
}

function requireText(value: unknown, most: number): string {
  if (typeof value !== 'string' || value.length > most)
    throw new FormatFault('a text is missing or too long');
  return value;
}
