import type { ChangeIntent } from '../intent/types.ts';
import type { Route, VirtualService } from '../istio/types.ts';
import { placeOf } from '../istio/routes.ts';
import { describeMatch } from '../istio/describe.ts';
import { canonicalJson, ownValue, sameJson } from '../json.ts';
import { previewSubset } from '../plan/names.ts';
import { titleOf, type Change } from '../plan/objects.ts';
import type { Snapshot } from '../plan/types.ts';
import { align } from './align.ts';
import { answerWords, sameAnswer } from './answers.ts';
import { classesOf } from './classes.ts';
import { expectationsOf, type Expectation, type Expected } from './expected.ts';
import { homeOf } from './home.ts';
import { afterWords, expectedWords, isAsExpected } from './judge.ts';
import { isMet } from './met.ts';
import { mergeChanges, type Observation } from './merge.ts';
import { not } from './predicates.ts';
import { sampleFor, sampleOf, wishFor, type Sample, type Scene } from './samples.ts';
import { requestFor } from './request-example.ts';
import { takersIn } from './takers.ts';
import type { Reach } from './types.ts';
import { headersWords, ownHeaders, routeWords } from './who.ts';

/** Blocks that are held against requests, at most, in all VirtualServices together: a second or so. */
const MOST_QUESTIONS = 1_500_000;

/** Changed blocks whose near misses are looked at as well. */
const MOST_NEAR_MISSES = 200;

/**
 * What a change means for whom, and what of it nobody asked for.
 *
 * @param changes VirtualServices as they are and as they shall be, also those that stay as they are
 * @throws TrafficError as the planner does where the intent means nothing in the snapshot
 */
export function reachOf(
  snapshot: Snapshot,
  intent: ChangeIntent,
  changes: readonly Change<VirtualService>[],
): Reach {
  const expectationOf = expectationsOf(snapshot, intent);
  const counts = { classes: 0, skipped: 0, sampled: false, questions: MOST_QUESTIONS };
  const seen: Observation[] = [];
  for (const change of changes) {
    const expectation = expectationOf(change.before);
    if (change.before === change.after && !expectation.isMeant) continue;
    seen.push(...compareSpecs(change), ...compareConnections(change, expectation, counts));
    seen.push(...compareRequests(change, expectation, intent, counts));
  }
  const { classes, skipped, sampled } = counts;
  return { classes, sampled, skipped, ...mergeChanges(seen) };
}

interface Counts {
  classes: number;
  skipped: number;
  sampled: boolean;
  /** How many more blocks may be held against requests. */
  questions: number;
}

/** What stands beside the routes (hosts, gateways) decides which requests come here at all. */
function compareSpecs({ before, after }: Change<VirtualService>): readonly Observation[] {
  if (before === after) return [];
  const fields = [...new Set([...Object.keys(before.spec), ...Object.keys(after.spec)])].filter(
    (field) =>
      !['http', 'tls', 'tcp'].includes(field) &&
      !sameJson(ownValue(before.spec, field), ownValue(after.spec, field)),
  );
  return fields.map((field) => ({
    object: titleOf(before),
    who: `everyone that ${field} of ${titleOf(before)} is about`,
    before: canonicalJson(ownValue(before.spec, field)),
    after: canonicalJson(ownValue(after.spec, field)),
    expected: canonicalJson(ownValue(before.spec, field)),
    example: null,
  }));
}

/** Routes of tls and tcp keep their order and whom they take: each is compared with the one in its place. */
function compareConnections(
  { before, after }: Change<VirtualService>,
  { ofRoute }: Expectation,
  counts: Counts,
): readonly Observation[] {
  const { namespace } = before.metadata;
  return (['tls', 'tcp'] as const).flatMap((kind) => {
    const [was, is] = [before.spec[kind] ?? [], after.spec[kind] ?? []];
    return Array.from({ length: Math.max(was.length, is.length) }, (_, index): Observation[] => {
      const [from, to] = [was[index], is[index]];
      counts.classes += 1;
      const moved = from !== undefined && to !== undefined && !sameJson(from.match, to.match);
      const expected: Expected = ofRoute(kind, index);
      const isRight = !moved && isAsExpected(expected, to, namespace);
      if (isRight && sameAnswer(from, to, namespace)) return [];
      const route = from ?? to ?? {};
      return [
        {
          object: titleOf(before),
          who: `connections of ${placeOf({ kind, index, route })} (${describeMatch(route)})`,
          before: answerWords(from, namespace),
          after: `${afterWords(from, to, namespace)}${moved ? `, for ${describeMatch(to)}` : ''}`,
          ...(!isRight && { expected: expectedWords(expected, namespace) }),
          example: null,
        },
      ];
    }).flat();
  });
}

