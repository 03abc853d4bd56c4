/**
 * Previews as an operation leaves them, route by route: what no request shows, because the routes above get them all,
 * is seen here.
 */
import { bothMatches } from './both-matches.ts';
import { destinationsOf } from '../../istio/routes.ts';
import type { HeaderMatch } from '../../intent/types.ts';
import type { Match, Route, VirtualService } from '../../istio/types.ts';
import { canonicalJson } from '../../base/json.ts';
import { treatmentKey } from '../answers.ts';
import { blocksOf } from '../listed.ts';
import type { Certainty } from './gone.ts';
import { isGoPreview, isPreview } from './ours.ts';

/** A preview that is not as it should be: what was there, what would be, what should be. */
export interface WrongPreview {
  readonly route: Route;
  readonly before: string;
  readonly after: string;
  readonly expected: string;
}

/** A preview and how many routes that count stand above it. */
interface PlacedPreview {
  readonly route: Route;
  readonly index: number;
  readonly above: number;
}

/**
 * Previews that an operation is not about stay as they are, in their order, each above its route; what goes is gone,
 * and nothing comes.
 *
 * @param mayCome is it one that the operation may add?
 */
export function wrongOfOthers(
  before: VirtualService,
  after: VirtualService,
  goes: (route: Route, index: number) => Certainty,
  mayCome: (route: Route) => boolean,
): readonly WrongPreview[] {
  const [was, is] = [previewsIn(before, hasOtherName), previewsIn(after, hasOtherName)];
  const keyOf = keysOf(was, is);
  const places = new Map<string, number[]>();
  for (const [index, one] of is.entries()) {
    const key = keyOf(one);
    const known = places.get(key);
    if (known === undefined) places.set(key, [index]);
    else known.push(index);
  }
  let next = 0;
  const stayed = was.flatMap((one): readonly WrongPreview[] => {
    const answer = goes(one.route, one.index);
    const [place] = places.get(keyOf(one)) ?? [];
    if (place !== undefined && answer !== 'yes') places.get(keyOf(one))?.shift();
    const isThere = place !== undefined && (place >= next || answer === 'yes');
    if (isThere && answer === 'no') next = place + 1;
    if (answer === 'maybe' || (answer === 'yes') !== isThere) return [];
    return [
      {
        route: one.route,
        before: previewWords(one.route),
        after: isThere ? previewWords(one.route) : 'no such preview in this place',
        expected: isThere ? 'no preview' : previewWords(one.route),
      },
    ];
  });
  const had = new Set(was.map(keyOf));
  const came = is.flatMap((one): readonly WrongPreview[] =>
    had.has(keyOf(one)) || mayCome(one.route) ? [] : [wrongPreview(one.route, 'no preview')],
  );
  return [...stayed, ...came];
}

/** Previews that are to come back and don't. */
export function wrongOfReturning(
  after: VirtualService,
  returning: readonly Route[],
): readonly WrongPreview[] {
  const there = new Set(previewsIn(after, hasOtherName).map(({ route }) => canonicalJson(route)));
  return returning
    .filter((route) => isPreview(route) && !there.has(canonicalJson(route)))
    .map((route) => ({
      route,
      before: 'no preview',
      after: 'no preview',
      expected: previewWords(route),
    }));
}

/** What a written route is to the service. */
export interface PreviewBase {
  readonly isMember: boolean;
  /** How its preview is to treat requests: `treatmentKey` of a route. */
  readonly treatment: string;
  /** Does a destination of the preview fit the base route? */
  readonly fits: (preview: Route) => boolean;
}

/**
 * Each base route has one preview of the build right above it, for its own requests with the headers; no other route
 * has one.
 *
 * @param baseAt of the written http route at this position before the change
 * @param isOurs is it a preview of the build?
 */
export function wrongOfBuild(
  before: VirtualService,
  after: VirtualService,
  alternatives: readonly HeaderMatch[],
  baseAt: (index: number) => PreviewBase,
  isOurs: (route: Route) => boolean,
): readonly WrongPreview[] {
  const written = writtenIn(before);
  const previews = Map.groupBy(
    previewsIn(after, isWritten).filter(({ route }) => isOurs(route)),
    ({ above }) => above,
  );
  const atEnd = previews.get(written.length) ?? [];
  return [
    ...written.flatMap(({ route: base, index }, above) =>
      wrongOfBase(
        base,
        (previews.get(above) ?? []).map(({ route }) => route),
        alternatives,
        baseAt(index),
      ),
    ),
    ...atEnd.map(({ route }) => wrongPreview(route, 'no preview')),
  ];
}

