import { toTrafficError, TrafficError, withSentence } from '../../base/errors.ts';
import { backoffPause, retry, type Backoff, type RetryTime, type Try } from '../../base/retry.ts';
import { throwIfCancelled } from '../../base/cancel.ts';
import { networkFault, type NetworkFault } from './network.ts';
import { callWords, isCutOff, isTooLarge, refusal } from './refusals.ts';
import type { About, HttpResponse, Call, Prepared, Wire } from './wire.ts';

/** The clock, the pause and the dice, so that tests need neither time nor luck. */
export interface Time extends RetryTime {
  /** Milliseconds since any fixed moment. */
  readonly now: () => number;
  /**
   * Aborted once so many milliseconds of one try are over.
   *
   * @param what the try is about: `list pods in namespace "shop"`
   */
  readonly limit: (milliseconds: number, what: string) => AbortSignal;
}

/** Milliseconds: how long one try may take, and all of them with the pauses in between. */
export interface TimeLimits {
  readonly perTry: number;
  readonly total: number;
  /** All tries, where none reached the server: a wrong address shouldn't take as long to report as a slow server. */
  readonly unreached: number;
}

export const READ_PATIENCE: TimeLimits = { perTry: 15_000, total: 30_000, unreached: 10_000 };
/** An admission webhook alone has 10 s to answer by default, and a write waits for all of them in turn. */
export const WRITE_PATIENCE: TimeLimits = { perTry: 20_000, total: 60_000, unreached: 10_000 };

export interface Attempts {
  readonly wire: Wire;
  readonly time: Time;
  readonly patience: TimeLimits;
  readonly signal?: AbortSignal | undefined;
  /** Is told before each further try: `The API server … Trying again in 2 s.` */
  readonly onRetry?: ((sentence: string) => void) | undefined;
}

/** An answer that further tries won't change: a success, a 4xx, or a 5xx for a request that is too large. */
export interface Settled {
  readonly answer: HttpResponse;
  /** An earlier try broke off and may have been carried out all the same. */
  readonly mayHaveBeenCarriedOut: boolean;
}

/** No answer that counts, after all tries. */
export class RetriesExhausted extends TrafficError {
  readonly mayHaveBeenCarriedOut: boolean;

  constructor(error: TrafficError, mayHaveBeenCarriedOut: boolean) {
    super(error.reason, error.message);
    this.mayHaveBeenCarriedOut = mayHaveBeenCarriedOut;
  }
}

const BACKOFF: Backoff = { first: 250, longest: 8_000, jitter: [0.5, 1] };
/** Whatever a server says: `Retry-After: 0` would make thousands of requests in half a minute. */
const SHORTEST_PAUSE = 100;

/**
 * Sends a request until an answer settles it. What may pass is tried again, with growing jittered pauses: no
 * connection, a broken one, no answer in time, 429 (after its Retry-After), 5xx. Never a refusal, nor what would
 * end the same way each time (a wrong certificate). A 401 is answered once with new credentials, where there is
 * somebody to ask for them: a plugin's token may run out without having said when. client-go asks the plugin, too,
 * but leaves it to the caller to repeat the request.
 *
 * @throws RetriesExhausted unreachable, timeout; TrafficError unauthorized
 * @see https://github.com/kubernetes/client-go/blob/master/plugin/pkg/client/auth/exec/exec.go (maybeRefreshCreds)
 */
