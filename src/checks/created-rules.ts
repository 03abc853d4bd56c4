import { finding, type Finding } from '../base/findings.ts';
import { titleOf } from '../base/title.ts';
import { CREATED } from '../plan/created-rule.ts';
import type { CheckContext } from './context.ts';

/** A DestinationRule that istiops made goes with its last subset, unless somebody made something of it since. */
export function checkCreatedRules({ phases }: CheckContext): Finding[] {
  return phases.flatMap(({ writes }) =>
    writes.flatMap((write): readonly Finding[] => {
      if (write.kind !== 'DestinationRule' || write.how !== undefined) return [];
      const { before, after } = write;
      const isOurs = before.metadata.annotations?.[CREATED] !== undefined;
      if (!isOurs || (before.spec.subsets ?? []).length === 0 || (after.spec.subsets ?? []).length > 0)
        return [];
      const message = `${titleOf(after)}, which istiops created, has no subset left and stays, because somebody has changed it since. Delete it by hand if nobody needs it.`;
      return [finding('destinationrule-stays', 'notice', message, after)];
    }),
  );
}
