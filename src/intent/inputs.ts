import { parseBaggage } from './baggage.ts';
import { parseCookies } from './cookies.ts';
import { parseFollow, parsePropagate } from './follow.ts';
import { parseGates } from './gates.ts';
import { parseHeaders } from './headers.ts';
import { parseCertificateAuthority, parseServer } from './keyless.ts';
import { parseLabelSelector } from './label-selector.ts';
import { parseLinkHost, parseLinkPath } from './link.ts';
import { parseMetrics } from './metrics.ts';
import { parseObjectNames } from './object-names.ts';
import type { Parsed } from './parsed.ts';
import { parsePodLabels } from './pod-labels.ts';
import { parseProbeCount, parseProbeExpect, parseProbeHeaders, parseProbeUrl } from './probe.ts';
import { parseGateway, parseRequests } from './request-lines.ts';
import { parseRoutes } from './routes.ts';
import {
  parseBoolean,
  parseChangeNumber,
  parseConfirm,
  parseDuration,
  parseFinish,
  parseInterval,
  parseMode,
  parseOnFailure,
  parseOnUnclear,
  parseSecret,
  parseKubeconfigFrom,
  parseShare,
  parseLifetime,
  parseText,
  parseWeight,
} from './scalars.ts';
import { parseSteps } from './steps.ts';
import { parseClusterDomain, parseHostname, parseNamespace, parsePort } from './service.ts';
import { KUBECONFIG_SOURCES } from './types.ts';

/** One input of the Action, which is one flag of the command line: everything there is to know about it. */
export interface Input<T> {
  /** kebab-case. */
  readonly name: string;
  /** In a few words, for `action.yml` and `--help`. */
  readonly description: string;
  /** As it would be written; absent: what happens then is in the description. */
  readonly default?: string;
  /** What it accepts, in words. */
  readonly accepted: string;
  readonly example: string;
  /** Never to be repeated in a message. */
  readonly secret: boolean;
  /** Of no use without a job around it: no flag of the command line. */
  readonly actionOnly: boolean;
  /** Text that is not blank to its value. */
  readonly parse: (text: string) => Parsed<T>;
}

/** An input that is no secret and has a flag, unless it says otherwise. */
export function input<T>(
  one: Pick<Input<T>, 'name' | 'description' | 'accepted' | 'example' | 'parse'> & Partial<Input<T>>,
): Input<T> {
  return { secret: false, actionOnly: false, ...one };
}

/**
 * The one table of inputs. Parsers, messages, help and `action.yml` all follow it; which operation uses which input is
 * in the registry of operations (`operations/`), and so is the input `operation` itself.
 */
