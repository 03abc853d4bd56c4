/**
 * Random DestinationRules of a few namespaces for one service, and a VirtualService that routes to its subsets: whether
 * Envoy has a cluster for each, or answers 503.
 */
import fc from 'fast-check';
import type { JsonObject } from '../../../src/base/json.ts';

/** Stand for the names of namespaces: of service and VirtualService, of another, of the gateway's pods. */
export const OWN = '@own@';
export const OTHER = '@other@';
export const PODS = '@pods@';
/** Stands for the domain of the world. */
export const DOMAIN = '@domain@';

export interface RuleWorld {
  readonly rules: readonly { readonly namespace: string; readonly spec: JsonObject }[];
  /** Of the VirtualService. */
  readonly exportTo: readonly string[];
  /** The Gateway is in the namespace of its pods, or in another. */
  readonly gatewayOf: typeof PODS | typeof OTHER;
}

export const SERVICE = `a.${DOMAIN}`;
export const BUILDS = { one: 'v1', two: 'v2' } as const;

const TWO = JSON.stringify(['.', PODS]);

const subsets = fc
  .subarray(['one', 'two'] as const)
  .map((names) => names.map((name) => ({ name, labels: { build: BUILDS[name] } })));

const part = (key: string, values: readonly unknown[]): fc.Arbitrary<JsonObject> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant({}) },
    { weight: 2, arbitrary: fc.constantFrom(...values).map((value) => ({ [key]: value }) as JsonObject) },
  );

const spec: fc.Arbitrary<JsonObject> = fc
  .tuple(
    fc.record({ host: fc.constantFrom(SERVICE, SERVICE, `*.${DOMAIN}`), subsets }),
    part('exportTo', [['.'], ['*'], [PODS], [OTHER], ['.', PODS]]),
    part('workloadSelector', [
      { matchLabels: { istio: 'ingressgateway' } },
      { matchLabels: { istio: 'elsewhere' } },
    ]),
  )
  .map((parts): JsonObject => Object.assign({}, ...parts))
  // The webhook refuses a rule for some pods that is for other namespaces, too.
  .map((one) => ('workloadSelector' in one && 'exportTo' in one ? { ...one, exportTo: ['.'] } : one));

const rule = fc
  .record({ namespace: fc.constantFrom(OWN, OWN, OTHER, PODS), spec })
  // Nor may it be exported to its own namespace twice.
  .filter(({ namespace, spec: { exportTo } }) => namespace !== PODS || JSON.stringify(exportTo) !== TWO);

export const ruleWorld: fc.Arbitrary<RuleWorld> = fc.record({
  rules: fc.array(rule, { maxLength: 4 }),
  exportTo: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 2, arbitrary: fc.constantFrom([PODS], ['.'], [OTHER], ['.', PODS], ['*']) },
  ),
  gatewayOf: fc.constantFrom(PODS, OTHER),
});
