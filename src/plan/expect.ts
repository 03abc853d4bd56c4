import type { Expectation, ExpectedDestination } from '../intent/types.ts';
import { formatLabels, hasLabels } from '../istio/labels.ts';
import type { Deed, Explanation, Verdict } from './explanation.ts';
import type { DestinationView } from './types.ts';

/**
 * Does a request go where it must?
 *
 * @param isHost whether a destination's host is the one that is wanted, in whatever spelling
 */
export function judge(
  { name, line, expect }: Expectation,
  { result }: Explanation,
  isHost: (given: string, wanted: string) => boolean,
): Omit<Verdict, 'file'> {
  const does = result.kind === 'route' || result.kind === 'service' ? result.does : null;
  const found = { name, line, found: foundText(result) };
  switch (expect.kind) {
    case 'answer': {
      const status = result.kind === 'none' ? 404 : statusOf(does);
      const isThere = expect.redirect === undefined || expect.redirect === does?.redirect;
      const expected = `status ${expect.status}${expect.redirect === undefined ? '' : ` to ${expect.redirect}`}`;
      return { ...found, met: status === expect.status && isThere, expected };
    }
    case 'redirect':
      return {
        ...found,
        met: does?.redirect === expect.redirect,
        expected: `redirect to ${expect.redirect}`,
      };
    case 'destinations': {
      const isMet = expect.destinations.every((wanted) => {
        const share = (does?.destinations ?? [])
          .filter((to) => isWanted(to, wanted, isHost))
          .reduce((sum, to) => sum + to.share, 0);
        // An error in their place is no share of theirs.
        const real = (share * (100 - (does?.abort?.percent ?? 0))) / 100;
        const rounded = Math.round(real * 100) / 100;
        return does !== null && rounded >= wanted.share.from && rounded <= wanted.share.to;
      });
      return { ...found, met: isMet, expected: expect.destinations.map(wantedText).join(', ') };
    }
  }
}

function isWanted(
  to: DestinationView,
  { host, subset, pods }: ExpectedDestination,
  isHost: (given: string, wanted: string) => boolean,
): boolean {
  return (
    (host === undefined || isHost(to.host, host)) &&
    (subset === undefined || to.subset === subset) &&
    (pods === undefined || (to.labels !== null && hasLabels(to.labels, pods)))
  );
}

function statusOf(does: Deed | null): number | null {
  const { abort = null } = does ?? {};
  return abort?.percent === 100 ? Number(abort.status) : (does?.status ?? null);
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
      return 'status 404: no route takes it';
    case 'route':
    case 'service':
      return deedText(result.does);
    case 'undecided': {
      const open = result.candidates.flatMap(({ unknown }) => unknown ?? []);
      return `undecided: ${open.join('; ')}`;
    }
  }
}

/** `80 % stable, 20 % api-domain-10`, `status 301 to https://…`. */
export function deedText({ destinations, status, redirect, abort }: Deed): string {
  const error = abort === null ? '' : `${abort.percent} % status ${abort.status}, else `;
  if (status !== null) return `${error}status ${status}${redirect === null ? '' : ` to ${redirect}`}`;
  if (destinations.length === 0) return `${error}nowhere`;
  const hosts = new Set(destinations.map(({ host }) => host));
  const parts = destinations.map(({ host, subset, share }) => {
    const name = subset === null ? host : hosts.size > 1 ? `${subset} of ${host}` : subset;
    return `${Number(share.toFixed(2))} % ${name}`;
  });
  return error + parts.join(', ');
}
