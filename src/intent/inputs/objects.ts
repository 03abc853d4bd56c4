import { input } from '../input.ts';
import { parseLabelSelector } from '../label-selector.ts';
import { parseObjectNames } from '../object-names.ts';
import { parsePodLabels } from '../pod-labels.ts';
import { parseHostname, parsePort } from '../service.ts';
import { parseServices } from '../services.ts';

/** Which objects, which build, which service. */
export const OBJECT_INPUTS = {
  labelSelector: input({
    name: 'label-selector',
    description:
      'Selects the VirtualServices and DestinationRules by their labels. Without it and `virtual-service`, show, explain, history and prune are about all VirtualServices of the namespace, and rollback works on all that know the build.',
    accepted: 'a Kubernetes label selector',
    example: 'app=api,tier in (web,edge)',
    parse: parseLabelSelector,
  }),
  virtualService: input({
    name: 'virtual-service',
    description:
      'Selects VirtualServices by their names, in place of `label-selector`. The DestinationRules are those of the hosts that they route to. A name with its namespace in front (shop/web) also says the namespace. Together with `label-selector`, a VirtualService must have the name and the labels.',
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
  services: input({
    name: 'services',
    description:
      'Several services in one change, a line each, in place of `label-selector` and `pod-selector`. All of them are changed, or none. For show, and for rollback with `headers`, `cookies` or `baggage`, what is before the arrow is enough.',
    accepted:
      'one service on a line: its label selector, ->, and the labels of its pods; before the arrow also "virtual-service:", "hostname:", "port:", "routes:" and "stable-pod-selector:"',
    example: 'app=api -> app=api,build=10',
    parse: parseServices,
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
};
