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
const CREATING_RULE = {
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
const CONFIRMING = [
  { apiGroups: ['networking.istio.io'], resources: ['gateways'], verbs: ['get'] },
  { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
  { apiGroups: [''], resources: ['pods/portforward'], verbs: ['get', 'create'] },
];

/**
 * The Role with which the proxies of a namespace may be asked what they have, with its binding where the user is known.
 * It can't be narrowed to a port: whoever may forward to a gateway may also stop it.
 */
export function confirmingRoleYaml(namespace: string, user?: string): string {
  const name = 'istiops-confirm';
  return roleDocuments(name, namespace, CONFIRMING, user, bindingNameOf(name, user));
}

/**
 * The Role to grant, as YAML for `kubectl apply -f -`; with the RoleBinding where the user is known.
 *
 * @param user as the API server names it: `ci`, `system:serviceaccount:ci:deployer`; or several
 * @param isCreating with the rights for `create-destination-rule`
 * @param bindingName of the RoleBinding: applied under a name that is taken, it would replace who is bound there
 */
export function roleYaml(
  namespace: string,
  user?: string | readonly string[],
  isCreating = false,
  bindingName = bindingNameOf('istiops', user),
): string {
  const rules = isCreating ? [...RULES, CREATING_RULE] : RULES;
  return roleDocuments('istiops', namespace, rules, user, bindingName);
}

/**
 * The Role that lets us ask one Service through the API server, and nothing else.
 *
 * @param service with its port: `prometheus:9090`
 */
export function proxyRoleYaml(namespace: string, service: string, user?: string): string {
  const rule = { apiGroups: [''], resources: ['services/proxy'], resourceNames: [service], verbs: ['get'] };
  const name = 'istiops-metrics';
  return roleDocuments(name, namespace, [rule], user, bindingNameOf(name, user));
}

function roleDocuments(
  name: string,
  namespace: string,
  rules: readonly unknown[],
  user: string | readonly string[] | undefined,
  bindingName: string,
): string {
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const documents: unknown[] = [{ apiVersion, kind: 'Role', metadata: { name, namespace }, rules }];
  const users = [user ?? []].flat().filter((one) => one !== 'system:anonymous');
  if (users.length > 0) {
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name };
    const metadata = { name: bindingName, namespace };
    documents.push({ apiVersion, kind: 'RoleBinding', metadata, roleRef, subjects: users.map(subject) });
  }
  return documents
    .map((document) => stringify(document, { lineWidth: 0, aliasDuplicateObjects: false }))
    .join('---\n');
}

/** A repository's jobs are several users, who each are refused once: the RoleBinding of one must not replace another's. */
function bindingNameOf(role: string, user: string | readonly string[] | undefined): string {
  if (typeof user !== 'string' || !/(^|:)github:\d+:/.test(user)) return role;
  return `${role}-${user.replaceAll(/[^\w.:-]+/g, '-')}`;
}

function subject(user: string): Record<string, string> {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user) ?? [];
  if (namespace !== undefined && name !== undefined) return { kind: 'ServiceAccount', name, namespace };
  return { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user };
}
