/** Which builds go where a rollback is asked for by the requests that get them. */
import { destinationsOf } from '../../istio/routes.ts';
import { serviceIdentity } from '../../istio/service-identity.ts';
import type { Certainty, IsGone } from './gone.ts';
import { sameJson } from '../../base/json.ts';
import type { HeaderMatch } from '../../intent/types.ts';
import type { Route, VirtualService } from '../../istio/types.ts';
import { isNamedAfter, isPreview } from './ours.ts';
import { blockText, combined, lowerCased } from './previews.ts';

/** Of previews that are for just these requests, the builds that they are named for. */
export function goneWithPreviews(
  meant: readonly VirtualService[],
  alternatives: readonly HeaderMatch[],
): IsGone {
  const answers = new Map<string, Certainty>();
  for (const virtualService of meant)
    for (const { route, answer } of previewsFor(virtualService, alternatives))
      for (const { destination } of destinationsOf(route)) {
        const { host, subset = '' } = destination;
        if (answer === 'no' || !isNamedAfter(route.name ?? '', subset)) continue;
        const key = `${serviceIdentity(host, virtualService.metadata.namespace)}|${subset}`;
        if (answers.get(key) !== 'yes') answers.set(key, answer);
      }
  return (host, subset) => answers.get(`${serviceIdentity(host, '')}|${subset ?? ''}`) ?? 'no';
}

/**
 * Is a preview for just the requests with these headers? `maybe`: somebody may have changed the route below it since, so
 * nobody can tell which of its headers were asked for.
 */
function previewsFor(
  { spec: { http = [] } }: VirtualService,
  alternatives: readonly HeaderMatch[],
): readonly { readonly route: Route; readonly answer: Certainty }[] {
  return http.filter(isPreview).map((route) => {
    const base = http.slice(http.indexOf(route)).find((below) => !isPreview(below));
    const possible = base === undefined ? new Set<string>() : combined(base, alternatives).possible;
    const blocks = route.match ?? [];
    if (blocks.some((block) => possible.has(blockText(block)))) return { route, answer: 'yes' };
    const mayBe = blocks.some((block) => {
      const own = lowerCased(block.headers);
      return alternatives.some((headers) =>
        Object.entries(headers).every(
          ([name, asked]) => Object.hasOwn(own, name) && sameJson(own[name] ?? {}, asked),
        ),
      );
    });
    return { route, answer: mayBe ? 'maybe' : 'no' };
  });
}
