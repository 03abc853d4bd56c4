/**
 * Envoy answers 503 for a route to a subset that the DestinationRule which the proxy uses doesn't define. So no change
 * may leave such a route behind: not by what it adds, not by what it removes, and not by a baseline whose subset
 * somebody else has removed. What was as bad before is only said.
 */
import { subsetIn, type DecidedRule } from '../istio/consulted-rule.ts';
import { ruleCovers, hostOfRule, rulesCovering } from '../istio/rule-index.ts';
import { destinationsOf, mirrorsOf, routesOf, subsetOf } from '../istio/routes.ts';
import type { DestinationRule, VirtualService } from '../istio/types.ts';
import { relativeWeights } from '../istio/weights.ts';
import type { Change } from '../plan/objects.ts';
import { clientGroups, type ClientGroup } from '../plan/clients.ts';
import { finding, type Finding } from '../base/findings.ts';
import { titleOf } from '../base/title.ts';
import { virtualServicesAfter } from '../plan/phases.ts';
import { subsetsYaml } from '../plan/object-yaml.ts';
import { hostAndSubset, keysIn, referencedSubsets } from '../plan/subsets.ts';
import type { Phase, Snapshot } from '../plan/types.ts';
import { changeOperationOf } from '../operations/index.ts';
import type { CheckContext } from './context.ts';
import { gainedShares } from './shares.ts';

export function checkSubsets({ snapshot, intent, draft, phases }: CheckContext): Finding[] {
  const after = rulesAfter(snapshot, phases);
  const before = new Set(snapshot.destinationRules);
  const written = after.filter((rule) => !before.has(rule)).map(hostOfRule);
  const changes = new Map(
    draft.virtualServices.flatMap((change) =>
      change.before === change.after ? [] : [[change.after, change]],
    ),
  );
  const isWayBack = changeOperationOf(intent).direction !== 'forward';
  return virtualServicesAfter(snapshot, draft).flatMap((virtualService) =>
    [...referencedSubsets([virtualService])].flatMap((key) => {
      const change = changes.get(virtualService);
      // What neither route nor rule is written of can't get worse.
      const isTouched =
        change !== undefined || written.some((host) => ruleCovers(host, hostAndSubset(key).host));
      return isTouched ? judgeReference({ snapshot, after, virtualService, change, key, isWayBack }) : [];
    }),
  );
}

interface SubsetReference {
  readonly snapshot: Snapshot;
  readonly after: readonly DestinationRule[];
  /** As it will be. */
  readonly virtualService: VirtualService;
  /** Absent: it stays as it is. */
  readonly change: Change<VirtualService> | undefined;
  /** A `subsetKey` that it refers to. */
  readonly key: string;
  /** It takes back what was changed before: what it goes back to may have been broken all the time. */
  readonly isWayBack: boolean;
}

function judgeReference(place: SubsetReference): readonly Finding[] {
  const { snapshot, after, virtualService, change, key } = place;
  const { host, subset } = hostAndSubset(key);
  // Without a DestinationRule for the host in sight nobody knows: it may be in another namespace.
  if (rulesCovering(after, host).length === 0) return [];
  const missing = leftOut(clientGroups(snapshot, after, virtualService, host), subset);
  if (missing.length === 0) return [];
  const before = clientGroups(snapshot, snapshot.destinationRules, virtualService, host);
  const wasMissing = new Set(leftOut(before, subset).map(({ group }) => group.words));
  const harm = change === undefined ? 'none' : harmOf(change, key);
  const news = missing.filter(({ group }) => harm === 'new' || !wasMissing.has(group.words));
  const isOurDoing = news.length > 0 && (change !== undefined || news.some(({ isSure }) => isSure));
  if (!isOurDoing && change === undefined) return [];
  const isRefused = isOurDoing && news.some(({ isSure }) => isSure);
  // A doubt that is as old as the route is nothing to say again at each change.
  if (!isOurDoing && !missing.some(({ isSure }) => isSure)) return [];
  const isOld = news.every(({ group }) => wasMissing.has(group.words));
  return [missingSubsetFinding(place, isOurDoing ? news : missing, isOurDoing, { isRefused, isOld })];
}

/** Proxies that have no such subset. */
export interface LeftOut {
  readonly group: ClientGroup;
  /** What the proxies use in place of a rule with the subset; of several possible the first. */
  readonly used: DecidedRule;
  /** They are there for all that we know, and all that they may use lacks the subset. */
  readonly isSure: boolean;
}

