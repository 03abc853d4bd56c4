import { subsetText } from '../base/text.ts';
import type { Undone } from './types.ts';

/**
 * A change, as a sentence names it.
 *
 * @example 'the weight for api-2 that octocat ran on 2030-01-01 at 00:00 UTC'
 * @example 'the undo of the weight for api-2 that somebody ran on 2030-01-01 at 00:00 UTC'
 */
export function changeText({ summary, by, time, count = 1 }: Undone): string {
  const change = `the ${summary.isBack ? 'undo of the ' : ''}${changeName(summary)} that ${by ?? 'somebody'} ran ${momentOf(time)}`;
  return count === 1 ? change : `the last ${count} changes, down to ${change}`;
}

/** `weight for api-2`, `clear`. */
export function changeName({ operation, subset }: Pick<Undone['summary'], 'operation' | 'subset'>): string {
  return subset === null ? operation : `${operation} for ${subsetText(subset)}`;
}

/** `on 2030-01-01 at 00:00 UTC`, of an ISO 8601 time in UTC. */
export function momentOf(time: string): string {
  const [, day, minute] = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)/.exec(time) ?? [];
  return day === undefined || minute === undefined ? `at ${time}` : `on ${day} at ${minute} UTC`;
}
