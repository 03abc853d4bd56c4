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
