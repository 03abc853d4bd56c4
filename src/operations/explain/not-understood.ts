import { meshNames } from '../../istio/requests/mesh-names.ts';
import { hostOf } from '../../istio/requests/request.ts';
import type { ExplainedCandidate, ExplainedResult } from '../../plan/explanation.ts';
import type { NotUnderstood } from '../../istio/not-understood.ts';
import type { AskedRequest } from './entry.ts';
import { candidatesOf } from './sources.ts';

/** A result as it is where VirtualServices may be for the request that nobody understands: they may take it, or not. */
export function ununderstoodCandidates(
  notUnderstood: readonly NotUnderstood[],
  request: AskedRequest,
  result: ExplainedResult,
): ExplainedResult {
  const concerned = notUnderstood.filter((one) => one.kind === 'VirtualService' && mayTake(one, request));
  if (concerned.length === 0) return result;
  const unseen = concerned.map(({ namespace, name, why }): ExplainedCandidate => ({
    kind: 'unseen',
    route: null,
    does: null,
    unknown: `VirtualService ${namespace}/${name} accepts it: it is not understood (${why})`,
  }));
  return { kind: 'undecided', candidates: [...unseen, ...candidatesOf(result)] };
}

function mayTake({ hosts, gateways }: NotUnderstood, request: AskedRequest): boolean {
  if (gateways !== null && !gateways.includes(request.gateway)) return false;
  if (hosts === null) return true;
  const host = hostOf(request.authority);
  const names = request.gateway === 'mesh' ? [host, ...meshNames(host, request.sourceNamespace)] : [host];
  return hosts.some((given) =>
    names.some((name) => (given.startsWith('*') ? name.endsWith(given.slice(1)) : given === name)),
  );
}
