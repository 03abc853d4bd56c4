import { input } from '../input.ts';
import { parseCertificateAuthority, parseServer } from '../keyless.ts';
import { parseKubeconfigFrom, parsePath, parseSecret, parseText } from '../scalars.ts';
import { KUBECONFIG_SOURCES } from '../types.ts';

/** The cluster, and who the caller is there; or the files in its place. */
export const PLACE_INPUTS = {
  kubeconfig: input({
    name: 'kubeconfig',
    description:
      'A kubeconfig: YAML or its base64. Without it: $KUBECONFIG, the service account of the pod, ~/.kube/config.',
    accepted: 'the text of a kubeconfig, or its base64',
    example: '${{ secrets.KUBECONFIG }}',
    secret: true,
    parse: parseSecret,
  }),
  context: input({
    name: 'context',
    description: "The kubeconfig's context. Without it: the current one.",
    accepted: 'the name of a context in the kubeconfig',
    example: 'staging',
    parse: parseText,
  }),
  kubeconfigFrom: input({
    name: 'kubeconfig-from',
    description:
      "Where to look for a kubeconfig, in the order given: `kubeconfig` itself (input), $KUBECONFIG (env), the service account of the runner's pod (in-cluster), ~/.kube/config (home). With input alone, an empty secret, or an empty `server`, is an error and never another cluster.",
    default: KUBECONFIG_SOURCES.join(', '),
    accepted: 'input, env, in-cluster, home, separated by commas',
    example: 'input',
    parse: parseKubeconfigFrom,
  }),
  server: input({
    name: 'server',
    description:
      "The API server, in place of a kubeconfig: the job's own OIDC token from GitHub is the credential. Needs permissions: id-token: write, and an API server that accepts such tokens.",
    accepted: 'an https URL',
    example: 'https://k8s.example:6443',
    parse: parseServer,
  }),
  certificateAuthority: input({
    name: 'certificate-authority',
    description:
      "The certificate authority of the API server's certificate; no secret. Without it: those that the runner trusts.",
    accepted: 'certificates in PEM, their base64, or the path of a file with either',
    example: '${{ vars.KUBE_CA }}',
    parse: parseCertificateAuthority,
  }),
  audience: input({
    name: 'audience',
    description:
      'The audience of the token: one of those that the API server accepts. Without it: the URL of `server`.',
    accepted: 'a text in one line',
    example: 'https://k8s.example:6443',
    parse: parseText,
  }),
  manifests: input({
    name: 'manifests',
    description: 'A file, folder or glob of manifests to change instead of a cluster.',
    accepted: 'a path or glob of .yaml, .yml or .json files, without `kubeconfig`, `context` and `server`',
    example: 'deploy/istio',
    parse: parsePath,
  }),
};
