/**
 * Routes that a person wrote keep their order and whom they accept, so each can be compared with itself. That sees what
 * no example shows: a route whose requests nobody can make up, such as those of the holder of a token.
 */
import { describeMatch } from '../plan/describe-match.ts';
import { placeOf } from '../istio/routes.ts';
import type { Route, RouteKind, VirtualService } from '../istio/types.ts';
import { canonicalJson, sameJson } from '../base/json.ts';
import { answerWords, sameAnswer } from './answers.ts';
import { spread } from './budget.ts';
import { isGoPreview, isPreview } from './expected/ours.ts';
import { routeAt } from './expected/shift.ts';
import type { GuardRule } from './expected/types.ts';
import { afterWords, expectedWords, isAsExpected } from './judge.ts';
import type { Pair } from './lists.ts';
import type { Observation } from './merge.ts';
import { titleOf } from '../base/title.ts';

/** Written routes that are compared with themselves: of more, evenly spread ones. Requests look at the others. */
const MOST_WRITTEN = 2_000;

/** Routes of tls and tcp, which nobody but a person writes: each is compared with the one in its place. */
export function compareConnections(
  { before, after }: Pair,
  rule: GuardRule,
): { readonly value: number; readonly findings: readonly Observation[] } {
  const compared = (['tls', 'tcp'] as const).flatMap((kind) => {
    const [was, is] = [before.spec[kind] ?? [], after.spec[kind] ?? []];
    return Array.from({ length: Math.max(was.length, is.length) }, (_, index) =>
      compareRoute({ before, after }, rule, kind, index, index),
    );
  });
  return { value: compared.length, findings: compared.flatMap((one) => one ?? []) };
}

/** What is wrong with http routes, whichever requests they get: those that a person wrote, and previews. */
export function wrongInRoutes(pair: Pair, rule: GuardRule): readonly Observation[] {
  const { before, after } = pair;
  const written = spread(partnersOf(before, after), MOST_WRITTEN).flatMap(([from, to]) => {
    const found = compareRoute(pair, rule, 'http', from, to);
    return found?.expected === undefined ? [] : [found];
  });
  const previews = rule.wrongPreviews(before, after).map(({ route, ...words }): Observation => ({
    object: titleOf(before),
    who: `requests of route ${route.name ?? 'without a name'} (${describeMatch(route)})`,
    ...words,
    example: null,
  }));
  return [...written, ...previews];
}

function compareRoute(
  { before, after }: Pair,
  { ofRoute }: GuardRule,
  kind: RouteKind,
  index: number,
  indexAfter: number,
): Observation | undefined {
  const [from, to] = [routeAt(before, kind, index), routeAt(after, kind, indexAfter)];
  const moved = from !== undefined && to !== undefined && !sameJson(from.route.match, to.route.match);
  const allowed = ofRoute(before, kind, index);
  const isRight = !moved && allowed.some((expected) => isAsExpected(expected, to));
  if (isRight && sameAnswer(from, to)) return undefined;
  const route = from?.route ?? to?.route ?? {};
  const [best] = allowed;
  const whose = kind === 'http' ? 'requests' : 'connections';
  return {
    object: titleOf(before),
    who: `${whose} of ${placeOf({ kind, index })} (${describeMatch(route)})`,
    before: answerWords(from),
    after: `${afterWords(from, to)}${moved ? `, for ${describeMatch(to.route)}` : ''}`,
    ...(!isRight && best !== undefined && { expected: expectedWords(best) }),
    example: null,
  };
}

/**
 * The positions of each written route before and after: the next one of its name and match, for they keep their order.
 * After: -1 where it is gone.
 */
function partnersOf(before: VirtualService, after: VirtualService): readonly (readonly [number, number])[] {
  const { namespace } = before.metadata;
  const isMade = (route: Route): boolean => isPreview(route) || isGoPreview(route, namespace);
  const there = after.spec.http ?? [];
  let next = 0;
  return (before.spec.http ?? []).flatMap((route, index) => {
    if (isMade(route)) return [];
    let found = next;
    while (found < there.length && !isSameRoute(there[found] ?? {}, route)) found += 1;
    const isThere = found < there.length;
    if (isThere) next = found + 1;
    return [[index, isThere ? found : -1] as const];
  });
}

function isSameRoute(a: Route, b: Route): boolean {
  return a === b || (a.name === b.name && canonicalJson(a.match ?? []) === canonicalJson(b.match ?? []));
}
