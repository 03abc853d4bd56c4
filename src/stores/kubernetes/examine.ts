/** What a cluster says about us and itself, for `istiops doctor`: a few requests at once, each of which may fail. */
import { TrafficError } from '../../base/errors.ts';
import { field, textIn, type JsonObject } from '../../base/json.ts';
import type { ClusterFacts, Istiod, Right } from '../../doctor/types.ts';
import { readLabels } from '../../istio/labels.ts';
import type { Attempts } from './calls.ts';
import { allItems } from './pages.ts';
import { refusal } from './refusals.ts';
import { identityOf, review } from './review.ts';
import { roleYaml, RULES } from './role.ts';
import type { About } from './wire.ts';
import { examined } from '../../doctor/examined.ts';

/** Asks as whom we act, which rights of the Role we have in the namespace, and which istiod runs. Never throws. */
export async function examine(namespace: string, attempts: Attempts): Promise<ClusterFacts> {
  const [identity, rights, istiod] = await Promise.all([
    examined(identityOf(attempts)),
    examined(rightsIn(namespace, attempts)),
    examined(istiodOf(attempts)),
  ]);
  const user = identity.state === 'known' ? identity.value.user : undefined;
  return { namespace, identity, rights, role: roleYaml(namespace, user), istiod };
}

/** @see https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access */
async function rightsIn(namespace: string, attempts: Attempts): Promise<readonly Right[]> {
  const asked = RULES.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) => verbs.map((verb) => ({ group, resource, verb }))),
    ),
  );
  return Promise.all(
    asked.map(async (right): Promise<Right> => {
      const spec = { resourceAttributes: { namespace, ...right } };
      const status = await review(
        'authorization.k8s.io/v1',
        'SelfSubjectAccessReview',
        namespace,
        spec,
        attempts,
      );
      return { ...right, isAllowed: field(status, 'allowed') === true };
    }),
  );
}

/** Where istiod is, if all namespaces may not be listed. */
const USUAL_ISTIOD_NAMESPACE = 'istio-system';

/** The label is that of Istio's own chart. */
async function istiodOf(attempts: Attempts): Promise<readonly Istiod[]> {
  const asked = { apiVersion: 'v1', kind: 'Pod' };
  const about: About = { verb: 'list', resource: 'pods', namespace: USUAL_ISTIOD_NAMESPACE };
  const query = { labelSelector: 'app=istiod' };
  const all = await allItems('/api/v1/pods', asked, about, attempts, query);
  const listed =
    'items' in all
      ? all
      : await allItems(
          `/api/v1/namespaces/${USUAL_ISTIOD_NAMESPACE}/pods`,
          { ...asked, namespace: USUAL_ISTIOD_NAMESPACE },
          about,
          attempts,
          query,
        );
  if (!('items' in listed)) {
    // Not the Role: that one is for the namespace of the routes.
    if (listed.refused.status !== 403) throw refusal(listed.refused, about, attempts.wire);
    throw new TrafficError('forbidden', `you may not list the pods of namespace ${USUAL_ISTIOD_NAMESPACE}.`);
  }
  const pods = listed.items.filter(
    (pod) => readLabels(field(field(pod, 'metadata'), 'labels'))['app'] === 'istiod',
  );
  const byVersion = Map.groupBy(pods, (pod) => JSON.stringify([versionOf(pod), revisionOf(pod)]));
  return [...byVersion.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    return [{ version: versionOf(first), revision: revisionOf(first), pods: same.length }];
  });
}

/** The tag of the container's image; of an image by digest alone, the label that the chart sets. */
function versionOf(pod: JsonObject): string {
  const containers = field(field(pod, 'spec'), 'containers');
  const images = Array.isArray(containers) ? containers.map((one) => textIn(field(one, 'image'))) : [];
  const [, tag] = /:([^/:]+)$/.exec(images[0]?.replace(/@.*/, '') ?? '') ?? [];
  const label = readLabels(field(field(pod, 'metadata'), 'labels'))['app.kubernetes.io/version'];
  return tag ?? label ?? 'of an unknown version';
}

function revisionOf(pod: JsonObject): string | null {
  return readLabels(field(field(pod, 'metadata'), 'labels'))['istio.io/rev'] ?? null;
}
