/**
 * Who wrote an annotation last, as the API server says it: the one witness that whoever writes the annotation does
 * not write himself.
 *
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
import type { KubeObject } from '../istio/types.ts';
import { isObject } from '../base/json.ts';

/** The field manager of every write of istiops (`stores/kubernetes/store.ts`). */
const FIELD_MANAGER = 'istiops';

export interface Authorship {
  /** Names of those that the server says wrote the annotation; empty where it doesn't say. */
  readonly managers: readonly string[];
  /** When istiops wrote it, as `Date.getTime`; null where the server doesn't say. */
  readonly time: number | null;
}

/**
 * @returns the field managers that own the annotation, and when istiops wrote it last (as `Date.getTime`); null: it is
 *   not among them
 */
export function authorshipOf({ metadata }: KubeObject, annotation: string): Authorship {
  const entries = metadata['managedFields'];
  const owners = (Array.isArray(entries) ? entries : []).filter((entry: unknown) => {
    const fields = isObject(entry) ? entry['fieldsV1'] : undefined;
    const inMetadata = isObject(fields) ? fields['f:metadata'] : undefined;
    const annotations = isObject(inMetadata) ? inMetadata['f:annotations'] : undefined;
    return isObject(annotations) && Object.hasOwn(annotations, `f:${annotation}`);
  });
  const managers = owners.flatMap((entry: unknown) =>
    isObject(entry) && typeof entry['manager'] === 'string' ? [entry['manager']] : [],
  );
  const times = owners.flatMap((entry: unknown) => {
    if (!isObject(entry) || entry['manager'] !== FIELD_MANAGER || typeof entry['time'] !== 'string')
      return [];
    const time = Date.parse(entry['time']);
    return Number.isNaN(time) ? [] : [time];
  });
  return { managers, time: times.length === 0 ? null : Math.max(...times) };
}

/** Does the server say that somebody else wrote it? */
export function isWrittenByOthers({ managers }: Authorship): boolean {
  return managers.length > 0 && !managers.includes(FIELD_MANAGER);
}
