import { operationNamed, type Operation } from '../operations/index.ts';
import type { ShownSection } from '../operations/types.ts';

/** What a report is about: what an operation shows that only reads, or what a change does to routes. */
export type Section = ShownSection | 'changes';

/** @param operation null: none was understood, which has no section of its own */
export function sectionOf(operation: Operation | null): Section {
  const entry = operation === null ? undefined : operationNamed(operation);
  return entry?.kind === 'read' ? entry.shows : 'changes';
}
