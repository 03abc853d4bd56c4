/** Preview routes: copies of a base route that also require headers and send to one subset alone. */
import type { HeaderMatch } from '../intent/types.ts';
import { covers } from '../istio/matches.ts';
import { destinationsOf } from '../istio/routes.ts';
import type { Destination, Match, Route, StringMatch } from '../istio/types.ts';
import { sameJson } from '../base/json.ts';
import { previewSubset } from './names.ts';
import { mayMeetBoth, narrowerMatch } from './narrower-match.ts';

/**
 * The preview of a base route: the base route in all its fields, but for its name, its match blocks (each also
 * requires one of the header alternatives) and its destinations.
 *
 * @returns undefined where no block of the base route can be met together with the headers
 */
export function previewOf(
  base: Route,
  name: string,
  alternatives: readonly HeaderMatch[],
  destination: Destination,
): Route | undefined {
  const match = matchWithHeaders(base, alternatives);
  if (match.length === 0) return undefined;
  const { name: _name, match: _match, ...rest } = base;
  return { name, match, ...rest, route: [{ destination }] };
}

/** The match blocks of a base route, each with each of the alternatives required too. */
function matchWithHeaders({ match = [] }: Route, alternatives: readonly HeaderMatch[]): readonly Match[] {
  const blocks = match.length === 0 ? [{}] : match;
  return blocks.flatMap((block) => alternatives.flatMap((headers) => withHeaders(block, headers)));
}

/** The block with the headers required too; none where one match can't require both of what they ask of a header. */
function withHeaders(block: Match, headers: HeaderMatch): Match[] {
  if (block.headers === undefined && block.withoutHeaders === undefined)
    return [{ ...block, headers: { ...headers } }];
  const entries = Object.entries(headers).map(([name, asked]) => {
    const own = entryOf(block.headers, name);
    const both = own === undefined ? asked : narrowerMatch(own[1], asked);
    // Under the spelling that is there: under another it would be asked for once more, and read as two.
    return { name, key: own?.[0] ?? name, both };
  });
  const required = entries.flatMap(({ name, key, both }) => {
    const without = entryOf(block.withoutHeaders, name)?.[1];
    const isForbidden = both !== undefined && without !== undefined && narrowerMatch(both, without) === both;
    return both === undefined || isForbidden ? [] : [[key, both] as const];
  });
  if (required.length < entries.length) return [];
  const met = { ...block.headers, ...Object.fromEntries(required) };
  return [sameJson(met, block.headers ?? {}) ? block : { ...block, headers: met }];
}

/**
 * The headers, as a base route spells them, that a request may have as a block of it and the alternatives require, and
 * for which no single match requires both: such requests get the base route, and no copy of it.
 */
export function unjoinedHeaders(
  { match = [] }: Route,
  alternatives: readonly HeaderMatch[],
): readonly string[] {
  const found = match.flatMap((block) =>
    alternatives.flatMap((headers) => {
      const shared = Object.entries(headers).flatMap(([name, asked]) => {
        const own = entryOf(block.headers, name);
        return own === undefined ? [] : [{ key: own[0], own: own[1], asked }];
      });
      if (!shared.every(({ own, asked }) => mayMeetBoth(own, asked))) return [];
      return shared.flatMap(({ key, own, asked }) => (narrowerMatch(own, asked) === undefined ? [key] : []));
    }),
  );
  return [...new Set(found)];
}

/** Header names are the same in any case; ours are lower-cased, as Envoy sees them. */
function entryOf(matches: Match['headers'], name: string): readonly [string, StringMatch] | undefined {
  return Object.entries(matches ?? {}).find(([key]) => key.toLowerCase() === name);
}

/**
 * What a preview has to do with requests that have certain headers. `theirs`: one of its alternatives is one of those
 * given, no more and no less. `narrower`: they and other headers are required. `wider`: not all of them are required, so
 * it is there for other requests, too.
 *
 * @param base the route below it; undefined: there is none
 */
export function previewOfRequests(
  preview: Route,
  base: Route | undefined,
  alternatives: readonly HeaderMatch[],
): 'theirs' | 'narrower' | 'wider' | 'no' {
  const blocks = preview.match ?? [];
  const written = base === undefined ? [] : matchWithHeaders(base, alternatives);
  const isTheirs = (block: Match): boolean =>
    // Somebody may have changed the base route since.
    written.some((one) => sameJson(one, block)) ||
    alternatives.some((one) => sameJson(one, block.headers ?? {}));
  if (blocks.some(isTheirs)) return 'theirs';
  const isNarrower = ({ headers = {} }: Match): boolean =>
    alternatives.some((one) =>
      Object.entries(one).every(([name, asked]) => sameJson(entryOf(headers, name)?.[1] ?? null, asked)),
    );
  if (blocks.some(isNarrower)) return 'narrower';
  const isWider = ({ headers = {} }: Match): boolean =>
    Object.keys(headers).length > 0 &&
    alternatives.some((one) =>
      Object.entries(headers).every(([name, match]) => sameJson(one[name.toLowerCase()] ?? null, match)),
    );
  return blocks.some(isWider) ? 'wider' : 'no';
}

/** What becomes of one run of previews, the ones directly above a base route. */
export interface PreviewPlace {
  readonly run: readonly Route[];
  /** Another subset's preview that had the very same match and now sends to the target subset. */
  readonly repointed?: Route;
}

/**
 * Puts a preview into the run above its base route: in place of another subset's of the very same match, or where
 * it stands already, unless a route above it matches its requests; else on top. Other previews of its subset in
 * the run go.
 *
 * @param isOurs is this preview one of the target subset?
 */
export function placePreview(
  run: readonly Route[],
  preview: Route,
  isOurs: (route: Route) => boolean,
): PreviewPlace {
  const rival = run.find((route) => !isOurs(route) && sameJson(route.match, preview.match));
  const place = rival ?? run.find((route) => sameJson(route, preview));
  const kept = run.filter((route) => route === place || (route !== rival && !isOurs(route)));
  const position = place === undefined ? -1 : kept.indexOf(place);
  const isHidden = kept.slice(0, Math.max(position, 0)).some((above) => takesSomeOf(above, preview));
  const placed =
    position >= 0 && !isHidden
      ? kept.with(position, preview)
      : [preview, ...kept.filter((route) => route !== place)];
  return { run: placed, ...(rival !== undefined && { repointed: rival }) };
}

function takesSomeOf(above: Route, below: Route): boolean {
  return (below.match ?? []).some((narrow) => (above.match ?? []).some((wide) => covers(wide, narrow)));
}

/** Is this route a preview of a subset that `isOurs` knows by its destination? */
export function isPreviewOf(route: Route, isOurs: (destination: Destination) => boolean): boolean {
  return (
    previewSubset(route) !== undefined && destinationsOf(route).some(({ destination }) => isOurs(destination))
  );
}
