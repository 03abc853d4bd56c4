import { destinationsOf } from '../../istio/routes.ts';
import type { Route, RouteDestination, VirtualService } from '../../istio/types.ts';
import { finding, type Finding, type WithFindings } from '../../base/findings.ts';
import { previewSubset } from '../names.ts';
import { withoutIdleLinks } from '../links.ts';
import { withRoutes } from '../objects.ts';
import { titleOf } from '../../base/title.ts';
import { scaled } from '../split.ts';
import type { LeavingBuilds } from './leaving-builds.ts';

/**
 * Takes the previews of some builds away, and their links. One that somebody has given other destinations as well loses its build
 * alone: what else it sends to is theirs, and stays.
 */
export function withoutPreviews(
  virtualService: VirtualService,
  builds: LeavingBuilds,
): WithFindings<VirtualService> {
  const findings: Finding[] = [];
  const http = (virtualService.spec.http ?? []).flatMap((route): Route[] => {
    const left = leftOf(route, builds);
    if (left === undefined) return [route];
    if (left.length === 0) return [];
    const message =
      `The preview route ${route.name ?? ''} of ${titleOf(virtualService)} was edited by hand and sends to ${subsetNamesIn(left)} too: ` +
      `${previewSubset(route) ?? ''} is taken out of it, and the route stays with the rest. Delete it if nobody needs it.`;
    findings.push(finding('preview-edited', 'warning', message, virtualService));
    return [{ ...route, route: scaled(left) }];
  });
  return { value: withoutIdleLinks(withRoutes(virtualService, 'http', http)), findings };
}

/** What a preview sends to besides the builds; undefined where it is no preview, or of other builds alone. */
function leftOf(route: Route, { isGone, isOwn }: LeavingBuilds): readonly RouteDestination[] | undefined {
  const subset = previewSubset(route);
  if (subset === undefined) return undefined;
  const list = destinationsOf(route);
  const left = list.filter(
    ({ destination }) => !isGone(destination) || (destination.subset !== subset && !isOwn(destination)),
  );
  return left.length === list.length ? undefined : left;
}

function subsetNamesIn(list: readonly RouteDestination[]): string {
  return [...new Set(list.map(({ destination: { subset, host } }) => subset ?? host))].join(', ');
}
