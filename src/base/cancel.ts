import { TrafficError } from './errors.ts';

/** @throws the signal's reason, a TrafficError `cancelled` if it is none, where it is aborted */

export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  if (signal.reason instanceof TrafficError) throw signal.reason;
  throw new TrafficError('cancelled', 'The run was cancelled.');
}