/** Which of these proxies lack the subset, for all that is known or possibly. */
export function leftOut(groups: readonly ClientGroup[], subset: string): readonly LeftOut[] {
  return groups.flatMap((group) => {
    const lacking = group.options.filter((option) => subsetIn(option, subset) === undefined);
    const [used] = lacking;
    if (used === undefined) return [];
    return [
      { group, used, isSure: group.existence === 'certain' && lacking.length === group.options.length },
    ];
  });
}

/**
 * What a change does with the requests to a subset. `new`: they go there now, and did not before. `old`: some went
 * there before, more or fewer.
 */
function harmOf(change: Change<VirtualService>, key: string): 'new' | 'old' {
  const known = sharesOfChanges.get(change) ?? {
    sent: sentTo(change.before),
    listed: referencedSubsets([change.before]),
    gained: gainedShares(change),
  };
  sharesOfChanges.set(change, known);
  const { sent, listed, gained } = known;
  if (sent.has(key)) return 'old';
  return listed.has(key) && !gained.has(key) ? 'old' : 'new';
}

/** The same for each of thousands of subsets. */
const sharesOfChanges = new WeakMap<
  Change<VirtualService>,
  Readonly<Record<'sent' | 'listed' | 'gained', { readonly has: (key: string) => boolean }>>
>();

/** The subsets that get a share of the requests, or copies of them. */
function sentTo(virtualService: VirtualService): ReadonlySet<string> {
  const keyOf = keysIn(virtualService.metadata.namespace);
  return new Set(
    routesOf(virtualService).flatMap(({ route }) => {
      const list = destinationsOf(route);
      const weights = relativeWeights(list);
      const used = list.filter((_, i) => (weights[i] ?? 0) > 0).map(({ destination }) => destination);
      return [...used, ...mirrorsOf(route)].flatMap((destination) => {
        const subset = subsetOf(destination);
        return subset === undefined ? [] : [keyOf(destination.host, subset).key];
      });
    }),
  );
}

function missingSubsetFinding(
  { after, virtualService, key, isWayBack }: SubsetReference,
  missing: readonly LeftOut[],
  isOurDoing: boolean,
  { isRefused, isOld }: { readonly isRefused: boolean; readonly isOld: boolean },
): Finding {
  const { host, subset } = hostAndSubset(key);
  const defining = rulesCovering(after, host).filter(
    (rule) => rule.spec.subsets?.some(({ name }) => name === subset) === true,
  );
  const sends = `${titleOf(virtualService)} ${isOurDoing ? 'would send' : 'sends'} to subset ${subset} of ${host}`;
  const severity = isRefused ? 'error' : 'warning';
  if (defining.length === 0) {
    const message = `${sends}, which no DestinationRule defines: these requests are answered with 503. Define the subset, or change the route.`;
    return finding('subset-missing', severity, message, virtualService, isRefused && isWayBack && isOld);
  }
  const [first] = missing;
  const definition = defining[0]?.spec.subsets?.find(({ name }) => name === subset);
  const who = missing.map((one) => `${one.group.words} ${omissionVerb(one)} (${usedText(one)})`);
  const message =
    `${sends}. ${defining.map(titleOf).join(' and ')} defines it, but not all proxies use that: ${who.join('; ')}. ` +
    `Requests from these are answered with 503. ${remedy(first?.used, definition === undefined ? '' : subsetsYaml([definition]))}`;
  return finding('subset-unseen', severity, message, virtualService, isRefused);
}

function omissionVerb({ group, isSure }: LeftOut): string {
  if (isSure) return 'do not';
  return group.unknown === null ? 'would not' : `may not, depending on ${group.unknown}`;
}

function usedText({ used }: LeftOut): string {
  return used.kind === 'none'
    ? 'no DestinationRule in sight is for them'
    : `they use ${used.rules.map(titleOf).join(' and ')}`;
}

function remedy(used: DecidedRule | undefined, lines: string): string {
  return used?.kind === 'rule'
    ? `Add the subset to ${titleOf(used.rules[0])} too:\n${lines}`
    : 'Change `exportTo` or `workloadSelector` of the DestinationRule, or the `exportTo` or `gateways` of the VirtualService, so that both are for the same proxies.';
}

/** The DestinationRules as they will be in the end. */
function rulesAfter(snapshot: Snapshot, phases: readonly Phase[]): readonly DestinationRule[] {
  const written = new Map<DestinationRule, DestinationRule>();
  for (const { writes } of phases) {
    for (const write of writes) {
      if (write.kind !== 'DestinationRule') continue;
      const first = [...written].find(([, after]) => after === write.before)?.[0] ?? write.before;
      written.set(first, write.after);
    }
  }
  if (written.size === 0) return snapshot.destinationRules;
  return snapshot.destinationRules.map((rule) => written.get(rule) ?? rule);
}
