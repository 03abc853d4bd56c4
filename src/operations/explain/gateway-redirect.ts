/** A Gateway with httpsRedirect answers plain requests before any route does. */
import type { Result, Taker } from '../../istio/requests/answer.ts';
import type { AskedRequest } from './entry.ts';
import { treatmentOf, type ClusterLookup } from './treatment.ts';
import type { Treatment } from '../../plan/explanation.ts';

const TO_HTTPS: Taker['action'] = {
  kind: 'redirect',
  status: 301,
  to: { scheme: 'https' },
  abort: null,
  mirrors: [],
};

/** The same where no VirtualService has a route. */
export function gatewayRedirect(lookup: ClusterLookup, request: AskedRequest): { readonly does?: Treatment } {
  const does = treatmentOf(lookup, TO_HTTPS, request);
  return does === null ? {} : { does };
}

/** A result with the redirect in place of what the routes do. */
export function redirectedResult(result: Result): Result {
  const instead = (taker: Taker): Taker => ({ ...taker, action: TO_HTTPS });
  switch (result.kind) {
    case 'none':
      return result;
    case 'route':
      return { kind: 'route', taker: instead(result.taker) };
    case 'undecided':
      return {
        kind: 'undecided',
        candidates: result.candidates.map((one) => ({ ...one, taker: one.taker && instead(one.taker) })),
      };
  }
}
