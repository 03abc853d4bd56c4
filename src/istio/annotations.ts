import type { KubeObject } from './types.ts';

/** Bytes of all annotations of an object together. @see https://github.com/kubernetes/apimachinery/blob/master/pkg/api/validation/objectmeta.go */
export const ANNOTATIONS_LIMIT = 256 * 1024;

/** Bytes of the annotations, as Kubernetes counts them: keys and values in UTF-8. */
export function annotationBytes({ metadata }: KubeObject): number {
  return Object.entries(metadata.annotations ?? {}).reduce(
    (sum, [key, value]) => sum + new TextEncoder().encode(key + value).length,
    0,
  );
}
