import { finding, type Finding } from '../base/findings.ts';
import type { FailureReason } from '../base/errors.ts';
import type { ClusterFacts, Examined, KnownUser, Right } from './types.ts';

/** What keeps us from the cluster, or from a part of what we do there. */
export function clusterFindings({ identity, rights, role, istiod }: ClusterFacts): readonly Finding[] {
  return [
    ...unknownFindings(identity, 'As whom the cluster sees you is not known'),
    ...anonymousFindings(identity),
    ...unknownFindings(rights, 'Which rights you have is not known'),
    ...(rights.state === 'known' ? rightsFindings(rights.value, role) : []),
    ...unknownFindings(istiod, 'The version of istiod is not visible'),
    ...(istiod.state === 'known' ? istiodFindings(istiod.value) : []),
  ];
}

/** Reasons that stand in the way of everything else, too. */
const GRAVE: ReadonlySet<FailureReason> = new Set<FailureReason>([
  'unauthorized',
  'unreachable',
  'timeout',
  'invalid-input',
]);

function unknownFindings(found: Examined<unknown>, what: string): readonly Finding[] {
  if (found.state === 'known') return [];
  if (GRAVE.has(found.reason)) return [finding(found.reason, 'error', found.why)];
  return [finding('not-visible', 'notice', `${what}: ${found.why}`)];
}

/** A server that lets strangers in says no more than that they have no rights. */
function anonymousFindings(identity: Examined<KnownUser>): readonly Finding[] {
  if (identity.state === 'unknown' || identity.value.user !== 'system:anonymous') return [];
  const message =
    'The cluster takes you for an anonymous user: the kubeconfig has no credentials for this context, or none that ' +
    'the cluster knows. Renew them, or choose another context with `--context`.';
  return [finding('unauthorized', 'error', message)];
}

/** Every change reads and writes these two; without the others, checks are left out. */
const ISTIO = 'networking.istio.io';
const NEEDED: ReadonlySet<string> = new Set(['virtualservices', 'destinationrules']);

function rightsFindings(rights: readonly Right[], role: string): readonly Finding[] {
  const missing = rights.filter(({ isAllowed }) => !isAllowed);
  const isNeeded = ({ group, resource }: Right): boolean => group === ISTIO && NEEDED.has(resource);
  const needed = missing.filter(isNeeded);
  const others = missing.filter((right) => !isNeeded(right));
  const remedy = `Grant it with this Role (kubectl apply -f -):\n\n${role.trimEnd()}`;
  return [
    ...(needed.length === 0
      ? []
      : [
          finding(
            'right-missing',
            'error',
            `You may not ${rightsWords(needed)}: ${consequence(needed)} ${remedy}`,
          ),
        ]),
    ...(others.length === 0
      ? []
      : [
          finding(
            'right-missing',
            'warning',
            `You may not ${rightsWords(others)}: the checks that need it (ready pods, ports of the service) are left out.` +
              (needed.length === 0 ? ` ${remedy}` : ''),
          ),
        ]),
  ];
}

function consequence(needed: readonly Right[]): string {
  const canRead = needed.every(({ verb }) => verb !== 'list');
  return canRead ? 'show and explain work, and every change is refused.' : 'nothing can be done here.';
}

/** `get, list and update virtualservices; list pods`. */
function rightsWords(rights: readonly Right[]): string {
  const resources = Map.groupBy(rights, ({ resource }) => resource);
  return [...resources]
    .map(([resource, some]) => `${enumerated(some.map(({ verb }) => verb))} ${resource}`)
    .join('; ');
}

/** `get, list and update`. */
function enumerated(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}

function istiodFindings(istiod: readonly { readonly version: string }[]): readonly Finding[] {
  if (istiod.length > 0) return [];
  const message =
    'No pod of istiod (label app=istiod) is in sight: the control plane runs elsewhere, or is not installed.';
  return [finding('istiod-not-visible', 'notice', message)];
}
