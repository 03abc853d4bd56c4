import { input } from '../input.ts';
import { parseBoolean } from '../scalars.ts';
import { parseClusterDomain, parseNamespace } from '../service.ts';

/** Where to look: a namespace, or all of them, and how its hosts are spelled. */
export const SCOPE_INPUTS = {
  namespace: input({
    name: 'namespace',
    description: "The namespace. Without it: the kubeconfig context's, else `default`.",
    accepted: 'the name of a namespace',
    example: 'shop',
    parse: parseNamespace,
  }),
  allNamespaces: input({
    name: 'all-namespaces',
    description: 'Shows the VirtualServices of all namespaces.',
    default: 'false',
    accepted: 'true or false, without `namespace`',
    example: 'true',
    parse: parseBoolean,
  }),
  proxies: input({
    name: 'proxies',
    description:
      'Asks each gateway pod, and istiod about each sidecar, whether it has what the VirtualServices say now. Needs the right to forward ports to these pods.',
    default: 'false',
    accepted: 'true or false, with a cluster',
    example: 'true',
    parse: parseBoolean,
  }),
  clusterDomain: input({
    name: 'cluster-domain',
    description:
      "The DNS domain of the cluster (istiod's --domain). Without it: the one that hosts are spelled with in full, else cluster.local.",
    accepted: 'a DNS name',
    example: 'corp.example',
    parse: parseClusterDomain,
  }),
};
