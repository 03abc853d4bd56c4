/** Plans that somebody tampered with, and what the guard says of them. */
import type { Route, VirtualService } from '../../src/istio/types.ts';
import { isReadOnly } from '../../src/operations/index.ts';
import { reachOf } from '../../src/operations/reach.ts';
import type { Plan, Snapshot } from '../../src/plan/types.ts';
import type { UnaskedChange } from '../../src/reach/types.ts';
import { plan } from '../../src/run/plan.ts';
import { applied, changesOf, intentOf } from '../support/plane.ts';

/** What somebody makes of the http routes that a plan would write. */
export type Edit = (http: readonly Route[]) => readonly Route[];

/** Edits the route of one name. */
export function edited(name: string | undefined, edit: (route: Route) => Route): Edit {
  return (http) => http.map((route) => (route.name === name ? edit(route) : route));
}

/** What the guard finds that nobody asked for, in a plan whose routes somebody tampered with. */
export function unaskedAfter(
  before: Snapshot,
  words: Readonly<Record<string, string>>,
  edit: Edit,
): readonly UnaskedChange[] {
  const intent = intentOf(words);
  if (isReadOnly(intent)) throw new Error('It changes nothing.');
  const planned = plan(before, intent);
  const changes = withEdit(changesOf(before, planned), edit);
  return reachOf(before, intent, changes, rulesOf(before, planned)).unexpected;
}

/** The changes with what somebody makes of the http routes that they would write. */
export function withEdit(changes: ReturnType<typeof changesOf>, edit: Edit): ReturnType<typeof changesOf> {
  return changes.map(({ before, after }) => ({
    before,
    after: { ...after, spec: { ...after.spec, http: edit(after.spec.http ?? []) } } satisfies VirtualService,
  }));
}

/** The DestinationRules before and after a plan's writes. */
export function rulesOf(before: Snapshot, planned: Plan): NonNullable<Parameters<typeof reachOf>[3]> {
  const after = applied(before, planned).destinationRules;
  return before.destinationRules.map((rule, i) => ({ before: rule, after: after[i] ?? rule }));
}

/** @example inWords(unaskedAfter(…)) // ['requests with x-cid: a: api-10, not admin'] */
export function inWords(changes: readonly UnaskedChange[]): readonly string[] {
  return changes.map(({ who, after, expected }) => `${who}: ${after}, not ${expected}`);
}
