import { confirmingRoleYaml, roleYaml } from '../../src/stores/kubernetes/role.ts';
import { block } from './files.ts';

/** A service account with exactly the rights that are needed, as a command to paste. */
export function accessCommands(): string {
  const account = `apiVersion: v1
kind: ServiceAccount
metadata:
  name: istiops
  namespace: $namespace
---
`;
  const role = roleYaml('$namespace', 'system:serviceaccount:$namespace:istiops');
  return block('sh', `kubectl apply --filename - <<EOF\n${account}${role.trimEnd()}\nEOF`);
}

/** The Role with which the proxies may be asked what they have. */
export function confirmingRole(): string {
  return block('yaml', confirmingRoleYaml('istio-system').trimEnd());
}
