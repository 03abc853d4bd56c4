import type { Expectation, ExpectedAnswer, ExpectedDestination } from '../intent/types.ts';
import { formatLabels, hasLabels } from '../istio/labels.ts';
import type {
  ExplainedCandidate,
  ExplainedDestination,
  ExplainedResult,
  Explanation,
  Treatment,
  ExpectationVerdict,
} from './explanation.ts';

/** Requests that a proxy treats alike. */
export interface TreatedRequests {
  readonly result: ExplainedResult;
  /** Percent of the requests that are asked about. */
  readonly share: number;
  /** Whether a destination's host is the one that is wanted, in whatever spelling. */
  readonly isHost: (given: string, wanted: string) => boolean;
}

/**
 * Does a request go where it must?
 *
 * @param isHost as in `TreatedRequests`
 */
export function judge(
  { name, line, expect }: Expectation,
  { result }: Explanation,
  isHost: TreatedRequests['isHost'],
): Omit<ExpectationVerdict, 'file'> {
  return {
    name,
    line,
    met: isMet(expect, [{ result, share: 100, isHost }]),
    expected: expectedText(expect),
    found: foundText(result),
  };
}

/** @param all requests that are asked about, in parts that are treated alike */
export function isMet(expect: ExpectedAnswer, all: readonly TreatedRequests[]): boolean {
  switch (expect.kind) {
    case 'answer':
      return all.every(({ result }) => {
        const does = treatmentIn(result);
        const status = result.kind === 'none' && does === null ? 404 : statusOf(does);
        const isThere = expect.redirect === undefined || redirectsTo(does, expect.redirect);
        return status === expect.status && isThere;
      });
    case 'redirect':
      return all.every(({ result }) => redirectsTo(treatmentIn(result), expect.redirect));
    case 'destinations':
      return expect.destinations.every((wanted) => {
        const shares = all.map((part) => (shareAt(wanted, part) * part.share) / 100);
        const rounded = Math.round(shares.reduce((sum, share) => sum + share, 0) * 100) / 100;
        const isKnown = all.every(({ result }) => treatmentIn(result) !== null);
        return isKnown && rounded >= wanted.share.from && rounded <= wanted.share.to;
      });
  }
}

function treatmentIn(result: ExplainedResult): Treatment | null {
  return result.kind === 'undecided' ? null : (result.does ?? null);
}

/** Percent of these requests that what is wanted gets. */
function shareAt(wanted: ExpectedDestination, { result, isHost }: TreatedRequests): number {
  const does = treatmentIn(result);
  const share = (does?.destinations ?? [])
    .filter((to) => isServed(to) && isWanted(to, wanted, isHost))
    .reduce((sum, to) => sum + to.share, 0);
  // An error in their place is no share of theirs.
  return (share * (100 - (does?.abort?.percent ?? 0))) / 100;
}

/** What must become of a request, in a few words. */
export function expectedText(expect: ExpectedAnswer): string {
  switch (expect.kind) {
    case 'answer':
      return `status ${expect.status}${expect.redirect === undefined ? '' : ` to ${expect.redirect}`}`;
    case 'redirect':
      return `redirect to ${expect.redirect}`;
    case 'destinations':
      return expect.destinations.map(wantedText).join(', ');
  }
}

/** Where no DestinationRule in sight says more, the route is all that can be held against an expectation. */
function isServed({ state }: ExplainedDestination): boolean {
  return state === 'ok' || state === 'unseen';
}

function isWanted(
  to: ExplainedDestination,
  { host, subset, pods }: ExpectedDestination,
  isHost: (given: string, wanted: string) => boolean,
): boolean {
  return (
    (host === undefined || isHost(to.host, host)) &&
    (subset === undefined || to.subset === subset) &&
    (pods === undefined || (to.labels !== null && hasLabels(to.labels, pods)))
  );
}

/** Null where it sends, and where not all requests get the same. */
function statusOf(does: Treatment | null): number | null {
  const { abort = null, status = null } = does ?? {};
  if (abort === null) return status;
  const error = Number(abort.status);
  return abort.percent === 100 || error === status ? error : null;
}

/** All requests, that is: an error in place of the redirect leads nowhere. */
function redirectsTo(does: Treatment | null, redirect: string): boolean {
  return does !== null && does.abort === null && does.redirect === redirect;
}

function wantedText({ host, subset, pods, share }: ExpectedDestination): string {
  const what = [subset, pods === undefined ? undefined : formatLabels(pods), host].filter(
    (part) => part !== undefined,
  );
  const much = share.from === share.to ? `${share.from} %` : `${share.from} to ${share.to} %`;
  return `${much} ${what.join(' of ')}`;
}

/** Where it goes, in a few words. */
export function foundText(result: Explanation['result']): string {
  switch (result.kind) {
    case 'none':
      if (result.does === undefined) return 'status 404: no route matches it';
      return result.does.status === null
        ? 'no answer: no server of the Gateway ends its TLS at this port, no tls route is for its host, and the connection is closed'
        : treatmentText(result.does);
    case 'route':
    case 'service':
      return treatmentText(result.does);
    case 'undecided': {
      const [only, ...more] = result.candidates;
      if (more.length === 0 && only?.kind === 'unseen' && only.route === null)
        return `undecided: ${only.unknown ?? ''}`;
      const ways = result.candidates.map(
        (one) => `${candidateText(one)}${one.unknown === null ? '' : ` if ${one.unknown}`}`,
      );
      return `undecided: ${ways.join(', else ')}`;
    }
  }
}

function candidateText({ kind, does }: ExplainedCandidate): string {
  if (does !== null) return treatmentText(does);
  return kind === 'unseen' ? 'an unknown answer' : 'status 404';
}

/** `80 % stable, 20 % api-domain-10`, `status 301 to https://…`, `status 503: subset v9 of …`. */
export function treatmentText({ destinations, status, redirect, abort }: Treatment): string {
  const error = abort === null ? '' : `${abort.percent} % status ${abort.status}, else `;
  if (status !== null && destinations.length > 0) {
    const served = destinations.filter(({ share }) => share > 0);
    return error + `status ${[...new Set(served.map(({ problem }) => problem))].join('; ')}`;
  }
  if (status !== null) return `${error}status ${status}${redirect === null ? '' : ` to ${redirect}`}`;
  if (destinations.length === 0) return `${error}nowhere`;
  const hosts = new Set(destinations.map(({ host }) => host));
  const parts = destinations.map((to) => {
    const { host, subset, share } = to;
    const name = subset === null ? host : hosts.size > 1 ? `${subset} of ${host}` : subset;
    const problem = problemOf(to);
    return `${Number(share.toFixed(2))} % ${name}${problem === null ? '' : ` (${problem})`}`;
  });
  return error + parts.join(', ');
}

/**
 * What is to be said beside a destination: that nothing answers there, or on what it depends. Null: nothing, also where
 * it gets no requests, and where a finding says for all that no DestinationRule is in sight.
 */
export function problemOf({ share, state, problem }: ExplainedDestination): string | null {
  return share > 0 && (state === 'unavailable' || state === 'undecided') ? problem : null;
}
