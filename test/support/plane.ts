/** A cluster in memory: a snapshot that plans are applied to, without a store. */
import { parseWords } from '../../src/intent/parse-words.ts';
import type { Intent } from '../../src/intent/types.ts';
import type { DestinationRule, Route, VirtualService } from '../../src/istio/types.ts';
import { plan } from '../../src/plan.ts';
import { titleOf } from '../../src/plan/objects.ts';
import type { Plan, Snapshot } from '../../src/plan/types.ts';

export function intentOf(words: Readonly<Record<string, string>>): Intent {
  return parseWords({ 'label-selector': 'app=api', ...words }).request.intent;
}

export function virtualService(
  spec: Partial<Record<'http' | 'tls' | 'tcp', readonly Route[]>>,
  name = 'api',
): VirtualService {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata: { name, namespace: 'shop', labels: { app: 'api' } },
    spec: { hosts: ['api.example.com'], ...spec },
  };
}

export function destinationRule(subsets: Readonly<Record<string, Record<string, string>>>): DestinationRule {
  const entries = Object.entries(subsets).map(([name, labels]) => ({ name, labels }));
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'DestinationRule',
    metadata: { name: 'api', namespace: 'shop', labels: { app: 'api' } },
    spec: { host: 'api', ...(entries.length > 0 && { subsets: entries }) },
  };
}

export function snapshotOf(
  virtualServices: readonly VirtualService[],
  destinationRules: readonly DestinationRule[],
): Snapshot {
  return {
    source: 'manifests',
    namespace: 'shop',
    virtualServices,
    destinationRules,
    pods: { state: 'none' },
    services: { state: 'none' },
  };
}

/** The snapshot after a plan's writes. */
export function applied(snapshot: Snapshot, { phases }: Plan): Snapshot {
  const after = new Map(
    phases.flatMap(({ writes }) => writes.map((write) => [titleOf(write.after), write.after])),
  );
  const current = <T extends VirtualService | DestinationRule>(object: T): T =>
    (after.get(titleOf(object)) as T | undefined) ?? object;
  return {
    ...snapshot,
    virtualServices: snapshot.virtualServices.map(current),
    destinationRules: snapshot.destinationRules.map(current),
  };
}

/** Plans and applies one operation after the other. */
export function play(snapshot: Snapshot, ...steps: readonly Readonly<Record<string, string>>[]): Snapshot {
  return steps.reduce((current, words) => applied(current, plan(current, intentOf(words))), snapshot);
}
