/** A cluster in memory: a snapshot that plans are applied to, without a store. */
import { TrafficError } from '../../src/base/errors.ts';
import { parseWords } from '../../src/operations/parse-words.ts';
import { isReadOnly, type Intent } from '../../src/operations/index.ts';
import { isOfServices } from '../../src/operations/services.ts';
import type { DestinationRule, Route, VirtualService } from '../../src/istio/types.ts';
import { plan } from '../../src/run/plan.ts';
import { type Change } from '../../src/plan/objects.ts';
import { titleOf } from '../../src/base/title.ts';
import type { Plan, Snapshot } from '../../src/plan/types.ts';
import { reachOfPlan } from '../../src/operations/reach.ts';

const intents = new Map<string, Intent>();

/** Properties ask for the same few things thousands of times. */
export function intentOf(words: Readonly<Record<string, string>>): Intent {
  const key = JSON.stringify(words);
  const intent = intents.get(key) ?? ofOneService({ 'label-selector': 'app=api', ...words });
  intents.set(key, intent);
  return intent;
}

function ofOneService(words: Readonly<Record<string, string>>): Intent {
  const { intent } = parseWords(words).request;
  if (isOfServices(intent)) throw new Error('It is about several services.');
  return intent;
}

export function virtualService(
  spec: Partial<Record<'http' | 'tls' | 'tcp', readonly Route[]>> & {
    readonly gateways?: readonly string[];
  },
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

/** Every VirtualService in sight before and after a plan's writes. */
export function changesOf(snapshot: Snapshot, planned: Plan): readonly Change<VirtualService>[] {
  const after = applied(snapshot, planned).virtualServices;
  return snapshot.virtualServices.map((before, i) => ({ before, after: after[i] ?? before }));
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

/** Plans and applies one operation after the other; no plan may reach requests that it wasn't asked for. */
export function play(snapshot: Snapshot, ...steps: readonly Readonly<Record<string, string>>[]): Snapshot {
  return steps.reduce((current, words) => {
    const intent = intentOf(words);
    const planned = plan(current, intent);
    const refused = planned.findings.find(({ severity }) => severity === 'error');
    if (refused !== undefined) throw new TrafficError('check-failed', refused.message);
    if (!isReadOnly(intent)) {
      const { unexpected } = reachOfPlan(current, intent, planned.phases);
      if (unexpected.length > 0) throw new Error(`Unasked changes: ${JSON.stringify(unexpected, null, 2)}`);
    }
    return applied(current, planned);
  }, snapshot);
}
