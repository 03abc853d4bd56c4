/**
 * What a run may follow of what is recorded: the changes of `istiops/history` that an `undo` (or a `rollback` after a
 * `promote`) may be about, and the state of a step. A reading that shares nothing with the planner's choice: where that
 * depends on other VirtualServices, every choice that may be right counts.
 */
import { resolveHost } from '../../istio/hosts.ts';
import { serviceIdentity } from '../../istio/service-identity.ts';
import { destinationsOf, mirrorsOf, routesOf } from '../../istio/routes.ts';
import type { DestinationRule, Labels, VirtualService } from '../../istio/types.ts';
import { sameJson } from '../../base/json.ts';
import type { Snapshot } from '../../plan/types.ts';
import type { ChangeChoice, DestinationRuleUndo, StepChoice, VirtualServiceUndo } from '../../undo/types.ts';
import { keyOfObject } from '../listed.ts';
import { chosenOf, wholeChanges, type WholeChange } from './chosen-changes.ts';
import { restoredBy, type Restored } from './restored.ts';
import type { Trust } from './restored-previews.ts';

/** A VirtualService as its record says that it was. */
export interface RecordedState {
  readonly restored: Restored;
  /** Other VirtualServices have a say in what is undone, or somebody else changed a part since: it may stay as it is. */
  readonly mayStay: boolean;
}

/** A subset that a record speaks of. */
export interface RecordedRule {
  readonly namespace: string;
  readonly name: string;
  readonly undo: DestinationRuleUndo;
  readonly source: Trust['source'];
}

export interface Records {
  /** By `namespace/name`; none: the VirtualService stays as it is. */
  readonly states: ReadonlyMap<string, readonly RecordedState[]>;
  readonly rules: readonly RecordedRule[];
}

/** Of an operation that goes by no record. */
export const NO_RECORDS: Records = { states: new Map(), rules: [] };

/** Of the operation `undo`: every change of the histories that may be the one that is meant. */
export function recordsOfUndo(
  snapshot: Snapshot,
  intent: ChangeChoice,
  meant: readonly VirtualService[],
): Records {
  const { runs: chosen, isSure } = chosenOf(intent, meant);
  const found = [...chosen].map(([virtualService, runs]) => ({ virtualService, runs }));
  return {
    states: new Map(
      found.map(({ virtualService, runs }) => [
        keyOfObject(virtualService),
        runs.map((run) => recordedStateOf(snapshot, virtualService, run, intent.to === undefined, isSure)),
      ]),
    ),
    rules: found.flatMap(({ virtualService, runs }) =>
      runs.flatMap((run) => rulesOf(snapshot, virtualService, run)),
    ),
  };
}

/** Of the post step: what the main step has kept of its own writes. */
export function recordsOfStep({ step: { undo } }: StepChoice, meant: readonly VirtualService[]): Records {
  return {
    states: new Map(
      meant.map((virtualService) => {
        const { namespace, name } = virtualService.metadata;
        const own = undo.virtualServices.filter((one) => one.namespace === namespace && one.name === name);
        const restored = restoredBy(virtualService, own, { source: 'own', isHost: () => true });
        return [keyOfObject(virtualService), [{ restored, mayStay: !restored.isWhole }]];
      }),
    ),
    rules: undo.destinationRules.map(({ namespace, name, ...one }) => ({
      namespace,
      name,
      undo: one,
      source: 'own',
    })),
  };
}

/** What a `rollback` of a build that was promoted goes back to first, where the history remembers that. */
export function recordsOfPromote(
  snapshot: Snapshot,
  podLabels: Labels,
  meant: readonly VirtualService[],
): Records {
  const found = meant.flatMap((virtualService) => {
    const last = wholeChanges(virtualService).find(
      ({ change: { labels, summary } }) =>
        sameJson(labels, podLabels) && summary.effects.includes('cuts-over'),
    );
    return last === undefined || last.change.summary.isBack || last.undos.includes(null)
      ? []
      : [{ virtualService, run: [last] }];
  });
  return {
    states: new Map(
      found.map(({ virtualService, run }) => [
        keyOfObject(virtualService),
        [recordedStateOf(snapshot, virtualService, run, true, true)],
      ]),
    ),
    rules: found.flatMap(({ virtualService, run }) => rulesOf(snapshot, virtualService, run)),
  };
}

function recordedStateOf(
  snapshot: Snapshot,
  virtualService: VirtualService,
  run: readonly WholeChange[],
  usePrevious: boolean,
  isSure: boolean,
): RecordedState {
  const undos = run.flatMap((change) => change.undos.filter((undo) => undo !== null));
  const { namespace } = virtualService.metadata;
  const hosts = knownHosts(snapshot, virtualService);
  const trust: Trust = { source: 'annotation', isHost: (host) => hosts.has(resolveHost(host, namespace)) };
  const restored = restoredBy(
    virtualService,
    undos.map((undo): VirtualServiceUndo => (usePrevious ? (undo.previous ?? undo) : undo)),
    trust,
  );
  return { restored, mayStay: !isSure || !restored.isWhole };
}

function rulesOf(
  snapshot: Snapshot,
  virtualService: VirtualService,
  run: readonly WholeChange[],
): readonly RecordedRule[] {
  const { namespace } = virtualService.metadata;
  const hosts = knownHosts(snapshot, virtualService);
  return run
    .flatMap(({ undos }) => undos.flatMap((undo) => undo?.rules ?? []))
    .filter(({ name, goneHost }) => {
      const there = snapshot.destinationRules.find(
        (rule) => rule.metadata.namespace === namespace && rule.metadata.name === name,
      );
      // One that went whole may be written again; what it may say then, `whole-rules.ts` judges.
      if (there === undefined) return goneHost !== undefined && hosts.has(resolveHost(goneHost, namespace));
      return isRuleForHosts(there, hosts);
    })
    .map(({ name, ...undo }) => ({ namespace, name, undo, source: 'annotation' }));
}

/** Hosts that the VirtualService sends or mirrors to now, and those of the Services of its namespace. */
function knownHosts({ services }: Snapshot, virtualService: VirtualService): ReadonlySet<string> {
  const { namespace } = virtualService.metadata;
  const sent = routesOf(virtualService).flatMap(({ route }) =>
    [...destinationsOf(route).map(({ destination }) => destination), ...mirrorsOf(route)].map(({ host }) =>
      resolveHost(host, namespace),
    ),
  );
  const own =
    services.state === 'known'
      ? services.items.filter((service) => service.namespace === namespace).flatMap(({ hosts }) => hosts)
      : [];
  return new Set([...sent, ...own]);
}

function isRuleForHosts({ spec, metadata }: DestinationRule, hosts: ReadonlySet<string>): boolean {
  const host = resolveHost(spec.host, metadata.namespace);
  if (host.startsWith('*')) return [...hosts].some((one) => one.endsWith(host.slice(1)));
  const identity = serviceIdentity(host, '');
  return [...hosts].some((one) => serviceIdentity(one, '') === identity);
}
