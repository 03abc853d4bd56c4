import { titleOf } from '../base/title.ts';
import type { Write } from '../plan/types.ts';
import type { Outcome, ServiceOutcome } from './types.ts';

/** Names of the subsets that a change is about; none where it is about no build. */
export function targetsOf({ subset, services }: Pick<Outcome, 'subset' | 'services'>): ReadonlySet<string> {
  const all = services === undefined ? [subset] : services.map((service) => service.subset);
  return new Set(all.filter((one) => one !== null));
}

/** The same of those services alone that change; where none does, of all. */
export function changedTargetsOf(outcome: Outcome): ReadonlySet<string> {
  const changed = outcome.services?.filter((service) => isChanged(outcome, service)) ?? [];
  return targetsOf(changed.length === 0 ? outcome : { ...outcome, services: changed });
}

/** Was, or under `dry-run` would, anything be written that was planned for the service? */
export function isChanged({ phases }: Outcome, { writes }: ServiceOutcome): boolean {
  const isOwn = ({ after }: Write): boolean => writes.includes(titleOf(after));
  return phases.some((phase) => phase.writes.some(isOwn));
}
