/** What an API server needs to accept GitHub's OIDC tokens, and whom it then knows their jobs as. Pure text. */
import { stringify } from 'yaml';
import { roleYaml } from './role.ts';

/** Of repositories on github.com. */
export const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com';

export interface TrustedJobs {
  /** GitHub's number of the repository, which stays when it is renamed. */
  readonly repositoryId: string;
  /** Of the user or organisation; absent: no other repository of the owner is let in. */
  readonly repositoryOwnerId?: string;
  /** Jobs that name one of these environments. */
  readonly environments: readonly string[];
  /** Jobs without an environment, of these refs: `refs/heads/main`. */
  readonly refs: readonly string[];
}

export interface TokenIssuer {
  readonly url: string;
  /** PEM; absent: one that the API server's machine trusts. */
  readonly certificateAuthority?: string;
}

/**
 * A user's name is made of the repository's id and the environment, or else the ref: whoever takes over the name of a
 * repository is somebody else. `sub` has names in it, and its form differs from repository to repository.
 *
 * @see https://docs.github.com/en/actions/reference/security/oidc#oidc-token-claims
 */
const USERNAME =
  "'github:' + claims.repository_id + ':' + " +
  "(has(claims.environment) ? 'environment:' + claims.environment : claims.ref)";

/** The names of users that {@link authenticationYaml} gives to these jobs. */
function usersOf({ repositoryId, environments, refs }: TrustedJobs): readonly string[] {
  return [...environments.map((name) => `environment:${name}`), ...refs].map(
    (rest) => `github:${repositoryId}:${rest}`,
  );
}

/**
 * The AuthenticationConfiguration of an API server, for its flag `--authentication-config`.
 *
 * @param audience of the tokens, as the step asks for them
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#using-authentication-configuration
 */
export function authenticationYaml(
  { repositoryId, repositoryOwnerId }: Pick<TrustedJobs, 'repositoryId' | 'repositoryOwnerId'>,
  audience: string,
  { url, certificateAuthority }: TokenIssuer,
): string {
  const who =
    repositoryOwnerId === undefined
      ? { claim: 'repository_id', requiredValue: repositoryId }
      : { claim: 'repository_owner_id', requiredValue: repositoryOwnerId };
  const jwt = {
    issuer: {
      url,
      ...(certificateAuthority === undefined ? {} : { certificateAuthority }),
      audiences: [audience],
    },
    claimValidationRules: [who],
    claimMappings: { username: { expression: USERNAME } },
    userValidationRules: [
      {
        expression: "!user.username.startsWith('system:')",
        message: 'system: begins the names of users of Kubernetes itself',
      },
    ],
  };
  return stringify(
    { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthenticationConfiguration', jwt: [jwt] },
    { lineWidth: 0 },
  );
}

/** The Role of a namespace, bound to these jobs. */
export function authorizationYaml(jobs: TrustedJobs, namespace: string, isCreating: boolean): string {
  return roleYaml(namespace, usersOf(jobs), isCreating, `istiops-github-${jobs.repositoryId}`);
}
