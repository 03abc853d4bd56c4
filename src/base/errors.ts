import { finding, type Finding } from './findings.ts';
import type { NamedObject } from './title.ts';

/** Why an operation failed, as the output `failure-reason` says it. */
export const FAILURE_REASONS = [
  'invalid-input',
  'not-found',
  'ambiguous',
  'unauthorized',
  'forbidden',
  'unreachable',
  'conflict',
  'rejected',
  'check-failed',
  'timeout',
  'cancelled',
  'internal',
] as const;

export type FailureReason = (typeof FAILURE_REASONS)[number];

/**
 * The one error of this project: a sentence for the person who reads the job log (what, where, why, what to
 * do), and a reason that a later step can branch on.
 */
export class TrafficError extends Error {
  override readonly name = 'TrafficError';

  readonly reason: FailureReason;

  /** The findings behind a `check-failed`. */
  readonly findings: readonly Finding[];

  /** Of a write: it may have been carried out all the same, because no answer came. */
  readonly mayHaveBeenWritten: boolean;

  constructor(
    reason: FailureReason,
    message: string,
    options: ErrorOptions & { findings?: readonly Finding[]; mayHaveBeenWritten?: boolean } = {},
  ) {
    super(message, options);
    this.reason = reason;
    this.findings = options.findings ?? [];
    this.mayHaveBeenWritten = options.mayHaveBeenWritten ?? false;
  }
}

/** Whatever was thrown, as a TrafficError: anything unforeseen is `internal`, with its own words kept. */
export function toTrafficError(thrown: unknown): TrafficError {
  if (thrown instanceof TrafficError) return thrown;
  return new TrafficError('internal', `Unexpected fault: ${faultText(thrown)}`, { cause: thrown });
}

/** What was thrown says, for a sentence that says what it means: `ENOSPC: no space left on device, write`. */
export function faultText(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/**
 * A message with another sentence. It goes in front where the message ends in paragraphs to copy from (the YAML of
 * a Role), which it would spoil; words of others, a webhook's say, may lack their full stop.
 */
export function withSentence(message: string, sentence: string): string {
  const bare = message.trimEnd();
  if (bare.includes('\n\n')) return `${sentence} ${bare}`;
  return `${/[.!?]$/.test(bare) ? bare : `${bare}.`} ${sentence}`;
}

/** Stops the planning: what is asked for can't be planned at all, and `force` can't change that. */
export function refuse(code: string, message: string, object: NamedObject | null = null): never {
  throw new TrafficError('check-failed', message, { findings: [finding(code, 'error', message, object)] });
}
