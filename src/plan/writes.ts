import type { Phase, PhaseName, Write } from './types.ts';

/** The writes of one phase, in order. */
export function writesOf(phases: readonly Phase[], name: PhaseName): readonly Write[] {
  return phases.filter((phase) => phase.name === name).flatMap(({ writes }) => writes);
}

/** What a write does to its object. VirtualServices are never created or deleted. */
export function howOf(write: Write): 'update' | 'create' | 'delete' {
  return write.kind === 'DestinationRule' ? (write.how ?? 'update') : 'update';
}
