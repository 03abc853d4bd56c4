import type { HttpRequest } from '../../src/istio/requests/request.ts';
import type { VirtualService } from '../../src/istio/types.ts';
import { blocksOf } from '../../src/reach/listed.ts';
import { viewsOf } from '../../src/reach/lists.ts';
import { not } from '../../src/reach/predicates.ts';
import { requestFor } from '../../src/reach/request-example.ts';
import { sampleFor, constraintFor } from '../../src/reach/samples.ts';

/** Pairs of blocks of one VirtualService that are looked at: more than some hundred blocks are not paired all. */
const MOST_PAIRS = 2_000;

/**
 * Requests that tell the routes of some VirtualServices apart, for whoever holds two answers against each other (a
 * test with Envoy as the judge): for each match block one that its route gets, one that meets it together with each
 * other block, its near misses (all but one predicate), and one that asks for nothing. The same every time, none
 * twice; a block that no example can be made for has none.
 */
export function distinguishingRequests(virtualServices: readonly VirtualService[]): readonly HttpRequest[] {
  const found = new Map<string, HttpRequest>();
  const keep = (request: HttpRequest): void => {
    found.set(JSON.stringify(request), request);
  };
  for (const virtualService of virtualServices) {
    const alone = [virtualService];
    let pairs = MOST_PAIRS;
    for (const { lists } of viewsOf(
      { before: virtualService, after: virtualService },
      { before: alone, after: alone },
    ).world) {
      const { place, before } = lists;
      const blocks = before.list.flatMap(({ route }, index) =>
        blocksOf(route).map((block) => ({ block, index })),
      );
      for (const [i, { block, index }] of blocks.entries()) {
        const constraint = constraintFor([block]);
        const own = sampleFor(constraint, { before: index }, lists);
        if (own !== 'empty' && own !== 'unknown') keep(own);
        for (const predicate of constraint.predicates) {
          const predicates = constraint.predicates.map((one) => (one === predicate ? not(one) : one));
          const miss = requestFor({ ...constraint, predicates }, place);
          if (miss.state === 'found') keep(miss.request);
        }
        for (const { block: other } of blocks.slice(i + 1)) {
          if (pairs === 0) break;
          pairs -= 1;
          const joint = requestFor(constraintFor([block, other]), place);
          if (joint.state === 'found') keep(joint.request);
        }
      }
      const plain = requestFor({ predicates: [], undecidable: [] }, place);
      if (plain.state === 'found') keep(plain.request);
    }
  }
  return [...found.values()];
}
