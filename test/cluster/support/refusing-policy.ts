/** An admission policy of the plane that refuses writes of VirtualServices. */
import { ApiError, paths } from '../plane/api.ts';
import { until } from '../plane/processes.ts';
import type { Plane } from './plane.ts';

const POLICIES = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
const BINDINGS = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings';

/** What an admission policy looks at. */
export const UPDATES_OF_VIRTUAL_SERVICES = {
  resourceRules: [
    {
      apiGroups: ['networking.istio.io'],
      apiVersions: ['*'],
      operations: ['UPDATE'],
      resources: ['virtualservices'],
    },
  ],
};

export interface RefusingPolicy {
  readonly name: string;
  /** Whose VirtualServices it is about. */
  readonly namespace: string;
  /** A VirtualService that it refuses: by that is seen whether it is in force. A label `probe` marks the attempt. */
  readonly virtualService: string;
  /** In CEL: what it lets pass. */
  readonly expression: string;
  readonly message: string;
}

/** Returns once the API server refuses by it. */
export async function startPolicy(
  plane: Plane,
  { name, namespace, virtualService, expression, message }: RefusingPolicy,
): Promise<void> {
  await plane.api.post(POLICIES, {
    metadata: { name },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: UPDATES_OF_VIRTUAL_SERVICES,
      validations: [{ expression, message }],
    },
  });
  await plane.api.post(BINDINGS, {
    metadata: { name },
    spec: {
      policyName: name,
      validationActions: ['Deny'],
      matchResources: {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
      },
    },
  });
  await until('the policy is in force', () =>
    tryToWrite(plane, namespace, virtualService).then(
      () => false,
      (error: unknown) => error instanceof ApiError && error.message.includes(message),
    ),
  );
}

/** Returns once the API server lets pass again what it refused by it. */
export async function endPolicy(
  plane: Plane,
  { name, namespace, virtualService }: Pick<RefusingPolicy, 'name' | 'namespace' | 'virtualService'>,
): Promise<void> {
  await plane.api.delete(`${BINDINGS}/${name}`);
  await plane.api.delete(`${POLICIES}/${name}`);
  await until('the policy is gone', async () => {
    await tryToWrite(plane, namespace, virtualService);
    return true;
  });
}

/** Without writing anything. */
function tryToWrite(plane: Plane, namespace: string, virtualService: string): Promise<unknown> {
  const path = `${paths.virtualServices(namespace)}/${virtualService}?dryRun=All`;
  return plane.api.patch(path, { metadata: { labels: { probe: 'yes' } } });
}
