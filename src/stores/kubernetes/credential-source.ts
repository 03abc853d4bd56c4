import { TrafficError, type FailureReason } from '../../base/errors.ts';
import type { Credential, HttpResponse } from './wire.ts';

export interface CredentialSource {
  /**
   * @param isRefused the server has refused those that were given last, though they may not have expired
   * @throws TrafficError unauthorized, timeout
   */
  readonly obtain: (isRefused: boolean) => Promise<Credential>;
  /** Could it give others than those that it gave last? */
  readonly canRenew: () => boolean;
  /** What is to be said of a refusal (401) of those that it gave last; absent: nothing that others don't say, too. */
  readonly refused?: (answer: HttpResponse) => string;
}

/** For whom credentials are, and how words of others are said that may hold a secret. */
export interface CredentialOwner {
  /** `user "ci" of context "prod" (…)`, for messages. */
  readonly who: string;
  /** Words of others, without the secrets that we know of. */
  readonly shown: (words: string) => string;
}

/** @param words what went wrong, and what to do */
export function noCredentials(
  { who, shown }: CredentialOwner,
  words: string,
  reason: FailureReason = 'unauthorized',
): TrafficError {
  return new TrafficError(reason, shown(`No credentials for ${who}: ${words}`));
}
