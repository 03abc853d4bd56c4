import { percent } from '../base/text.ts';
import { headlineOf } from './headline.ts';
import { destinationName, ownerOf, podsText, positionOf, severalHosts, visible } from './text.ts';
import type { Outcome } from './types.ts';

/**
 * Each route as one plain line, for an output that keeps what was written: whoever watches writes the lines that are
 * new.
 *
 * @example 'shop/api http[0] main: 80 % v1 (3 ready pods), 20 % api-10 (1 ready pod)'
 */
export function watchLines(outcome: Outcome): readonly string[] {
  if (outcome.failure !== null) return [headlineOf(outcome)];
  return outcome.after.map((view) => {
    const withHost = severalHosts([view]);
    const destinations = view.destinations.map((to) => {
      const pods = podsText(to);
      return `${percent(to.share)} ${destinationName(to, withHost)}${pods === '' ? '' : ` (${pods})`}`;
    });
    const name = view.name === null ? '' : ` ${view.name}`;
    const does = destinations.length === 0 ? (view.action ?? 'nowhere') : destinations.join(', ');
    return visible(`${ownerOf(view)} ${positionOf(view)}${name}: ${does}`);
  });
}
