import { stringify } from 'yaml';

/** A user entry of a kubeconfig, as Kubernetes writes it: `token`, `client-certificate-data`, `exec` … */
export type KubeconfigUser = Readonly<Record<string, unknown>>;

export interface KubeconfigParts {
  readonly server: string;
  /** PEM. Undefined leaves the authority out. */
  readonly ca: string | undefined;
  readonly user: KubeconfigUser;
  readonly namespace?: string;
  /** More fields of the cluster entry, such as `proxy-url`. */
  readonly cluster?: Readonly<Record<string, unknown>>;
}

export function kubeconfigText({ server, ca, user, namespace, cluster }: KubeconfigParts): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'plane',
    clusters: [
      { name: 'plane', cluster: { server, ...(ca === undefined ? {} : authority(ca)), ...cluster } },
    ],
    users: [{ name: 'user', user }],
    contexts: [
      {
        name: 'plane',
        context: { cluster: 'plane', user: 'user', ...(namespace === undefined ? {} : { namespace }) },
      },
    ],
  });
}

const authority = (ca: string): Readonly<Record<string, string>> => ({
  'certificate-authority-data': base64(ca),
});

export function certificateUser({
  cert,
  key,
}: {
  readonly cert: string;
  readonly key: string;
}): KubeconfigUser {
  return { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) };
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
