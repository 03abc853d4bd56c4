/** Sentences that the headlines of several operations are made of. */
import type { Undone } from '../../plan/types.ts';
import { ownerOf } from '../../plan/owners.ts';
import type { DestinationView, RoutePair, RouteView } from '../../plan/view-types.ts';
import { count, percent } from '../../base/text.ts';

/** What a headline is made of. */
export interface HeadlineInput {
  /** Of the target subset, or of all, for a person. */
  readonly name: string;
  /** The target subset, or those of several services; empty: there is none. */
  readonly subsets: ReadonlySet<string>;
  readonly pairs: readonly RoutePair[];
  readonly after: readonly RouteView[];
  readonly would: boolean;
  /** A VirtualService that isn't selected sends to what is rolled back. */
  readonly isUsedElsewhere: boolean;
  /** How many of the requests that were asked about feel the change. */
  readonly felt: Felt;
  /** Of `undo`: the change that is taken back. */
  readonly undone: Undone | undefined;
}

/** `unknown`: it depends on what is not in sight. `part`: in words. */
export type Felt =
  { readonly kind: 'all' | 'none' | 'unknown' } | { readonly kind: 'part'; readonly words: string };

/** A change of which the routes tell nothing about the target: say what can be seen. */
export function describeGenericChange({ pairs, would }: HeadlineInput): string {
  const touched = pairs.filter(({ change }) => change !== 'same');
  const views = touched.flatMap(({ before, after }) => after ?? before ?? []);
  if (views.length === 0)
    return would
      ? 'Would change the order or the fields of routes, not where they send (see the diff)'
      : 'Changed the order or the fields of routes, not where they send (see the diff)';
  const what = `${count(views.length, 'route')} of ${ownersOf(views)}`;
  return would ? `Would change ${what}` : `Changed ${what}`;
}

export const isTarget =
  ({ subsets }: HeadlineInput) =>
  (to: DestinationView): boolean =>
    to.subset !== null && subsets.has(to.subset);

/** A verb behind the name: of several builds it is plural. */
export function verb({ subsets }: HeadlineInput, one: string, many: string): string {
  return subsets.size > 1 ? many : one;
}

export function shareOf(view: RouteView, which: (to: DestinationView) => boolean): number {
  return view.destinations.filter(which).reduce((sum, to) => sum + to.share, 0);
}

/** `20 %`, `0 to 50 %`. */
export function range(numbers: readonly number[]): string {
  const low = numbers.reduce((least, number) => Math.min(least, number), Infinity);
  const high = numbers.reduce((most, number) => Math.max(most, number), 0);
  return low === high ? percent(high) : `${percent(low).slice(0, -2)} to ${percent(high)}`;
}

/** ` of api.domain.io`; nothing where the target has several hosts. */
export function ofHost(views: readonly RouteView[], which: (to: DestinationView) => boolean): string {
  const hosts = new Set(views.flatMap((view) => view.destinations.filter(which).map((to) => to.host)));
  const [only] = hosts;
  return hosts.size === 1 && only !== undefined ? ` of ${only}` : '';
}

/** `VirtualService shop/api`, `2 VirtualServices`. */
export function ownersOf(views: readonly RouteView[]): string {
  const owners = new Set(views.map(ownerOf));
  const [only] = owners;
  return owners.size === 1 && only !== undefined
    ? `VirtualService ${only}`
    : count(owners.size, 'VirtualService');
}
