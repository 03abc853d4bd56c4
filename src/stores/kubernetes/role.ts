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
 * The Role to grant, as YAML for `kubectl apply -f -`; with the RoleBinding where the user is known.
 *
 * @param user as the API server names it: `ci`, `system:serviceaccount:ci:deployer`
 * @param isCreating with the rights for `create-destination-rule`
 */
export function roleYaml(namespace: string, user?: string, isCreating = false): string {
  return grantYaml('istiops', namespace, isCreating ? [...RULES, CREATING_RULE] : RULES, user);
}

/**
 * The Role that lets us ask one Service through the API server, and nothing else.
 *
 * @param service with its port: `prometheus:9090`
 */
export function proxyRoleYaml(namespace: string, service: string, user?: string): string {
  const rule = { apiGroups: [''], resources: ['services/proxy'], resourceNames: [service], verbs: ['get'] };
  return grantYaml('istiops-metrics', namespace, [rule], user);
}

function grantYaml(name: string, namespace: string, rules: readonly unknown[], user?: string): string {
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
