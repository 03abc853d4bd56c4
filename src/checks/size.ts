import { finding } from '../plan/findings.ts';
import { titleOf } from '../plan/objects.ts';
import type { Finding } from '../plan/types.ts';
import type { CheckContext } from './context.ts';

/** All annotations of an object together. @see https://github.com/kubernetes/apimachinery/blob/master/pkg/api/validation/objectmeta.go */
const LIMIT = 256 * 1024;

/** The baseline is kept in an annotation, and Kubernetes refuses an object whose annotations are too large. */
export function checkSize({ phases }: CheckContext): Finding[] {
  return phases.flatMap(({ writes }) =>
    writes.flatMap(({ after }) => {
      const size = Object.entries(after.metadata.annotations ?? {}).reduce(
        (sum, [key, value]) => sum + new TextEncoder().encode(key + value).length,
        0,
      );
      if (size <= LIMIT) return [];
      const message =
        `The annotations of ${titleOf(after)} would have ${size} bytes, and Kubernetes allows ${LIMIT}: there is no room to remember what its routes were. ` +
        'Split the VirtualService, or shift fewer routes with `routes`.';
      return [finding('annotations-too-large', 'error', message, after)];
    }),
  );
}
