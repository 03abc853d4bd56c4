/** What the VirtualServices say of a canary, so that it notices when somebody else has ended it. */
import type { VirtualService } from '../../istio/types.ts';
import { CANARY } from '../../plan/canary-state.ts';
import type { Outcome } from '../../report/types.ts';
import { fullName } from '../../base/title.ts';

/** The text of the annotation `istiops/canary` of each, by `namespace/name`; undefined: it has none. */
export type Notes = ReadonlyMap<string, string | undefined>;

/** Of these VirtualServices, those without the annotation included. */
export function notesOf(virtualServices: readonly VirtualService[]): Notes {
  return new Map(virtualServices.map(({ metadata }) => [fullName(metadata), metadata.annotations?.[CANARY]]));
}

/** Of those that a run has written. */
export function notesIn({ phases }: Outcome): Notes {
  return notesOf(
    phases.flatMap(({ writes }) =>
      writes.flatMap((write) => (write.kind === 'VirtualService' ? [write.after] : [])),
    ),
  );
}

/** Does one of them say something else by now? One that is gone has nothing to say. */
export function isEnded(virtualServices: readonly VirtualService[], notes: Notes): boolean {
  return [...notesOf(virtualServices)].some(([name, text]) => notes.has(name) && notes.get(name) !== text);
}
