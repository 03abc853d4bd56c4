import { createRedactor } from '../base/redactor.ts';
import type { Clock, Log } from '../ports/collaborators.ts';
import { elapsed, elapsing } from '../base/elapsed.ts';
import { TrafficError } from '../base/errors.ts';
import { retry, type Try } from '../base/retry.ts';
import type { Probe } from '../intent/probe.ts';
import { throwIfCancelled } from '../base/cancel.ts';
import { finding, type Finding } from '../base/findings.ts';
import { visible } from '../report/text.ts';
import { count, cut } from '../base/text.ts';
import type { ProbeAnswer, Ask } from '../ports/ask.ts';
import { problemsOf, redirectOf, shownUrl } from './judge.ts';
import { valueSecrets } from './secrets.ts';

/** Milliseconds that one request may take. */
const PATIENCE = 10_000;
/** Milliseconds between a good answer and the next request, and before another try where none came. */
const PAUSE = 250;
const PAUSE_AFTER_NONE = 1_000;
/** Of a body, in a message: characters. */
const MAX_BODY = 200;
const MAX_REDIRECTS = 5;

export interface Asking {
  readonly ask: Ask;
  /** Its `sleep` ends, with an error, when the run is cancelled. */
  readonly clock: Clock;
  readonly log: Log;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks until there were enough good answers in a row. A bad answer ends it at once: with a small share, most requests
 * go to another build, so asking again until it goes well would find no fault at all. No answer is asked again until
 * there was a good one, since a name or a load balancer may need a moment; then it counts as bad.
 *
 * @returns what was asked and how it went, for the report
 * @throws TrafficError check-failed: a bad answer, with what it was; timeout; cancelled
 */
export async function probeUntilGood(probe: Probe, asking: Asking): Promise<Finding> {
  const { clock, log } = asking;
  const title = `GET ${shownUrl(probe.url)}`;
  const { learn, redact: shown } = createRedactor();
  for (const name of probe.secretHeaders)
    for (const { text, kind } of valueSecrets(probe.headers[name] ?? '')) learn(text, kind);
  const deadline = elapsed(clock) + probe.timeout;
  const took: number[] = [];
  const wanted = count(probe.count, 'good answer');
  let last = 'it was not answered';
  const again = (pause: number): Try<Finding> => ({
    kind: 'again',
    pause,
    deadline,
    late: 'cut',
    giveUp: () => {
      const words = `The probe ${title} gave ${took.length} of ${wanted} within ${probe.timeout / 1000} s (\`probe-timeout\`). The last time: ${last}.`;
      throw new TrafficError('timeout', shown(words));
    },
  });
  const isOver = (): boolean => elapsed(clock) >= deadline;
  const attempt = async (): Promise<Try<Finding>> => {
    if (isOver()) return again(PAUSE);
    const { answer, problems } = await askOnce(probe, asking, deadline, shown);
    if (problems.length === 0) {
      took.push(answer.milliseconds);
      const which = `Good answer ${took.length} of ${probe.count}`;
      log.info(`${which}: ${seen(answer)} in ${answer.milliseconds} ms`);
      if (took.length < probe.count) return again(PAUSE);
      const message = `The probe ${title} gave ${wanted} in a row, in ${rangeOf(took)} ms.`;
      return { kind: 'done', value: finding('probe', 'notice', message) };
    }
    last = problems.join('; ');
    if (answer.kind === 'answer' || (took.length > 0 && !isOver()))
      throw new TrafficError('check-failed', badWords(title, took.length, last, bodyText(answer, shown)));
    log.info(shown(`${last} (after ${answer.milliseconds} ms): asking again`));
    return again(PAUSE_AFTER_NONE);
  };
  return log.group(`Probe: ${title} until there are ${wanted} in a row`, () =>
    retry(elapsing(clock), attempt),
  );
}

/** One question with the redirects within its host. */
async function askOnce(
  { url, headers, expect }: Probe,
  { ask, clock, signal }: Asking,
  deadline: number,
  shown: (words: string) => string,
): Promise<{ readonly answer: ProbeAnswer; readonly problems: readonly string[] }> {
  let at = url;
  for (let redirects = 0; ; redirects += 1) {
    const timeout = Math.max(1, Math.min(PATIENCE, deadline - elapsed(clock)));
    const answer = await ask({ url: at, headers, timeout, signal });
    throwIfCancelled(signal);
    if (answer.kind === 'none') return { answer, problems: [`no answer: ${answer.why}`] };
    const problems = problemsOf(answer, expect, shown);
    const redirect = problems.length === 0 ? undefined : redirectOf(at, answer);
    if (redirect === undefined) return { answer, problems };
    if ('elsewhere' in redirect) {
      const words = `it redirects to another host (${redirect.elsewhere}), where the probe doesn't follow`;
      return { answer, problems: [...problems, words] };
    }
    if (redirects === MAX_REDIRECTS)
      return { answer, problems: [...problems, `it redirected ${MAX_REDIRECTS} times before`] };
    at = redirect.to;
  }
}

function badWords(title: string, good: number, last: string, body: string): string {
  const before = good === 0 ? '' : ` after ${count(good, 'good one')}`;
  const cited = body === '' ? '' : ` The answer begins: ${body}`;
  return `The probe ${title} got a bad answer${before}: ${last}.${cited}`;
}

/** The beginning of the body on one line; secrets go first, because half of one that was cut would not be recognised. */
function bodyText(answer: ProbeAnswer, shown: (words: string) => string): string {
  if (answer.kind === 'none') return '';
  return cut(visible(shown(answer.body).slice(0, 2_000).replace(/\s+/g, ' ').trim()), MAX_BODY);
}

function seen(answer: ProbeAnswer): string {
  return answer.kind === 'none' ? answer.why : `status ${answer.status}`;
}

/** `12`, `12 to 40`. */
function rangeOf(numbers: readonly number[]): string {
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  return least === most ? String(least) : `${least} to ${most}`;
}
