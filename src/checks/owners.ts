import { isObject, listIn, objectIn, textIn } from '../base/json.ts';
import type { DestinationRule, KubeObject } from '../istio/types.ts';
import { finding, type Finding } from '../base/findings.ts';
import { titleOf } from '../base/title.ts';
import { rulesFor } from '../plan/select.ts';
import type { Snapshot } from '../plan/types.ts';
import { checkAppliers } from './appliers.ts';
import type { CheckContext } from './context.ts';
import { isDestinationRule } from '../istio/kinds.ts';

/**
 * Who else writes these objects. A progressive delivery controller sets its own weights within seconds, so a
 * change would be lost; a GitOps controller may do so at its next sync.
 */
export function checkOwners({ snapshot, phases, draft: { shift } }: CheckContext): Finding[] {
  const written = new Map(
    phases.flatMap(({ writes }) => writes.map(({ before }) => [titleOf(before), before] as const)),
  );
  // Argo Rollouts leaves its mark on the DestinationRule alone, and writes the routes of its service back even where
  // only they change.
  const rules = written.size === 0 || shift === undefined ? [] : rulesFor(snapshot, shift.service.host);
  const objects = new Map([...written, ...rules.map((rule) => [titleOf(rule), rule] as const)]);
  return [...objects].flatMap(([title, object]) => {
    const controller = controllerOf(object);
    if (controller !== undefined) {
      const message =
        `${title} belongs to ${controller}, which would write its own routes back within seconds. ` +
        `Shift the traffic with ${controller}, or stop it for this service first.`;
      return [finding('controller-owned', 'error', message, object, true)];
    }
    const document = snapshot.controllers?.find(({ writes }) => writes.includes(title));
    if (document !== undefined) {
      const message =
        `${title} belongs to ${document.controller} (${document.place}), which would write its own routes back in the cluster. ` +
        `Shift the traffic with ${document.controller}, or remove that document first.`;
      return [finding('controller-owned', 'error', message, object, true)];
    }
    if (!written.has(title)) return [];
    if (snapshot.source !== 'kubernetes') return patchedBy(snapshot.patches, object);
    const delivered = deliveredBy(object);
    return [...ownedByAnother(object), ...(delivered.length > 0 ? delivered : checkAppliers(object))];
  });
}

/** A patch replaces or moves what is written here when the manifests are built: what is built may lack the change. */
function patchedBy(patches: Snapshot['patches'] = [], object: KubeObject): readonly Finding[] {
  const title = titleOf(object);
  const own = patches.filter((patch) => patch.object === title);
  return own.map(({ place, fields }) => {
    const message =
      `${place} changes ${fields.join(' and ')} of ${title} when the manifests are built, so this change may not reach the cluster as it is written. ` +
      'Change that patch as well, or take the field out of it.';
    return finding('patched-when-built', 'warning', message, object);
  });
}

/**
 * @see https://docs.flagger.app/faq (Flagger owns the VirtualService and the DestinationRules that it creates)
 * @see https://argo-rollouts.readthedocs.io/en/stable/features/traffic-management/istio/
 */
function controllerOf(object: KubeObject): string | undefined {
  const managers = managersOf(object);
  if (isOwnedBy(object, 'Canary', 'flagger.app') || managers.includes('flagger')) return 'Flagger';
  const isRollouts =
    isOwnedBy(object, 'Rollout', 'argoproj.io') ||
    object.metadata.annotations?.['argo-rollouts.argoproj.io/managed-by-rollouts'] !== undefined ||
    managers.includes('rollouts-controller') ||
    subsetsOf(object).some((subset) => subset.labels?.['rollouts-pod-template-hash'] !== undefined);
  return isRollouts ? 'Argo Rollouts' : undefined;
}

/**
 * A controller that nobody here knows: it may keep what others write, as one that made the object once does, or not.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/
 */
function ownedByAnother(object: KubeObject): readonly Finding[] {
  const owner = listIn(object.metadata['ownerReferences']).find(
    (one) => isObject(one) && one['controller'] === true,
  );
  if (!isObject(owner)) return [];
  const message =
    `${titleOf(object)} is made by ${textIn(owner['kind'])} ${textIn(owner['name'])} (${textIn(owner['apiVersion'])}), its controller: that may write its own routes back. ` +
    'If it does, shift the traffic there.';
  return [finding('controlled-object', 'warning', message, object)];
}

function isOwnedBy({ metadata }: KubeObject, kind: string, group: string): boolean {
  return listIn(metadata['ownerReferences']).some(
    (owner) =>
      isObject(owner) && owner['kind'] === kind && textIn(owner['apiVersion']).startsWith(`${group}/`),
  );
}

/** Who has written its fields, as the API server keeps count of it: nobody can forget to set it. */
function managersOf({ metadata }: KubeObject): readonly string[] {
  return listIn(metadata['managedFields']).map((field) => textIn(objectIn(field)['manager']));
}

function subsetsOf(object: KubeObject): NonNullable<DestinationRule['spec']['subsets']> {
  return isDestinationRule(object) ? (object.spec.subsets ?? []) : [];
}

/**
 * @see https://argo-cd.readthedocs.io/en/stable/user-guide/diffing/
 * @see https://fluxcd.io/flux/components/kustomize/kustomizations/#controlling-the-apply-behavior-of-resources
 */
function deliveredBy(object: KubeObject): Finding[] {
  const { labels = {}, annotations = {}, name } = object.metadata;
  const managers = managersOf(object);
  const path =
    object.kind === 'VirtualService' ? ['/spec/http', '/spec/tcp', '/spec/tls'] : ['/spec/subsets'];
  if (
    labels['argocd.argoproj.io/instance'] !== undefined ||
    annotations['argocd.argoproj.io/tracking-id'] !== undefined ||
    // By default it tracks with `app.kubernetes.io/instance`, which Helm and others set as well: no sign of it.
    managers.some((manager) => /^argocd-(application-)?controller$/.test(manager))
  ) {
    const message =
      `${titleOf(object)} is delivered by Argo CD, which would undo this at its next sync. Add to its Application:\n` +
      [
        'spec:',
        '  ignoreDifferences:',
        '    - group: networking.istio.io',
        `      kind: ${object.kind}`,
        `      name: ${name}`,
        `      jsonPointers: [${[...path, '/metadata/annotations'].join(', ')}]`,
        '  syncPolicy:',
        '    syncOptions: [RespectIgnoreDifferences=true]',
      ].join('\n');
    return [finding('gitops-delivered', 'warning', message, object)];
  }
  const flux = ['kustomize', 'helm'].find(
    (kind) =>
      labels[`${kind}.toolkit.fluxcd.io/name`] !== undefined || managers.includes(`${kind}-controller`),
  );
  if (flux === undefined) return [];
  const remedy =
    flux === 'kustomize'
      ? 'Annotate it with `kustomize.toolkit.fluxcd.io/ssa: IfNotPresent`, or shift in the Git repository with `manifests`.'
      : [
          'Add to its HelmRelease:',
          'spec:',
          '  driftDetection:',
          '    mode: enabled',
          '    ignore:',
          `      - paths: [${path.join(', ')}]`,
          `        target: {kind: ${object.kind}, name: ${name}}`,
        ].join('\n');
  const message = `${titleOf(object)} is delivered by Flux, which would undo this at its next reconciliation. ${remedy}`;
  return [finding('gitops-delivered', 'warning', message, object)];
}
