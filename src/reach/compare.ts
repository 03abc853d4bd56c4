/** What each class of requests gets from one list of routes before and after a change, and whether it may. */
import type { ChangeIntent, HeaderMatch } from '../intent/types.ts';
import type { Result } from '../istio/requests/answer.ts';
import type { HttpRequest } from '../istio/requests/request.ts';
import type { ListedRoute } from '../istio/requests/route-list.ts';
import type { Match } from '../istio/types.ts';
import { align } from './align.ts';
import { answerWords, sameAnswer } from './answers.ts';
import { askable } from './asking.ts';
import { spread, type Budget } from './budget.ts';
import { classesOf } from './classes.ts';
import { isPreviewRoute } from './expected/ours.ts';
import type { AboutClass, GuardRule } from './expected/types.ts';
import { afterWords, expectedWords, isAsExpected } from './judge.ts';
import type { Observation } from './merge.ts';
import { not, type Wish } from './predicates.ts';
import { requestFor, shown } from './request-example.ts';
import { sampleFor, takenBy, wishFor, type Scene } from './samples.ts';
import { whomOf } from './who.ts';

/** Changed blocks whose near misses are looked at as well. */
const MOST_NEAR_MISSES = 200;

export interface Compared {
  readonly classes: number;
  readonly skipped: number;
  readonly isSampled: boolean;
  readonly observations: readonly Observation[];
  /** The requests that the operation was asked about, with an example of each kind. */
  readonly asked: readonly AskedExample[];
  /** Kinds that it was asked about and of which no example could be made. */
  readonly unknown: number;
}

export interface AskedExample {
  readonly about: AboutClass;
  readonly request: HttpRequest;
  /** No request is left for the route: those above it match all of them. The example is of these. */
  readonly isShadowed: boolean;
}

