import { subsetText } from '../base/text.ts';
import { mirrorsOf, withoutCopies } from '../istio/routes.ts';
import type { Destination, VirtualService } from '../istio/types.ts';
import { finding, type Finding } from '../base/findings.ts';
import { mapRoutes } from './objects.ts';
import { titleOf } from '../base/title.ts';
import type { BuildsBack } from './builds-back.ts';

/**
 * Takes away mirrors to the builds' subsets that istiops made: they get copies of the requests by them. Nobody's answer
 * comes from a mirror, so nothing is put in its place.
 */
export function withoutMirrors(
  virtualService: VirtualService,
  { isGone, isOwn }: BuildsBack,
): { readonly value: VirtualService; readonly findings: readonly Finding[] } {
  const findings: Finding[] = [];
  const isOut = (destination: Destination): boolean => isGone(destination) && isOwn(destination);
  const value = mapRoutes(virtualService, (kind, route, index) => {
    const gone = mirrorsOf(route).find(isOut);
    if (gone === undefined) return route;
    const message =
      `${kind}[${index}] of ${titleOf(virtualService)} mirrored requests to ${subsetText(gone.subset ?? gone.host)}, a subset that istiops made: ` +
      'the mirror is removed with the build.';
    findings.push(finding('mirror-removed', 'warning', message, virtualService));
    return withoutCopies(route, isOut);
  });
  return { value: findings.length === 0 ? virtualService : value, findings };
}