export async function callUntilSettled(call: Call, about: About, attempts: Attempts): Promise<Settled> {
  const { time, patience, signal, onRetry } = attempts;
  const start = time.now();
  let mayHaveBeenCarriedOut = false;
  let isRenewed = false;
  const attempt = async (number: number): Promise<Try<Settled>> => {
    // A whole number, or the timer throws.
    const left = Math.max(1_000, Math.ceil(patience.total - (time.now() - start)));
    const outcome = await once(call, about, attempts, Math.min(patience.perTry, left)).catch(
      (thrown: unknown) => {
        // A token that can't be renewed for the second try leaves the first one in doubt.
        if (mayHaveBeenCarriedOut) throw new RetriesExhausted(toTrafficError(thrown), mayHaveBeenCarriedOut);
        throw thrown;
      },
    );
    if ('answer' in outcome) {
      const { answer, renew } = outcome;
      if (answer.status !== 401 || isRenewed || !renew())
        return { kind: 'done', value: { answer, mayHaveBeenCarriedOut } };
      isRenewed = true;
      return { kind: 'at-once' };
    }
    const { again, error, retryAfter } = outcome;
    mayHaveBeenCarriedOut ||= again === 'perhaps' || again === 'unclear';
    return {
      kind: 'again',
      pause: Math.max(SHORTEST_PAUSE, retryAfter ?? Math.round(backoffPause(BACKOFF, number, time.random()))),
      deadline: start + timeForTries(outcome, patience),
      late: 'give-up',
      onPause: (pause) =>
        onRetry?.(withSentence(error.message, `Trying again in ${(pause / 1000).toFixed(1)} s.`)),
      giveUp: (tries) => {
        const count = `Tried ${tries} times in ${Math.round((time.now() - start) / 1000)} s.`;
        const message = tries === 1 ? error.message : withSentence(error.message, count);
        throw new RetriesExhausted(new TrafficError(error.reason, message), mayHaveBeenCarriedOut);
      },
    };
  };
  return retry(time, attempt, signal);
}

/** Milliseconds that all tries may take, after one that ended like this. */
function timeForTries({ again, retryAfter }: CallFault, patience: TimeLimits): number {
  switch (again) {
    case 'never':
    case 'unclear':
      return 0;
    case 'unsent':
      return retryAfter === undefined ? patience.unreached : patience.total;
    case 'perhaps':
      return patience.total;
  }
}

type CallFault = NetworkFault & { readonly retryAfter?: number };

type CallResult = { readonly answer: HttpResponse; readonly renew: Prepared['renew'] } | CallFault;

async function once(call: Call, about: About, attempts: Attempts, milliseconds: number): Promise<CallResult> {
  const { wire, signal, time } = attempts;
  const { send, renew } = await wire.prepare(call);
  throwIfCancelled(signal);
  const limit = time.limit(milliseconds, callWords(about));
  let answer: HttpResponse;
  try {
    answer = await send(signal === undefined ? limit : AbortSignal.any([limit, signal]));
  } catch (thrown) {
    throwIfCancelled(signal);
    if (!limit.aborted) return networkFault(thrown, wire);
    const words = `The API server ${wire.server} did not answer within ${Number((milliseconds / 1000).toFixed(1))} s when asked to ${callWords(about)}.`;
    return { again: 'perhaps', error: new TrafficError('timeout', words) };
  }
  if (answer.status === 429) {
    return { again: 'unsent', error: refusal(answer, about, wire), ...retryAfterOf(answer) };
  }
  if (answer.status >= 500 && !isTooLarge(answer))
    return { again: 'perhaps', error: refusal(answer, about, wire), ...retryAfterOf(answer) };
  if (isCutOff(answer)) {
    const words = `The answer of the API server ${wire.server} was cut off when asked to ${callWords(about)}.`;
    return { again: 'perhaps', error: new TrafficError('unreachable', words) };
  }
  return { answer, renew };
}

/** `Retry-After` in milliseconds: the API server writes seconds, a proxy in front of it perhaps a date. */
function retryAfterOf(answer: HttpResponse): { readonly retryAfter?: number } {
  const header = answer.headers['retry-after']?.trim();
  if (header === undefined) return {};
  const seconds = Number(header);
  if (/^\d+$/.test(header)) return { retryAfter: seconds * 1000 };
  const date = Date.parse(header);
  return Number.isNaN(date) ? {} : { retryAfter: Math.max(0, date - Date.now()) };
}