/** @param object `VirtualService shop/api`: what the observations are about */
export function compareRequests(
  object: string,
  scene: Scene,
  rule: GuardRule,
  intent: ChangeIntent,
  budget: Budget,
): Compared {
  const { before, after } = scene;
  const classes = classesOf({
    before: before.list,
    after: after.list,
    alignment: align(before.list, after.list),
  });
  const about = rule.about(before, after);
  const nothing = { skipped: 0, observations: [], asked: [], unknown: 0 };
  if (classes.changed.length === 0 && about.length === 0)
    return { ...nothing, classes: classes.unchanged, isSampled: classes.sampled };
  const cost = before.cost + after.cost + 8;
  const alternatives = intent.operation === 'headers' ? intent.alternatives : [];
  const observations = new Map<string, Observation | undefined>();
  const skipped = new Set<string>();
  const observe = (request: HttpRequest): void => {
    const { method, scheme, authority, path, headers } = request;
    const key = `${method} ${scheme}://${authority}${path} ${JSON.stringify(headers)}`;
    if (!observations.has(key))
      observations.set(key, observationOf(request, object, scene, rule, alternatives));
  };
  const cuts = alternatives.flatMap((headers) => wishFor([{ headers }]).predicates);
  /** An example of a class, and of those of it that the asked headers leave out: a preview may match more values. */
  const look = (
    wish: Wish,
    find: (wish: Wish) => ReturnType<typeof sampleFor>,
  ): HttpRequest | 'empty' | 'unknown' => {
    const found = find(wish);
    if (found === 'unknown') skipped.add(JSON.stringify(wish));
    else if (found !== 'empty') observe(found);
    for (const predicate of cuts) {
      const beyond = find({ ...wish, predicates: [...wish.predicates, not(predicate)] });
      if (beyond !== 'empty' && beyond !== 'unknown' && budget.spend(cost)) observe(beyond);
    }
    return found;
  };

  /** An example of a block of a route may serve for what the operation is about, too. */
  const examples = new Map<Match, { readonly first: ListedRoute; readonly request: HttpRequest }>();
  const room = budget.room(cost);
  const some = spread(classes.changed, Math.ceil(room / 2));
  let isSampled = classes.sampled || some.length < classes.changed.length;
  for (const { blocks, before: from, after: to } of some) {
    if (!budget.spend(cost)) break;
    const found = look(wishFor(blocks), (wish) => sampleFor(wish, { before: from, after: to }, scene));
    const [only, ...more] = blocks;
    const first = from === null ? undefined : before.list[from];
    if (only !== undefined && more.length === 0 && first !== undefined && typeof found !== 'string')
      examples.set(only, { first, request: found });
  }

  const asked: AskedExample[] = [];
  let unknown = 0;
  const written = askable(before.list.filter((listed) => !isPreviewRoute(listed)));
  const scenes = { all: scene, written: { ...scene, before: written } };
  const positions = { all: positionsIn(before.list), written: positionsIn(written.list) };
  const chosen = spread(about, budget.room(cost));
  isSampled ||= chosen.length < about.length;
  for (const one of chosen) {
    if (!budget.spend(cost)) {
      isSampled = true;
      break;
    }
    const [only, ...more] = one.blocks;
    const example = only === undefined || more.length > 0 ? undefined : examples.get(only);
    if (example !== undefined && example.first === one.first && one.among === 'all') {
      if (one.isAsked) asked.push({ about: one, request: example.request, isShadowed: false });
      continue;
    }
    const wish = wishFor(one.blocks);
    const place = one.first === undefined ? undefined : positions[one.among].get(one.first);
    const wanted = place === undefined ? {} : { before: place };
    const found = look(wish, (some_) => sampleFor(some_, wanted, scenes[one.among]));
    if (!one.isAsked) continue;
    if (found === 'unknown') unknown += 1;
    else if (found !== 'empty') asked.push({ about: one, request: found, isShadowed: false });
    else {
      const any = requestFor(wish, scene.place);
      if (any.state === 'found') asked.push({ about: one, request: any.request, isShadowed: true });
    }
  }

  for (const { blocks } of classes.changed.slice(0, MOST_NEAR_MISSES)) {
    const wish = wishFor(blocks);
    for (const predicate of wish.predicates) {
      if (!budget.spend(cost)) break;
      const predicates = wish.predicates.map((one) => (one === predicate ? not(one) : one));
      const miss = requestFor({ ...wish, predicates }, scene.place);
      if (miss.state === 'found') observe(miss.request);
    }
  }
  const plain = requestFor({ predicates: [], undecidable: [] }, scene.place);
  if (plain.state === 'found') observe(plain.request);
  return {
    classes: classes.unchanged + observations.size,
    skipped: skipped.size,
    isSampled,
    observations: [...observations.values()].filter((one) => one !== undefined),
    asked,
    unknown,
  };
}

/** What may happen in place of the answer, where that depends on what nobody knows before the request is there. */
function doubtWords(result: Result): string {
  if (result.kind !== 'undecided') return '';
  const open = result.candidates.flatMap(({ taker, predicate }) =>
    predicate === null ? [] : [`${answerWords(taker?.listed)} if ${predicate}`],
  );
  return ` (undecided: ${open.join('; ')})`;
}

function positionsIn<T>(list: readonly T[]): ReadonlyMap<T, number> {
  return new Map(list.map((item, index) => [item, index]));
}

function observationOf(
  request: HttpRequest,
  object: string,
  { before, after, place }: Scene,
  rule: GuardRule,
  alternatives: readonly HeaderMatch[],
): Observation | undefined {
  const result = after.ask(request);
  const [was, is] = [takenBy(before.ask(request)), takenBy(result)];
  const { answers, isAsked } = rule.allowed(request, before);
  const isRight = answers.some((expected) => isAsExpected(expected, is));
  const isSame = sameAnswer(was, is);
  if (isRight && isSame) return undefined;
  const [best] = answers;
  return {
    object,
    ...whomOf(request, { before, after }, isAsked ? alternatives : []),
    before: answerWords(was),
    after: isSame ? answerWords(is) : afterWords(was, is) + doubtWords(result),
    ...(!isRight && best !== undefined && { expected: expectedWords(best) }),
    isAsked,
    isSame,
    example: shown(request, place),
  };
}