function wrongOfBase(
  base: Route,
  previews: readonly Route[],
  alternatives: readonly HeaderMatch[],
  { isMember, treatment, fits }: PreviewBase,
): readonly WrongPreview[] {
  const [only, ...more] = previews;
  const { required, possible } = combined(base, alternatives);
  if (only === undefined)
    return isMember && required.size > 0
      ? [{ route: base, before: 'no preview', after: 'no preview', expected: 'a preview above it' }]
      : [];
  if (!isMember || more.length > 0)
    return previews.slice(isMember ? 1 : 0).map((route) => wrongPreview(route, 'no preview'));
  const blocks = new Set((only.match ?? []).map(blockText));
  const isRight =
    blocks.size > 0 &&
    [...blocks].every((block) => possible.has(block)) &&
    [...required].every((block) => blocks.has(block)) &&
    treatmentKey(only) === treatment &&
    fits(only);
  return isRight ? [] : [wrongPreview(only, 'a copy of its base route with the headers')];
}

function wrongPreview(route: Route, expected: string): WrongPreview {
  return { route, before: 'no preview', after: previewWords(route), expected };
}

/** The blocks of a base route with each of the alternatives: those that a preview must have, and those that it may. */
export function combined(
  base: Route,
  alternatives: readonly HeaderMatch[],
): { readonly required: ReadonlySet<string>; readonly possible: ReadonlySet<string> } {
  const [required, possible] = [new Set<string>(), new Set<string>()];
  for (const block of blocksOf(base))
    for (const headers of alternatives) {
      const own = lowerCased(block.headers);
      const both = Object.entries(headers).flatMap(([name, asked]) => {
        const match = bothMatches(Object.hasOwn(own, name) ? own[name] : undefined, asked);
        return match === undefined ? [] : [[name, match] as const];
      });
      if (both.length < Object.keys(headers).length) continue;
      const text = blockText({ ...block, headers: { ...own, ...Object.fromEntries(both) } });
      possible.add(text);
      const without = lowerCased(block.withoutHeaders);
      if (Object.keys(headers).every((name) => !Object.hasOwn(without, name))) required.add(text);
    }
  return { required, possible };
}

/** The same for blocks that match the same. */
export function blockText(block: Match): string {
  return canonicalJson({ ...block, headers: lowerCased(block.headers) });
}

/** Names of headers are the same in any case. */
export function lowerCased<T>(headers: Readonly<Record<string, T>> | undefined): Readonly<Record<string, T>> {
  return Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

type Counted = (route: Route, namespace: string) => boolean;

const isWritten: Counted = (route, namespace) => !isPreview(route) && !isGoPreview(route, namespace);

/** The same before and after: a preview that loses the build that it is named for is none any more. */
const hasOtherName: Counted = (route, namespace) =>
  route.name?.startsWith('istiops-') !== true && !isGoPreview(route, namespace);

function writtenIn(object: VirtualService): readonly { readonly route: Route; readonly index: number }[] {
  return (object.spec.http ?? [])
    .map((route, index) => ({ route, index }))
    .filter(({ route }) => isWritten(route, object.metadata.namespace));
}

function previewsIn({ spec, metadata }: VirtualService, isCounted: Counted): readonly PlacedPreview[] {
  let above = 0;
  return (spec.http ?? []).flatMap((route, index): readonly PlacedPreview[] => {
    if (isPreview(route)) return [{ route, index, above }];
    if (isCounted(route, metadata.namespace)) above += 1;
    return [];
  });
}

/** What tells previews apart. Most stay, and then before and after have the same object: no need to put it into words. */
function keysOf(
  before: readonly PlacedPreview[],
  after: readonly PlacedPreview[],
): (one: PlacedPreview) => string {
  const there = new Set(after.map(({ route }) => route));
  const shared = new Map<Route, number>();
  for (const { route } of before) if (there.has(route)) shared.set(route, shared.size);
  const texts = new Map<Route, string>();
  return ({ route, above }) => {
    const number = shared.get(route);
    const text = number === undefined ? (texts.get(route) ?? canonicalJson(route)) : String(number);
    if (number === undefined) texts.set(route, text);
    return `${above} ${text}`;
  };
}

function previewWords(route: Route): string {
  const [first] = destinationsOf(route);
  return `the preview of ${first?.destination.subset ?? 'nothing'}`;
}
