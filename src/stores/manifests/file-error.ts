import { TrafficError } from '../../base/errors.ts';

/** A fault of the file system in words. */
export function fileError(thrown: unknown, label: string, verb: 'read' | 'written'): TrafficError {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  const words = thrown instanceof Error ? thrown.message : String(thrown);
  const forbidden = code === 'EACCES' || code === 'EPERM' || code === 'EROFS';
  return new TrafficError(forbidden ? 'forbidden' : 'internal', `${label} could not be ${verb}: ${words}`, {
    cause: thrown,
  });
}
