import { count, grouped } from '../base/text.ts';
import { pairRoutes } from './pairs.ts';
import { ownerOf, positionOf } from './text.ts';
import type { Outcome } from './types.ts';

/** Routes that are named. */
const MOST_NAMED = 3;

/**
 * Why fewer routes are affected than were changed: the others stand behind routes that accept their requests first.
 * Empty where none does.
 *
 * @example '1 of the 4 changed routes gets no requests: http[1] stands behind http[0]'
 */
export function behindNote({ before, after, virtualServices = [] }: Outcome): string {
  const changed = pairRoutes(before, after).flatMap((pair) =>
    pair.after !== null && pair.after.kind === 'http' && pair.change !== 'same' ? [pair.after] : [],
  );
  const isOfSeveral = new Set(changed.map(ownerOf)).size > 1;
  const hidden = changed.flatMap((view) => {
    const owner = virtualServices.find(
      ({ namespace, name }) => namespace === view.namespace && name === view.virtualService,
    );
    const by = owner?.behind.find(({ index }) => index === view.index)?.by;
    return by === undefined
      ? []
      : [
          `${positionOf(view)}${isOfSeveral ? ` of ${ownerOf(view)}` : ''} stands behind ${positionOf({ kind: 'http', index: by })}`,
        ];
  });
  if (hidden.length === 0) return '';
  const rest = hidden.length - MOST_NAMED;
  const named = [...hidden.slice(0, MOST_NAMED), ...(rest > 0 ? [`and ${grouped(rest)} more`] : [])].join(
    ', ',
  );
  const verb = hidden.length === 1 ? 'gets' : 'get';
  return `${grouped(hidden.length)} of the ${count(changed.length, 'changed route')} ${verb} no requests: ${named}`;
}
