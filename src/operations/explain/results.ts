/** What becomes of a request, in the words of an explanation: the route that it gets, and what that does. */
import type { Result, Taker } from '../../istio/requests/answer.ts';
import type { AskedRequest } from './entry.ts';
import { refOf } from './places.ts';
import { treatmentOf } from './treatment.ts';
import type { ExplainedCandidate, ExplainedResult } from '../../plan/explanation.ts';
import type { ExplainContext, ExplainedWay } from './explained.ts';

/** Each thing that may become of it. */
export function explainedWays(
  { lookup }: ExplainContext,
  result: Result,
  request: AskedRequest,
): readonly ExplainedWay[] {
  const way = (taker: Taker | null, condition: string | null): ExplainedWay => ({
    taker,
    does: taker === null ? null : treatmentOf(lookup, taker.action, request),
    condition,
  });
  switch (result.kind) {
    case 'none':
      return [];
    case 'route':
      return [way(result.taker, null)];
    case 'undecided':
      return result.candidates.map(({ taker, predicate }) => way(taker, predicate));
  }
}

/** The same as a result, with the routes by their places. */
export function explainedResult(
  context: ExplainContext,
  result: Result,
  request: AskedRequest,
): ExplainedResult {
  switch (result.kind) {
    case 'none':
      return result;
    case 'route': {
      const { route, does } = candidateOf(context, result.taker, null, request);
      return route === null || does === null ? { kind: 'none' } : { kind: 'route', route, does };
    }
    case 'undecided':
      return {
        kind: 'undecided',
        candidates: result.candidates.map(({ taker, predicate }) =>
          candidateOf(context, taker, predicate, request),
        ),
      };
  }
}

function candidateOf(
  { lookup, selected }: ExplainContext,
  taker: Taker | null,
  unknown: string | null,
  request: AskedRequest,
): ExplainedCandidate {
  if (taker === null) return { kind: 'none', route: null, does: null, unknown };
  const does = treatmentOf(lookup, taker.action, request);
  return { kind: does === null ? 'unseen' : 'route', route: refOf(selected, taker.listed), does, unknown };
}
