/** Where credentials come from that the kubeconfig doesn't hold itself. */
import { readFileSync } from 'node:fs';
import { TrafficError } from '../../base/errors.ts';
import type { Connection } from './connection.ts';
import { askPlugin } from './exec.ts';
import { githubTokens } from './github-token.ts';
import { oidcTokens } from './oidc.ts';
import type { Credential } from './wire.ts';
import type { CredentialSource } from './credential-source.ts';

/**
 * @param onSecret is told of secrets before they are used
 * @returns undefined: the kubeconfig holds the credentials, or the client gets them by itself (azure, gcp)
 */
export function credentialSource(
  { plugin, cluster, who, server }: Connection,
  env: Readonly<Record<string, string | undefined>>,
  shown: (words: string) => string,
  onSecret: (secret: string) => void,
): CredentialSource | undefined {
  switch (plugin?.kind) {
    case undefined:
      return undefined;
    case 'exec': {
      const asked = { exec: plugin.settings, cluster, who, env, shown };
      return { obtain: () => askPlugin(asked), canRenew: () => true };
    }
    case 'oidc':
      return oidcTokens({ config: plugin.settings, who, shown, onSecret });
    case 'github':
      return githubTokens({ audience: plugin.audience, server, env, shown, onSecret });
    case 'token-file':
      return { obtain: () => Promise.resolve(tokenIn(plugin.path, who)), canRenew: () => true };
  }
}

/** Milliseconds: the kubelet renews a pod's token long before it expires, and client-go looks once a minute. */
const FILE_IS_FRESH = 60_000;

/** @see https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#launch-a-pod-using-service-account-token-projection */
function tokenIn(path: string, who: string): Credential {
  let token: string;
  try {
    token = readFileSync(path, 'utf8').trim();
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'no reason given';
    throw new TrafficError(
      'unauthorized',
      `No credentials for ${who}: its token file ${path} can't be read (${code}).`,
    );
  }
  if (token === '')
    throw new TrafficError('unauthorized', `No credentials for ${who}: its token file ${path} is empty.`);
  return { token, expires: Date.now() + FILE_IS_FRESH };
}
