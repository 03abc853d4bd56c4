import type { JsonObject } from '../../src/base/json.ts';

/** The annotations but for those that are another text after each write: they say who did what, and when. */
export function lastingAnnotations(annotations: JsonObject): JsonObject {
  const {
    'istiops/last-change': _,
    'istiops/history': _history,
    'istiops/previews': _previews,
    ...others
  } = annotations;
  return others;
}
