import { stringify } from 'yaml';

/**
 * All that this software needs of a cluster: nothing outside the namespace, and nothing that creates or deletes (but for
 * `create-destination-rule`, see `CREATING_RULE`). What other namespaces have is read where that is allowed, and needs no
 * right.
 */
export const RULES = [
  {
    apiGroups: ['networking.istio.io'],
    resources: ['virtualservices', 'destinationrules'],
    verbs: ['get', 'list', 'update'],
  },
  { apiGroups: ['networking.istio.io'], resources: ['serviceentries'], verbs: ['list'] },
  { apiGroups: [''], resources: ['pods', 'services'], verbs: ['list'] },
];

/** What `create-destination-rule` needs besides. */
export const CREATING_RULE = {
  apiGroups: ['networking.istio.io'],
  resources: ['destinationrules'],
  verbs: ['create', 'delete'],
};

/**
 * What asking the proxies needs, in the namespaces of the gateways and of istiod. Both verbs: a WebSocket begins with
 * GET, and since Kubernetes 1.35 `create` is required as well.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authorization/
 */
export const CONFIRMING = [
  { apiGroups: ['networking.istio.io'], resources: ['gateways'], verbs: ['get'] },
  { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
  { apiGroups: [''], resources: ['pods/portforward'], verbs: ['get', 'create'] },
];

/**
 * The Role with which the proxies of a namespace may be asked what they have, with its binding where the user is known.
 * It can't be narrowed to a port: whoever may forward to a gateway may also stop it.
 */
export function confirmingRoleYaml(namespace: string, user?: string): string {
  return roleDocuments('istiops-confirm', namespace, CONFIRMING, user);
}

/**
 * The Role to grant, as YAML for `kubectl apply -f -`; with the RoleBinding where the user is known.
 *
 * @param user as the API server names it: `ci`, `system:serviceaccount:ci:deployer`
 * @param isCreating with the rights for `create-destination-rule`
 */
export function roleYaml(namespace: string, user?: string, isCreating = false): string {
  return roleDocuments('istiops', namespace, isCreating ? [...RULES, CREATING_RULE] : RULES, user);
}

function roleDocuments(
  name: string,
  namespace: string,
  rules: readonly unknown[],
  user: string | undefined,
): string {
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const metadata = { name, namespace };
  const documents: unknown[] = [{ apiVersion, kind: 'Role', metadata, rules }];
  if (user !== undefined && user !== 'system:anonymous') {
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name };
    documents.push({ apiVersion, kind: 'RoleBinding', metadata, roleRef, subjects: [subject(user)] });
  }
  return documents
    .map((document) => stringify(document, { lineWidth: 0, aliasDuplicateObjects: false }))
    .join('---\n');
}

function subject(user: string): Record<string, string> {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user) ?? [];
  if (namespace !== undefined && name !== undefined) return { kind: 'ServiceAccount', name, namespace };
  return { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user };
}
