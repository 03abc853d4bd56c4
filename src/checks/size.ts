import { ANNOTATIONS_LIMIT, annotationBytes } from '../istio/annotations.ts';
import { finding, type Finding } from '../base/findings.ts';
import { titleOf } from '../base/title.ts';
import type { CheckContext } from './context.ts';

/** The baseline is kept in an annotation, and Kubernetes refuses an object whose annotations are too large. */
export function checkSize({ phases }: CheckContext): Finding[] {
  return phases.flatMap(({ writes }) =>
    writes.flatMap(({ after }) => {
      const size = annotationBytes(after);
      if (size <= ANNOTATIONS_LIMIT) return [];
      const message =
        `The annotations of ${titleOf(after)} would have ${size} bytes, and Kubernetes allows ${ANNOTATIONS_LIMIT}: there is no room to remember what its routes were. ` +
        'Split the VirtualService, or shift fewer routes with `routes`.';
      return [finding('annotations-too-large', 'error', message, after)];
    }),
  );
}
