/** Previews as people think of them: by the requests that get them, with every service that takes part. */
import { sameJson } from '../../base/json.ts';
import type { HeaderMatch } from '../../intent/types.ts';
import type { Route, VirtualService } from '../../istio/types.ts';
import { previewSubset } from '../../plan/names.ts';
import { previewOwners } from '../../plan/preview-owners.ts';
import type { PreviewPart, PreviewView } from '../../plan/view-types.ts';
import { alternativesBrief } from '../common/alternatives-brief.ts';

interface FoundPreview {
  readonly alternatives: readonly string[];
  readonly part: PreviewPart;
}

/** Services belong to one preview if they have an alternative of its requests in common: the same cookie or baggage. */
export function previewsOf(virtualServices: readonly VirtualService[]): readonly PreviewView[] {
  const groups: { readonly alternatives: readonly string[]; readonly parts: readonly PreviewPart[] }[] = [];
  for (const { alternatives, part } of virtualServices.flatMap(previewsIn)) {
    const isSame = (group: { readonly alternatives: readonly string[] }): boolean =>
      group.alternatives.some((one) => alternatives.includes(one));
    const same = groups.filter(isSame);
    const first = groups.findIndex(isSame);
    const joined = {
      alternatives: [...new Set([...same.flatMap((group) => group.alternatives), ...alternatives])],
      parts: distinct([...same.flatMap(({ parts }) => parts), part]),
    };
    const others = groups.filter((group) => !same.includes(group));
    groups.splice(0, groups.length, ...others.toSpliced(first < 0 ? others.length : first, 0, joined));
  }
  return groups.map(({ alternatives, parts }) => ({ requests: alternatives.join(' or '), parts }));
}

/** A build with several base routes has several preview routes, and is one part. */
function distinct(parts: readonly PreviewPart[]): readonly PreviewPart[] {
  return parts.filter((part, i) => parts.findIndex((one) => sameJson({ ...one }, { ...part })) === i);
}

function previewsIn(virtualService: VirtualService): readonly FoundPreview[] {
  const { metadata, spec } = virtualService;
  const owners = previewOwners(virtualService);
  const http = spec.http ?? [];
  return http.flatMap((route, index): readonly FoundPreview[] => {
    const subset = previewSubset(route);
    if (subset === undefined) return [];
    const base = http.slice(index).find((below) => previewSubset(below) === undefined);
    const owner = owners.get(subset);
    return [
      {
        alternatives: ownAlternatives(route, base),
        part: {
          virtualService: metadata.name,
          namespace: metadata.namespace,
          subset,
          since: owner?.made ?? null,
          repository: owner?.repository ?? null,
          pullRequest: owner?.pullRequest ?? null,
        },
      },
    ];
  });
}

/** What a preview requires beyond its base route, block by block. */
function ownAlternatives(preview: Route, base: Route | undefined): readonly string[] {
  const known = (base?.match ?? []).flatMap(({ headers = {} }) => Object.entries(headers));
  const isOwn = ([name, match]: readonly [string, HeaderMatch[string]]): boolean =>
    !known.some(([other, same]) => other === name && sameJson(same, match));
  const texts = (preview.match ?? []).map(({ headers = {} }) =>
    alternativesBrief([Object.fromEntries(Object.entries(headers).filter(isOwn))]),
  );
  return [...new Set(texts.filter((text) => text !== ''))];
}
