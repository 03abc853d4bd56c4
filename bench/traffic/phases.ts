/** Where the time of one change goes, by the requests that its process sends. */
import { median } from '../compare.ts';
import type { Trace, Traced } from './trace.ts';

/** Milliseconds, by the name of a phase, in order. */
export type Phases = ReadonlyMap<string, number>;

export interface Calls {
  /** Requests to the API server; port-forwards are apart. */
  readonly api: number;
  readonly portForwards: number;
  /** Questions that went through them. */
  readonly questions: number;
}

const isDryRun = ({ path }: Traced): boolean => path.includes('dryRun=All');
const isPut = ({ method }: Traced): boolean => method === 'PUT';
const isForward = ({ path }: Traced): boolean => path.includes('/portforward?');
const isQuestion = ({ path }: Traced): boolean => /^\/(?:config_dump|debug\/)/.test(path);
const isReview = ({ path }: Traced): boolean => path.includes('selfsubjectaccessreviews');

export function phasesOf({ requests, ended }: Trace): Phases {
  const phases = new Map<string, number>();
  let last = 0;
  const until = (name: string, at: number): void => {
    phases.set(name, (phases.get(name) ?? 0) + Math.max(0, at - last));
    last = Math.max(last, at);
  };
  const rehearsals = requests.filter((one) => isPut(one) && isDryRun(one));
  const writes = requests.filter((one) => isPut(one) && !isDryRun(one));
  const firstRehearsal = rehearsals[0]?.began ?? ended;
  const reads = requests.filter(
    (one) => one.began < firstRehearsal && !isPut(one) && !isReview(one) && !isForward(one),
  );
  until('start, until the first request', requests[0]?.began ?? ended);
  until(
    'reads',
    endOf(
      reads.filter(({ path }) => !path.includes('/gateways/')),
      ended,
    ),
  );
  until('plan, checks, guard', firstRehearsal);
  until('rehearsal', endOf(rehearsals, ended));
  for (const [position, write] of writes.entries()) {
    const kind = write.path.includes('/destinationrules/') ? 'subsets' : 'routes';
    until(
      position === 0
        ? 'look before the first write'
        : `proxies have it, ${position === 1 ? 'first' : 'later'} write`,
      write.began,
    );
    until(`write of ${kind}`, write.ended ?? ended);
  }
  const answers = requests.filter(({ began }) => began > (writes.at(-1)?.ended ?? 0));
  until('proxies have it, last write', endOf(answers.length === 0 ? writes : answers, ended));
  until('report and end', ended);
  return phases;
}

function endOf(requests: readonly Traced[], otherwise: number): number {
  return Math.max(0, ...requests.map((one) => one.ended ?? otherwise));
}

export function callsOf({ requests }: Trace): Calls {
  const portForwards = requests.filter(isForward).length;
  const questions = requests.filter(isQuestion).length;
  return { api: requests.length - portForwards - questions, portForwards, questions };
}

/** The median of each phase: they need not add up to the median of all. */
export function mediansOf(runs: readonly Phases[]): Phases {
  const names = new Set(runs.flatMap((phases) => [...phases.keys()]));
  return new Map([...names].map((name) => [name, median(runs.map((phases) => phases.get(name) ?? 0))]));
}
