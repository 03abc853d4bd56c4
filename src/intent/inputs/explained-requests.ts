import { parseFollow, parsePropagate } from '../follow.ts';
import { input } from '../input.ts';
import { parsePodLabels } from '../pod-labels.ts';
import { parseGateway, parseRequests } from '../request-lines.ts';
import { parseText } from '../scalars.ts';
import { parseNamespace } from '../service.ts';

/** The requests that `explain` is about, and how they enter the mesh. */
export const EXPLAINED_REQUEST_INPUTS = {
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
};
