import { isObject, sameJson } from '../../../src/base/json.ts';
import type { Step } from './chain.ts';

/** Both objects are as before or as after, and no route sends to a subset that isn't there. */
export function isWhole(state: readonly unknown[], { before, after }: Step): boolean {
  const isEither = state.every((object, i) => sameJson(object, before[i]) || sameJson(object, after[i]));
  const [virtualService, destinationRule] = state;
  const asked = valuesOf(virtualService, 'subset');
  const there = new Set(valuesOf(destinationRule, 'name'));
  return isEither && asked.length > 0 && asked.every((subset) => there.has(subset));
}

/** The values of all fields of that name, however deep. */
function valuesOf(json: unknown, name: string): readonly unknown[] {
  if (Array.isArray(json)) return json.flatMap((item) => valuesOf(item, name));
  if (!isObject(json)) return [];
  return Object.entries(json).flatMap(([key, value]) => (key === name ? [value] : valuesOf(value, name)));
}
