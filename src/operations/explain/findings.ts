import type { ExplainedResult, Explanation, Treatment } from '../../plan/explanation.ts';
import { finding, type Finding } from '../../base/findings.ts';
import type { Unheeded } from '../../istio/requests/sidecars.ts';
import { joinFirst } from '../../plan/select.ts';
import type { Snapshot } from '../../plan/types.ts';
import { whyUnselected } from '../../intent/selection.ts';
import type { Selection } from '../../istio/selection.ts';

/** What a person should know besides where the requests go. */
export function explainFindings(
  selection: Selection,
  explanations: readonly Explanation[],
): readonly Finding[] {
  return [
    ...takenByOthers(selection, explanations),
    ...unseenRules(explanations),
    ...weightless(explanations),
  ];
}

/** A list that Istio refuses: whoever looks at files that were not applied yet should know. */
function weightless(explanations: readonly Explanation[]): readonly Finding[] {
  const places = explanations.flatMap(({ result }) => {
    if (result.kind !== 'route') return [];
    const { route, does } = result;
    if (does.destinations.length < 2 || does.destinations.some(({ share }) => share > 0)) return [];
    return [`http[${route.index}] of VirtualService ${route.namespace}/${route.virtualService}`];
  });
  return [...new Set(places)].map((place) =>
    finding(
      'weights-all-zero',
      'warning',
      `All weights of ${place} are 0: Istio refuses such a VirtualService.`,
    ),
  );
}

/** For a request whose answer depends on the namespace of the proxy that has it. */
export function unknownProxy(gateway: string): Finding {
  const whose = gateway === 'mesh' ? 'callers in the mesh' : `gateway ${gateway}`;
  return finding(
    'proxy-namespace-unknown',
    'notice',
    `It is not known which namespace the pods of ${whose} are in, and the answer depends on it. Say it with \`source-namespace\`.`,
  );
}

/** Routes that a person reads in a VirtualService, and that no proxy looks at. */
export function httpRoutesUnheard({ why, advice }: Unheeded): Finding {
  return finding('routes-unheard', 'warning', `${why.slice(0, 1).toUpperCase()}${why.slice(1)}. ${advice}`);
}

/** A right that covers one namespace shows one namespace, and proxies look at others as well. */
export function unreadNamespaces({
  source,
  namespace,
  rulesOf,
  virtualServicesOf,
}: Snapshot): readonly Finding[] {
  if (source === 'manifests' || (rulesOf === 'all' && virtualServicesOf === 'all')) return [];
  return [
    finding(
      'other-namespaces-unread',
      'notice',
      `Not everything outside of namespace ${namespace} could be read: VirtualServices of other namespaces for the same hosts, and DestinationRules of the caller's own namespace, may change this answer.`,
    ),
  ];
}

/** What is said holds for what could be read. */
export function unreadFiles({ unread = [] }: Snapshot): readonly Finding[] {
  if (unread.length === 0) return [];
  return [
    finding(
      'files-unread',
      'warning',
      `The answers leave out what could not be read; a VirtualService in it for the same host would change them: ${joinFirst(unread, '; ')}.`,
    ),
  ];
}

function takenByOthers(selection: Selection, explanations: readonly Explanation[]): readonly Finding[] {
  const others = new Map<string, string>();
  for (const { request, result } of explanations) {
    if (result.kind !== 'route' || result.route.selected) continue;
    const owner = `VirtualService ${result.route.namespace}/${result.route.virtualService}`;
    if (!others.has(owner)) others.set(owner, request.text);
  }
  return [...others].map(([owner, text]) => ({
    ...finding(
      'taken-by-another',
      'notice',
      `${owner}, ${whyUnselected(selection)}, accepts ${text}: it is for the same host.`,
    ),
    object: owner,
  }));
}

/** A subset that no DestinationRule in sight speaks of may exist elsewhere, or be a 503. */
function unseenRules(explanations: readonly Explanation[]): readonly Finding[] {
  const results = explanations.flatMap(({ result, followed }) => [
    result,
    ...(followed?.hops ?? []).flatMap(({ ways }) => ways.map((way) => way.result)),
  ]);
  const problems = results.flatMap((result) =>
    treatmentsOf(result).flatMap(({ destinations }) =>
      destinations.flatMap(({ state, share, problem }) =>
        state === 'unseen' && share > 0 && problem !== null ? [problem] : [],
      ),
    ),
  );
  return [...new Set(problems)].map((problem) =>
    finding('destinationrule-unseen', 'notice', `It is ${problem}.`),
  );
}

function treatmentsOf(result: ExplainedResult): readonly Treatment[] {
  switch (result.kind) {
    case 'route':
    case 'service':
      return [result.does];
    case 'none':
      return result.does === undefined ? [] : [result.does];
    case 'undecided':
      return result.candidates.flatMap(({ does }) => (does === null ? [] : [does]));
  }
}
