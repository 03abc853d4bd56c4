/** What services get of a request that is followed on, in words. */
import { percent } from '../../base/text.ts';
import { sameJson } from '../../base/json.ts';
import { foundText, treatmentText } from '../../plan/expectation-verdict.ts';
import type {
  ExplainedResult,
  Explanation,
  Followed,
  FollowedWay,
  RouteRef,
  Treatment,
} from '../../plan/explanation.ts';

/** What all candidates agree on, whatever is not known of the request; undefined where they don't. */
export function agreedOn(
  result: ExplainedResult,
): { readonly does: Treatment; readonly routes: readonly RouteRef[] } | undefined {
  switch (result.kind) {
    case 'none':
      return undefined;
    case 'service':
      return { does: result.does, routes: [] };
    case 'route':
      return { does: result.does, routes: [result.route] };
    case 'undecided': {
      const [first] = result.candidates;
      const does = first?.does ?? null;
      if (does === null || !result.candidates.every((one) => sameJson(one.does, does))) return undefined;
      return { does, routes: result.candidates.flatMap(({ route }) => route ?? []) };
    }
  }
}

/** Where a way goes, in a few words. */
export function wayText({ result }: Pick<FollowedWay, 'result'>): string {
  const agreed = agreedOn(result);
  return agreed === undefined ? foundText(result) : treatmentText(agreed.does);
}

/** `from pr-10, with baggage: preview=pr-10`: who sends, and what of the request's headers is left. */
export function wayNote({ from, share, condition, request, openHeaders }: FollowedWay): string {
  const headers = [
    ...Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`),
    ...Object.entries(openHeaders).map(([name, why]) => `an unknown ${name} (${why})`),
  ];
  const parts = [
    `from ${from.join(' and ')}`,
    headers.length === 0 ? 'without any of these headers' : `with ${headers.join(' and ')}`,
    ...(share === null || share === 100 ? [] : [`${percent(share)} of the requests`]),
    ...(condition === null ? [] : [`if ${condition}`]),
  ];
  return parts.join(', ');
}

/** `api.shop: 100 % pr-10 → orders.shop: 100 % pr-10`. */
export function chainText({ result }: Explanation, { service, hops }: Followed): string {
  return [
    `${service}: ${shortText([{ result, share: 100 }])}`,
    ...hops.map((hop) => `${hop.service}: ${shortText(hop.ways)}`),
  ].join(' → ');
}

/** Where all ways of a service go; what they depend on would be too long for a sentence. */
function shortText(ways: readonly Pick<FollowedWay, 'result' | 'share'>[]): string {
  const [first, ...others] = ways;
  if (first === undefined) return 'no request';
  if (ways.some(({ result }) => result.kind === 'undecided' && agreedOn(result) === undefined)) {
    return 'undecided';
  }
  return others.length === 0 ? wayText(first) : (sharesText(ways) ?? orText(ways));
}

/** Of the requests that came in first; undefined where a proxy answers some of them, or the shares are not known. */
function sharesText(ways: readonly Pick<FollowedWay, 'result' | 'share'>[]): string | undefined {
  const shares = new Map<string, number>();
  for (const { result, share } of ways) {
    const does = agreedOn(result)?.does;
    if (does === undefined || does.status !== null || does.abort !== null || share === null) return undefined;
    for (const to of does.destinations) {
      const name = to.subset ?? to.host;
      shares.set(name, (shares.get(name) ?? 0) + (share * to.share) / 100);
    }
  }
  return [...shares].map(([name, share]) => `${percent(share)} ${name}`).join(', ');
}

function orText(ways: readonly Pick<FollowedWay, 'result'>[]): string {
  return [...new Set(ways.map(wayText))].join(' or ');
}

/** What the answer stands on. */
export function assumption({ propagated }: Followed): string {
  const [last = 'no header', ...before] = [...propagated].reverse();
  const names = before.length === 0 ? last : `${before.reverse().join(', ')} and ${last}`;
  return `if the applications pass on ${names}`;
}

/** Does any request reach the service behind the first? A redirect, or an error, goes no further. */
export function goesOn({ hops }: Followed): boolean {
  return (hops[0]?.ways ?? []).length > 0;
}