function compareRequests(
  { before, after }: Change<VirtualService>,
  expectation: Expectation,
  intent: ChangeIntent,
  counts: Counts,
): readonly Observation[] {
  const { namespace } = before.metadata;
  const [was, is] = [before.spec.http ?? [], after.spec.http ?? []];
  if (was.length === 0 && is.length === 0) return [];
  const classes = classesOf({ before: was, after: is, alignment: align(was, is), namespace });
  counts.classes += classes.unchanged;
  counts.sampled ||= classes.sampled;
  if (classes.changed.length === 0 && expectation.about.length === 0) return [];
  const scene: Scene = {
    before: was,
    after: is,
    takersBefore: takersIn(was, namespace),
    takersAfter: takersIn(is, namespace),
    namespace,
    home: homeOf(before),
  };
  const cost = scene.takersBefore.cost + scene.takersAfter.cost + 8;
  const seen: Observation[] = [];
  const known = new Set<string>();
  const skipped = new Set<string>();
  const observe = (sample: Sample): void => {
    const key = JSON.stringify(sample.request);
    if (known.has(key)) return;
    known.add(key);
    counts.classes += 1;
    const observation = observationOf(sample, before, scene, expectation, intent);
    if (observation !== undefined) seen.push(observation);
  };
  const isAffordable = (): boolean => {
    counts.questions -= cost;
    counts.sampled ||= counts.questions < 0;
    return counts.questions >= 0;
  };
  const asked = [
    ...classes.changed.map(({ blocks, before: from, after: to }) => ({
      blocks,
      wanted: { before: from, after: to },
    })),
    ...expectation.about.map(({ blocks, before: from }) => ({
      blocks,
      wanted: from === undefined ? {} : { before: from },
    })),
  ];
  const cuts =
    intent.operation === 'headers'
      ? intent.alternatives.flatMap((headers) => wishFor([{ headers }], namespace).predicates)
      : [];
  for (const { blocks, wanted } of spread(asked, Math.floor(counts.questions / cost))) {
    if (!isAffordable()) break;
    const wish = wishFor(blocks, namespace);
    const found = sampleFor(wish, wanted, scene);
    if (found === 'unknown') skipped.add(JSON.stringify(wish));
    else if (found !== 'empty') observe(found);
    // What was asked for cuts the class once more: a preview may take more values than it was to.
    for (const predicate of cuts) {
      const beyond = { ...wish, predicates: [...wish.predicates, not(predicate)] };
      const other = sampleFor(beyond, wanted, scene);
      if (other !== 'empty' && other !== 'unknown' && isAffordable()) observe(other);
    }
  }
  counts.skipped += skipped.size;
  for (const { blocks } of classes.changed.slice(0, MOST_NEAR_MISSES)) {
    const wish = wishFor(blocks, namespace);
    for (const predicate of wish.predicates) {
      if (counts.questions < cost) break;
      counts.questions -= cost;
      const predicates = wish.predicates.map((one) => (one === predicate ? not(one) : one));
      const miss = requestFor({ ...wish, predicates }, scene.home);
      if (miss.state === 'found') observe(sampleOf(miss.request, scene));
    }
  }
  const plain = requestFor({ predicates: [], undecidable: [] }, scene.home);
  if (plain.state === 'found') observe(sampleOf(plain.request, scene));
  return seen;
}

/** Not more than can be paid for, evenly spread, so that the last routes have their turn too. */
function spread<T>(items: readonly T[], most: number): readonly T[] {
  if (items.length <= most) return items;
  // One more, so that running out is noticed and said.
  const step = items.length / (most + 1);
  return Array.from({ length: most + 1 }, (_, i) => items[Math.floor(i * step)]).filter(
    (item) => item !== undefined,
  );
}

function observationOf(
  sample: Sample,
  virtualService: VirtualService,
  scene: Scene,
  expectation: Expectation,
  intent: ChangeIntent,
): Observation | undefined {
  const { namespace } = scene;
  const [from, to] = [sample.before[0], sample.after[0]];
  const was = from === undefined ? undefined : scene.before[from];
  const is = to === undefined ? undefined : scene.after[to];
  const asked = expectation.asked?.(sample);
  const allowed = asked ?? [expectedOf(sample, expectation)];
  const isRight = allowed.some((expected) => isAsExpected(expected, is, namespace));
  if (isRight && sameAnswer(was, is, namespace)) return undefined;
  return {
    object: titleOf(virtualService),
    ...whoOf(sample, scene, asked !== undefined, intent),
    before: answerWords(was, namespace),
    after: afterWords(was, is, namespace),
    ...(!isRight && allowed[0] !== undefined && { expected: expectedWords(allowed[0], namespace) }),
    example: sample.request,
  };
}

/** What the first route gives that stays. */
function expectedOf({ before }: Sample, { gone, ofRoute }: Expectation): Expected {
  const first = before.find((index) => !gone.has(index));
  return first === undefined ? { kind: 'route', route: undefined } : ofRoute('http', first);
}

function whoOf(
  { before, after, request }: Sample,
  scene: Scene,
  isAsked: boolean,
  intent: ChangeIntent,
): Pick<Observation, 'who' | 'route' | 'isRoute'> {
  const isPreview = (route: Route | undefined): boolean =>
    route !== undefined && previewSubset(route) !== undefined;
  const baseOf = (routes: readonly Route[], takers: readonly number[]): Route | undefined =>
    takers.map((index) => routes[index]).find((route) => !isPreview(route));
  const base = baseOf(scene.before, before);
  const route = base === undefined ? undefined : routeWords(base, scene.before.length === 1);
  if (isAsked && intent.operation === 'headers') {
    const names = intent.alternatives
      .filter((headers) => isMet({ headers }, request, scene.namespace))
      .map(headersWords);
    return { who: `requests with ${names.join(' or ')}`, ...(route !== undefined && { route }) };
  }
  const first = before[0] === undefined ? undefined : scene.before[before[0]];
  const next = after[0] === undefined ? undefined : scene.after[after[0]];
  const preview = isPreview(first) ? first : isPreview(next) ? next : undefined;
  const own = preview === undefined ? '' : ownHeaders(preview, base);
  if (own !== '') return { who: `requests with ${own}`, ...(route !== undefined && { route }) };
  const taken = base ?? next;
  if (taken === undefined) return { who: 'requests that no route takes' };
  return { who: routeWords(taken, scene.before.length === 1), isRoute: true };
}
