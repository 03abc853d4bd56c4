import { toTrafficError, TrafficError, withSentence } from '../../base/errors.ts';
import { throwIfCancelled } from '../../base/cancel.ts';
import { networkFault, type NetworkFault } from './network.ts';
import { inWords, isCutOff, refusal } from './refusals.ts';
import type { About, HttpResponse, Call, Prepared, Wire } from './wire.ts';

/** The clock, the pause and the dice, so that tests need neither time nor luck. */
export interface Time {
  /** Milliseconds since any fixed moment. */
  readonly now: () => number;
  /** Waits so many milliseconds; ends early, with an error or without, when the signal is aborted. */
  readonly sleep: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
  /** From 0 up to 1. */
  readonly random: () => number;
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

/** An answer that further tries won't change: a success, or a 4xx. */
export interface Settled {
  readonly answer: HttpResponse;
  /** An earlier try broke off and may have been carried out all the same. */
  readonly uncertain: boolean;
}

/** No answer that counts, after all tries. */
export class GaveUp extends TrafficError {
  readonly uncertain: boolean;

  constructor(error: TrafficError, uncertain: boolean) {
    super(error.reason, error.message);
    this.uncertain = uncertain;
  }
}

const FIRST_PAUSE = 250;
/** Whatever a server says: `Retry-After: 0` would make thousands of requests in half a minute. */
const SHORTEST_PAUSE = 100;
const LONGEST_PAUSE = 8_000;

/**
 * Sends a request until an answer settles it. What may pass is tried again, with growing jittered pauses: no
 * connection, a broken one, no answer in time, 429 (after its Retry-After), 5xx. Never a refusal, nor what would
 * end the same way each time (a wrong certificate). A 401 is answered once with new credentials, where there is
 * somebody to ask for them: a plugin's token may run out without having said when. client-go asks the plugin, too,
 * but leaves it to the caller to repeat the request.
 *
 * @throws GaveUp unreachable, timeout; TrafficError unauthorized
 * @see https://github.com/kubernetes/client-go/blob/master/plugin/pkg/client/auth/exec/exec.go (maybeRefreshCreds)
 */
export async function callUntilSettled(call: Call, about: About, attempts: Attempts): Promise<Settled> {
  const { time, patience, onRetry } = attempts;
  const start = time.now();
  let uncertain = false;
  let isRenewed = false;
  for (let tries = 1; ; tries++) {
    // A whole number, or the timer throws.
    const left = Math.max(1_000, Math.ceil(patience.total - (time.now() - start)));
    const outcome = await once(call, about, attempts, Math.min(patience.perTry, left)).catch(
      (thrown: unknown) => {
        // A token that can't be renewed for the second try leaves the first one in doubt.
        if (uncertain) throw new GaveUp(toTrafficError(thrown), uncertain);
        throw thrown;
      },
    );
    if ('answer' in outcome) {
      const { answer, renew } = outcome;
      if (answer.status !== 401 || isRenewed || !renew()) return { answer, uncertain };
      isRenewed = true;
      continue;
    }
    uncertain ||= outcome.again === 'perhaps' || outcome.again === 'unclear';

    const pause = Math.max(SHORTEST_PAUSE, outcome.retryAfter ?? jittered(tries, time.random()));
    const spent = time.now() - start;
    const limit =
      outcome.again === 'unsent' && outcome.retryAfter === undefined ? patience.unreached : patience.total;
    const isFinal = outcome.again === 'never' || outcome.again === 'unclear';
    if (isFinal || spent + pause >= limit) {
      const { reason, message } = outcome.error;
      const count = `Tried ${tries} times in ${Math.round(spent / 1000)} s.`;
      throw new GaveUp(
        new TrafficError(reason, tries === 1 ? message : withSentence(message, count)),
        uncertain,
      );
    }
    onRetry?.(withSentence(outcome.error.message, `Trying again in ${(pause / 1000).toFixed(1)} s.`));
    await time.sleep(pause, attempts.signal);
    throwIfCancelled(attempts.signal);
  }
}

type CallResult =
  | { readonly answer: HttpResponse; readonly renew: Prepared['renew'] }
  | (NetworkFault & { readonly retryAfter?: number });

async function once(call: Call, about: About, attempts: Attempts, milliseconds: number): Promise<CallResult> {
  const { wire, signal, time } = attempts;
  const { send, renew } = await wire.prepare(call);
  throwIfCancelled(signal);
  const limit = time.limit(milliseconds, inWords(about));
  let answer: HttpResponse;
  try {
    answer = await send(signal === undefined ? limit : AbortSignal.any([limit, signal]));
  } catch (thrown) {
    throwIfCancelled(signal);
    if (!limit.aborted) return networkFault(thrown, wire);
    const words = `The API server ${wire.server} did not answer within ${Number((milliseconds / 1000).toFixed(1))} s when asked to ${inWords(about)}.`;
    return { again: 'perhaps', error: new TrafficError('timeout', words) };
  }
  if (answer.status === 429) {
    return { again: 'unsent', error: refusal(answer, about, wire), ...retryAfter(answer) };
  }
  if (answer.status >= 500)
    return { again: 'perhaps', error: refusal(answer, about, wire), ...retryAfter(answer) };
  if (isCutOff(answer)) {
    const words = `The answer of the API server ${wire.server} was cut off when asked to ${inWords(about)}.`;
    return { again: 'perhaps', error: new TrafficError('unreachable', words) };
  }
  return { answer, renew };
}

/** Doubled each time, and anything from half to all of it, so that many runs don't come back in one moment. */
function jittered(tries: number, random: number): number {
  return Math.round(Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (tries - 1)) * (0.5 + random / 2));
}

/** `Retry-After` in milliseconds: the API server writes seconds, a proxy in front of it perhaps a date. */
function retryAfter(answer: HttpResponse): { retryAfter?: number } {
  const header = answer.headers['retry-after']?.trim();
  if (header === undefined) return {};
  const seconds = Number(header);
  if (/^\d+$/.test(header)) return { retryAfter: seconds * 1000 };
  const date = Date.parse(header);
  return Number.isNaN(date) ? {} : { retryAfter: Math.max(0, date - Date.now()) };
}
