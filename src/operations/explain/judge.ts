/** Whether a request goes where a file of expectations says. */
import { TrafficError } from '../../base/errors.ts';
import { percent } from '../../base/text.ts';
import type { Expectation, RequestScope } from '../../intent/types.ts';
import { resolveHost } from '../../istio/hosts.ts';
import { expectedText, isMet, judge } from '../../plan/expectation-verdict.ts';
import type { ExpectationVerdict, ExplainedResult } from '../../plan/explanation.ts';
import { sumOf } from './callers.ts';
import { agreedOn, chainText } from './follow-words.ts';
import { follow } from './follow.ts';
import type { ExplainIntent } from './intent.ts';
import type { ExplainContext, Explained } from './explained.ts';
import { explainOne } from './one.ts';

type UnfiledVerdict = Omit<ExpectationVerdict, 'file'>;

/** The request of an expectation, explained, with what was expected of it. What the file doesn't say, the inputs say. */
export function judgeExpectation(
  context: ExplainContext,
  intent: ExplainIntent,
  one: Expectation,
): Explained {
  const scope: RequestScope = { ...intent, ...one };
  const headers = { ...intent.headers, ...one.headers };
  const explained = explainOne(context, one.request, headers, scope);
  const isHost = hostTest(context, explained);
  if (one.follow === undefined)
    return withVerdict(explained, judge(one, explained.explanation, isHost), intent);
  const { propagate = intent.propagate } = one;
  try {
    const followed = follow(context, { follow: one.follow, propagate }, explained);
    return withVerdict(followed, verdictOfEnds(context, one, followed), intent);
  } catch (thrown) {
    if (!(thrown instanceof TrafficError)) throw thrown;
    // That it goes elsewhere is what such a file is for: the other expectations are judged all the same.
    return withVerdict(explained, expectationVerdict(one, false, thrown.message), intent);
  }
}

function hostTest(
  { snapshot }: ExplainContext,
  { namesOf }: Pick<Explained, 'namesOf'>,
): (given: string, wanted: string) => boolean {
  return (given, wanted) =>
    namesOf(given).some((name) => name === wanted || name === resolveHost(wanted, snapshot.namespace));
}

function withVerdict(
  explained: Explained,
  verdict: UnfiledVerdict,
  { expectations }: ExplainIntent,
): Explained {
  const whole = { ...verdict, file: expectations?.path ?? '' };
  return { ...explained, explanation: { ...explained.explanation, verdict: whole } };
}

/**
 * Of a request that is followed on, the last service counts, and all of the requests that came in: those of which a
 * part goes no further, or of which nobody knows the part, meet nothing.
 */
function verdictOfEnds(context: ExplainContext, one: Expectation, followed: Explained): UnfiledVerdict {
  const { explanation, ends = [] } = followed;
  const total = ends.some(({ condition }) => condition !== null)
    ? null
    : sumOf(ends.map(({ share }) => share));
  const chain = explanation.followed === undefined ? '' : chainText(explanation, explanation.followed);
  const isAll = total !== null && Math.abs(total - 100) < 0.005;
  if (!isAll) {
    const part = total === null ? 'an unknown part' : percent(total);
    return expectationVerdict(one, false, ends.length === 0 ? chain : `${chain}, of ${part} of the requests`);
  }
  const parts = ends.map(({ share, result, namesOf }) => ({
    result: settled(result),
    share: share ?? 0,
    isHost: hostTest(context, { namesOf }),
  }));
  return expectationVerdict(one, isMet(one.expect, parts), chain);
}

function expectationVerdict(
  { name, line, expect, follow: services = [] }: Expectation,
  met: boolean,
  found: string,
): UnfiledVerdict {
  const last = services.at(-1)?.text ?? '';
  return { name, line, met, expected: `${last}: ${expectedText(expect)}`, found };
}

/** Whatever is not known of a request to a service, it may come to the same. */
function settled(result: ExplainedResult): ExplainedResult {
  const agreed = result.kind === 'undecided' ? agreedOn(result) : undefined;
  return agreed === undefined ? result : { kind: 'service', does: agreed.does };
}
