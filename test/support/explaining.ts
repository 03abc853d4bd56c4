/** Asks VirtualServices in memory where requests go. */
import { readExpectations } from '../../src/intent/expectations.ts';
import type { Labels, Route, VirtualService, VirtualServiceSpec } from '../../src/istio/types.ts';
import { explainRequests } from '../../src/operations/explain/plan.ts';
import type { Explanation } from '../../src/plan/explanation.ts';
import type { Snapshot } from '../../src/plan/types.ts';
import { destinationRule, intentOf, snapshotOf, virtualService } from './plane.ts';

/** Everything to the subset `v1` of `api`. */
export const MAIN: Route = { route: [{ destination: { host: 'api', subset: 'v1' } }] };

/** With exactly this spec: no hosts and no gateways of its own. */
export function on(
  spec: VirtualServiceSpec,
  name = 'api',
  {
    namespace = 'shop',
    labels = { app: 'api' },
  }: { readonly namespace?: string; readonly labels?: Labels } = {},
): VirtualService {
  return { ...virtualService({}), metadata: { name, namespace, labels }, spec: { http: [MAIN], ...spec } };
}

/** These VirtualServices beside a DestinationRule of `api` with the subset `v1`. */
export function withRule(virtualServices: readonly VirtualService[]): Snapshot {
  return snapshotOf(virtualServices, [destinationRule({ v1: { app: 'api', build: '1' } })]);
}

/** @param file the text of a file of expectations, `routing.yaml` */
export function explainAll(
  snapshot: Snapshot,
  words: Readonly<Record<string, string>>,
  file?: string,
): ReturnType<typeof explainRequests> {
  const path = 'routing.yaml';
  const intent = intentOf({
    operation: 'explain',
    ...words,
    ...(file !== undefined && { expectations: path }),
  });
  if (intent.operation !== 'explain') throw new Error('It is explain.');
  const expectations = file === undefined ? undefined : { path, cases: readExpectations(path, file) };
  return explainRequests(snapshot, { ...intent, ...(expectations && { expectations }) });
}

/** One request. */
export function explained(
  request: string,
  virtualServices: readonly VirtualService[],
  words: Readonly<Record<string, string>> = {},
): Explanation {
  const [first] = explainAll(withRule(virtualServices), { requests: request, ...words }).explanations;
  if (first === undefined) throw new Error('One was asked for.');
  return first;
}

/** One request to these routes of `shop.io`, in the mesh. */
export function asked(request: string, ...http: readonly Route[]): Explanation {
  return explained(request, [on({ hosts: ['shop.io'], http })]);
}
