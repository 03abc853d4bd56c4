import { distinctBy } from '../../base/distinct.ts';
import type { ExplainIntent } from './intent.ts';
import { seenOf } from '../../istio/requests/seen.ts';
import { explainFindings, unreadFiles, unreadNamespaces } from './findings.ts';
import { follow, firstRequests } from './follow.ts';
import { judgeExpectation } from './judge.ts';
import type { ExplainContext } from './explained.ts';
import { explainOne } from './one.ts';
import { clusterLookup } from './treatment.ts';
import type { Explanation } from '../../plan/explanation.ts';
import { besideFindings, type BesideWays } from '../../plan/beside.ts';
import { selectVirtualServices } from '../../plan/select.ts';
import { NOTHING_WRITTEN } from '../../plan/nothing-written.ts';
import { setAsideFindings } from '../../plan/set-aside.ts';
import type { Plan, Snapshot } from '../../plan/types.ts';
import type { Finding } from '../../base/findings.ts';

/**
 * The plan of `explain`. Its routes are in the explanations, those that matter.
 *
 * @throws TrafficError as `explainRequests`
 */
export function planExplain(snapshot: Snapshot, intent: ExplainIntent): Plan {
  const { explanations, findings } = explainRequests(snapshot, intent);
  return {
    operation: 'explain',
    ...NOTHING_WRITTEN,
    explanations,
    findings: [...setAsideFindings(snapshot), ...findings],
  };
}

/**
 * Where each request goes, and whether the expectations are met. Every VirtualService in sight counts for that; the
 * selected ones are those that are asked about: they say by which gateway the requests come, and a request that
 * another one takes gets a notice.
 *
 * @throws TrafficError not-found where the selector chooses none, ambiguous where they are on several gateways
 */
export function explainRequests(
  snapshot: Snapshot,
  intent: ExplainIntent,
): { readonly explanations: readonly Explanation[]; readonly findings: readonly Finding[] } {
  const context: ExplainContext = {
    snapshot,
    selected: new Set(selectVirtualServices(snapshot, intent)),
    seen: seenOf(snapshot),
    lookup: clusterLookup(snapshot),
  };
  const asked = firstRequests(intent).map(({ request, isAnyRequest }) =>
    follow(context, intent, explainOne(context, request, intent.headers, intent, { isAny: isAnyRequest })),
  );
  const expected = (intent.expectations?.cases ?? []).map((one) => judgeExpectation(context, intent, one));
  const all = [...asked, ...expected];
  const explanations = all.map(({ explanation }) => explanation);
  return {
    explanations,
    // Two requests often have the same to say.
    findings: distinctBy(
      [
        ...explainFindings(intent, explanations),
        ...all.flatMap(({ findings }) => findings),
        ...besideFindings(snapshot, [...context.selected], waysOf(explanations)),
        ...unreadNamespaces(snapshot),
        ...unreadFiles(snapshot),
      ],
      ({ message }) => message,
    ),
  };
}

/** Of one request in the mesh, what it gets says it: only of callers that nobody knows is there more to say. */
function waysOf(explanations: readonly Explanation[]): BesideWays {
  return {
    mesh: false,
    ownHosts: false,
    gateways: explanations.some(({ request }) => request.gateway !== 'mesh'),
    sidecars: explanations.some(
      ({ request }) => request.gateway === 'mesh' && request.sourceNamespace === null,
    ),
  };
}