export const INPUTS = {
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
  labelSelector: input({
    name: 'label-selector',
    description:
      'Selects the VirtualServices and DestinationRules by their labels. Without it and virtual-service, show, explain and history are about all VirtualServices of the namespace, and rollback works on all that know the build.',
    accepted: 'a Kubernetes label selector',
    example: 'app=api,tier in (web,edge)',
    parse: parseLabelSelector,
  }),
  virtualService: input({
    name: 'virtual-service',
    description:
      'Selects VirtualServices by their names, in place of label-selector. The DestinationRules are those of the hosts that they route to. A name with its namespace in front (shop/web) also says the namespace. Together with label-selector, a VirtualService must have the name and the labels.',
    accepted:
      'names of VirtualServices, with or without their namespace in front, separated by commas or lines',
    example: 'web,cart',
    parse: parseObjectNames,
  }),
  podSelector: input({
    name: 'pod-selector',
    description:
      "The labels of the build's pods; its subset gets the same labels. For undo: the build whose last change is reverted. Without it, undo reverts the last change of all.",
    accepted: 'labels as key=value (or key==value, key:value), separated by commas or lines',
    example: 'app=api,build=10',
    parse: parsePodLabels,
  }),
  hostname: input({
    name: 'hostname',
    description:
      'The service whose traffic is shifted. Without it: the service that the default route sends to.',
    accepted: 'the name of a service or host, without scheme, port or wildcard',
    example: 'api.shop.svc.cluster.local',
    parse: parseHostname,
  }),
  port: input({
    name: 'port',
    description:
      "The service's port. Without it: any port. For explain: the port that the requests come to; without it, the URL's port.",
    accepted: 'a whole number from 1 to 65535',
    example: '8080',
    parse: parsePort,
  }),
  headers: input({
    name: 'headers',
    description:
      'Headers of the requests that the build gets. Each line is one alternative; within a line, all headers must match. For rollback: those of the preview to remove. For explain: headers that every request has, with exact values only.',
    accepted: 'name=exact, name^=prefix, name~=regex (RE2) or name; commas for "and", lines for "or"',
    example: 'x-cid=seu_madruga,x-env^=pr-',
    parse: parseHeaders,
  }),
  cookies: input({
    name: 'cookies',
    description:
      'Cookies of the requests that the build gets. Each line is one alternative. Together with headers or baggage, a request must match all of them.',
    accepted: 'name=exact, name^=prefix, name~=regex (RE2) or name, one on a line',
    example: 'canary=always',
    parse: parseCookies,
  }),
  baggage: input({
    name: 'baggage',
    description:
      'Members of the W3C header baggage, which tracing libraries pass on from service to service, of the requests that the build gets. Each line is one alternative. Together with headers or cookies, a request must match all of them.',
    accepted: 'name=exact, name^=prefix, name~=regex (RE2) or name, one on a line; values decoded',
    example: 'preview=pr-10',
    parse: parseBaggage,
  }),
  link: input({
    name: 'link',
    description:
      'Adds a path to the VirtualServices of a gateway that sets the cookie of the preview, so that a link opens it: /.preview/NAME, and /.preview/off to leave it. Without cookies, the link has a cookie of its own. The output preview-url is the link.',
    default: 'false',
    accepted: 'true or false, without headers',
    example: 'true',
    parse: parseBoolean,
  }),
  linkPath: input({
    name: 'link-path',
    description: 'What the paths of links begin with.',
    default: '/.preview/',
    accepted: 'a path with "/" at both ends',
    example: '/_preview/',
    parse: parseLinkPath,
  }),
  linkHost: input({
    name: 'link-host',
    description:
      'The host of the output preview-url. Without it: the one host of the VirtualService. With https:// in front (a load balancer ends TLS), the link redirects to https; with http://, the cookie works without TLS.',
    accepted: 'a host, with or without http:// or https:// in front',
    example: 'https://shop.example.com',
    parse: parseLinkHost,
  }),
  bridge: input({
    name: 'bridge',
    description:
      'The gateway adds the baggage to the requests of the preview, so that services behind it get them by baggage. A request then needs the headers and cookies, or the baggage.',
    default: 'false',
    accepted: 'true or false, with baggage, and with headers, cookies or link',
    example: 'true',
    parse: parseBoolean,
  }),
  weight: input({
    name: 'weight',
    description: 'The share of all requests that the build gets, in percent.',
    accepted: 'a whole number from 0 to 100',
    example: '20',
    parse: parseWeight,
  }),
  routes: input({
    name: 'routes',
    description:
      'Base routes picked by hand, where istiops cannot find them by itself: names, or http#1 for the first hand-written http route, which stays the same when previews come and go.',
    accepted:
      'names or positions of routes, with the VirtualService in front if need be, separated by commas or lines',
    example: 'main,http#1,api/http#2',
    parse: parseRoutes,
  }),
  stablePodSelector: input({
    name: 'stable-pod-selector',
    description:
      'The labels of the pods that the base routes go on sending to, where they send to the whole service (no subset) today.',
    accepted: 'labels as key=value, separated by commas or lines, other than those of pod-selector',
    example: 'app=api,build=9',
    parse: parsePodLabels,
  }),
  createDestinationRule: input({
    name: 'create-destination-rule',
    description:
      'Creates a DestinationRule where the service has none. It goes again with its last subset, unless somebody changed it.',
    default: 'false',
    accepted: 'true or false',
    example: 'true',
    parse: parseBoolean,
  }),
  steps: input({
    name: 'steps',
    description:
      'The stages of a canary: the share of the requests in each, and how long it is watched. A stage without a time lasts as long as interval says.',
    accepted:
      'shares from 1 to 100 with a time after a colon, separated by commas or lines; the last one is 100 unless finish is keep',
    example: '10%:5m, 50%:10m, 100%:10m',
    parse: parseSteps,
  }),
  interval: input({
    name: 'interval',
    description:
      'How often a canary is looked at; also the length of a stage without a time of its own. Without it: 15s.',
    accepted: 'a duration from 1s to 1h, in h, m, s and ms',
    example: '30s',
    parse: parseInterval,
  }),
  metrics: input({
    name: 'metrics',
    description:
      'Where Prometheus is: a Service, which is asked through the API server, or an address. Without it, a canary is judged by its pods and web hooks alone.',
    accepted: 'namespace/service:port, or an https or http URL',
    example: 'istio-system/prometheus:9090',
    parse: parseMetrics,
  }),
  metricsHeaders: input({
    name: 'metrics-headers',
    description: 'Headers for Prometheus, such as a login or a tenant.',
    accepted: 'name: value (or name=value), one on a line',
    example: 'authorization: Bearer ${{ secrets.TOKEN }}',
    secret: true,
    parse: parseProbeHeaders,
  }),
  gates: input({
    name: 'gates',
    description:
      'What must hold during a canary, one on a line. The pods of the build, and with metrics whether requests arrive, are watched always. Without it, and with metrics: errors.',
    accepted:
      'errors, slower than 400ms, errors < 2%, p99 < 500ms, name: PromQL < number, or the URL of a web hook; one on a line',
    example: 'slower than 400ms',
    parse: parseGates,
  }),
  finish: input({
    name: 'finish',
    description: 'What follows the last stage: the build is promoted, or it keeps its share.',
    default: 'promote',
    accepted: 'promote, keep',
    example: 'keep',
    parse: parseFinish,
  }),
  onUnclear: input({
    name: 'on-unclear',
    description:
      'What happens after a stage with too few requests to notice what notice says: the next stage, or rollback.',
    default: 'continue',
    accepted: 'continue, rollback',
    example: 'rollback',
    parse: parseOnUnclear,
  }),
  notice: input({
    name: 'notice',
    description: 'The share of failures that a stage must be able to notice; else it ends as unclear.',
    default: '5%',
    accepted: 'a percentage above 0 and at most 100',
    example: '2%',
    parse: parseShare,
  }),
  to: input({
    name: 'to',
    description: 'Goes back to the state before the change with this number in the history; 1 is the newest.',
    accepted: 'a whole number from 1 to 100, without `pod-selector`',
    example: '3',
    parse: parseChangeNumber,
  }),
  mode: input({
    name: 'mode',
    description: 'What clear removes: all builds, or (stale) only what sends to subsets without a ready pod.',
    default: 'all',
    accepted: 'all (or hard), stale (or soft)',
    example: 'stale',
    parse: parseMode,
  }),
  requests: input({
    name: 'requests',
    description: 'The requests to explain: a method and a URL on each line.',
    accepted:
      'a URL with http:// or https://, with its method in front unless it is GET; one request on a line',
    example: 'GET https://shop.io/v2/cart',
    parse: parseRequests,
  }),
  expectations: input({
    name: 'expectations',
    description: 'A file of requests and where they must go. The step fails where one goes elsewhere.',
    accepted: 'the path of a YAML file',
    example: 'tests/routing.yaml',
    parse: parseText,
  }),
  follow: input({
    name: 'follow',
    description:
      'The services that the requests go on to: which build each of them gets, if the applications pass the headers of propagate on. The first is the one that the requests reach. Without requests, it is asked itself.',
    accepted: 'services in order with -> between, or requests to them',
    example: 'api.shop -> orders.shop -> POST http://stock.shop:8080/v1/stock',
    parse: parseFollow,
  }),
  propagate: input({
    name: 'propagate',
    description: 'The headers that the applications copy from the request they get to those they send.',
    default: 'baggage, traceparent, tracestate',
    accepted: 'names of headers, separated by commas or lines',
    example: 'baggage, x-preview',
    parse: parsePropagate,
  }),
  gateway: input({
    name: 'gateway',
    description:
      'How the requests enter the mesh. Without it: by the gateway of the selected VirtualServices.',
    accepted: 'mesh, or the name of a Gateway with or without its namespace in front',
    example: 'istio-system/public',
    parse: parseGateway,
  }),
  sourceLabels: input({
    name: 'source-labels',
    description: 'Labels of the pod that sends the requests, for routes that match on them.',
    accepted: 'labels as key=value, separated by commas or lines',
    example: 'app=web',
    parse: parsePodLabels,
  }),
  sourceNamespace: input({
    name: 'source-namespace',
    description:
      "The namespace of the pod whose proxy routes the requests: the calling pod's in the mesh, the gateway pod's at a gateway. Without it, a short host in the mesh belongs to the namespace that is asked about, and the cluster is asked where the gateway's pods are.",
    accepted: 'the name of a namespace',
    example: 'shop',
    parse: parseNamespace,
  }),
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
      "Where to look for a kubeconfig, in the order given: the input kubeconfig (input), $KUBECONFIG (env), the service account of the runner's pod (in-cluster), ~/.kube/config (home). With input alone, an empty secret, or an empty server, is an error and never another cluster.",
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
      'The audience of the token: one of those that the API server accepts. Without it: the URL of server.',
    accepted: 'a text in one line',
    example: 'https://k8s.example:6443',
    parse: parseText,
  }),
  manifests: input({
    name: 'manifests',
    description: 'A file, folder or glob of manifests to change instead of a cluster.',
    accepted: 'a path or glob of .yaml, .yml or .json files, without `kubeconfig`, `context` and `server`',
    example: 'deploy/istio',
    parse: parseText,
  }),
  dryRun: input({
    name: 'dry-run',
    description: 'Plans, prints and lets the server rehearse every write, but writes nothing.',
    default: 'false',
    accepted: 'true or false',
    example: 'true',
    parse: parseBoolean,
  }),
  confirm: input({
    name: 'confirm',
    description:
      'Who says that the proxies have what was written, before the next phase: the proxies themselves and istiod, and propagation-wait where these may not be asked (auto); the proxies, or the operation is refused (proxies); propagation-wait alone (wait).',
    default: 'auto',
    accepted: 'auto, proxies, wait',
    example: 'proxies',
    parse: parseConfirm,
  }),
  confirmTimeout: input({
    name: 'confirm-timeout',
    description:
      'How long the proxies may take until they have what was written. New subsets that are not there by then are removed again; changed routes stay, and nothing is said to be safe to scale down.',
    default: '30s',
    accepted: 'a duration of at most 1h, in h, m, s and ms',
    example: '1m',
    parse: parseDuration,
  }),
  propagationWait: input({
    name: 'propagation-wait',
    description:
      'How long to wait between the phases of a write, so that every proxy can learn of it, where the proxies can not be asked.',
    default: '5s',
    accepted: 'a duration of at most 1h, in h, m, s and ms; 0s for none',
    example: '1m30s',
    parse: parseDuration,
  }),
  waitForPods: input({
    name: 'wait-for-pods',
    description: 'How long to wait for a ready pod of the build.',
    default: '0s',
    accepted: 'a duration of at most 1h, in h, m, s and ms; 0s to fail at once when there is none',
    example: '2m',
    parse: parseDuration,
  }),
  force: input({
    name: 'force',
    description: 'Turns refusals that you may overrule into warnings.',
    default: 'false',
    accepted: 'true or false',
    example: 'true',
    parse: parseBoolean,
  }),
  probeUrl: input({
    name: 'probe-url',
    description:
      'An address that is requested after the change. Unless its answers are good, the change is undone and the step fails. Without it: no probe.',
    accepted: 'an https or http URL',
    example: 'https://api.domain.io/v1/health',
    parse: parseProbeUrl,
  }),
  probeHeaders: input({
    name: 'probe-headers',
    description: 'More headers for the probe. It sends those of the preview by itself.',
    accepted: 'name: value (or name=value), one on a line',
    example: 'authorization: Bearer ${{ secrets.TOKEN }}',
    secret: true,
    parse: parseProbeHeaders,
  }),
  probeExpect: input({
    name: 'probe-expect',
    description: 'What makes an answer good. Without a line about the status, the status must be 2xx.',
    accepted:
      'status, header NAME or body, then =exact, ^=prefix or ~=regex (RE2), one on a line; header NAME alone: it is there; all must hold',
    example: 'header x-build=10',
    parse: parseProbeExpect,
  }),
  probeCount: input({
    name: 'probe-count',
    description: 'How many good answers in a row are needed.',
    default: '3',
    accepted: 'a whole number from 1 to 1000',
    example: '20',
    parse: parseProbeCount,
  }),
  probeTimeout: input({
    name: 'probe-timeout',
    description: 'How long the probe may last in all.',
    default: '30s',
    accepted: 'a duration of at most 1h, in h, m, s and ms',
    example: '2m',
    parse: parseDuration,
  }),
  expires: input({
    name: 'expires',
    description:
      'How long a preview is needed, from its last change. The operation prune removes it after that. Without it: as long as its pull request is open.',
    accepted: 'a time with d, h or m, of at most a year',
    example: '14d',
    parse: parseLifetime,
  }),
  comment: input({
    name: 'comment',
    description:
      'Keeps one comment in the pull request that says what its builds get. It needs the permission pull-requests: write.',
    default: 'false',
    accepted: 'true or false',
    example: 'true',
    actionOnly: true,
    parse: parseBoolean,
  }),
  deployment: input({
    name: 'deployment',
    description:
      'The name of an environment on GitHub. The change is a deployment to it, which is active until it is taken back. It needs the permission deployments: write.',
    accepted: 'the name of an environment',
    example: 'preview/pr-10',
    actionOnly: true,
    parse: parseText,
  }),
  githubToken: input({
    name: 'github-token',
    description:
      'The token for calls to GitHub, which are made for comment and deployment alone. Without it: the one of the job.',
    default: '${{ github.token }}',
    accepted: 'a token of GitHub',
    example: '${{ github.token }}',
    secret: true,
    actionOnly: true,
    parse: parseSecret,
  }),
  onFailure: input({
    name: 'on-failure',
    description:
      'What happens to the change when a later step of the job fails or the job is cancelled: keep it, or undo it (rollback).',
    default: 'keep',
    accepted: 'keep, rollback',
    example: 'rollback',
    actionOnly: true,
    parse: parseOnFailure,
  }),
};
