import { input } from '../input.ts';
import { parsePodLabels } from '../pod-labels.ts';
import { parseRoutes } from '../routes.ts';
import { parseBoolean } from '../scalars.ts';

/** Which base routes, and what istiops may create where a service lacks it. */
export const BASE_ROUTE_INPUTS = {
  routes: input({
    name: 'routes',
    description:
      "Base routes picked by hand, where istiops can't find them by itself: names, or http#1 for the first hand-written http route, which stays the same when previews come and go.",
    accepted:
      'names or positions of routes, with the VirtualService in front if need be, separated by commas or lines',
    example: 'main,http#1,api/http#2',
    parse: parseRoutes,
  }),
  stablePodSelector: input({
    name: 'stable-pod-selector',
    description:
      'The labels of the pods that the base routes go on sending to, where they send to the whole service (no subset) today.',
    accepted: 'labels as key=value, separated by commas or lines, other than those of `pod-selector`',
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
};
