/** Previews as people think of them: by the requests that get them, with every service that takes part. */
import { sameJson } from '../../base/json.ts';
import type { HeaderMatch } from '../../intent/types.ts';
import { hostsOf } from '../../istio/hosts.ts';
import type { Route, VirtualService } from '../../istio/types.ts';
import { linkCookie, linkSubset } from '../../plan/link-names.ts';
import { previewSubset } from '../../plan/names.ts';
import { previewOwners } from '../../plan/preview-owners.ts';
import type { PreviewPart, PreviewView } from '../../plan/view-types.ts';
import { alternativesBrief } from '../common/alternatives-brief.ts';

interface FoundPreview {
  readonly alternatives: readonly string[];
  readonly part: Omit<PreviewPart, 'requests'>;
}

/** Services belong to one preview if they have an alternative of its requests in common: the same cookie or baggage. */
export function previewsOf(virtualServices: readonly VirtualService[]): readonly PreviewView[] {
  const groups: { readonly alternatives: readonly string[]; readonly found: readonly FoundPreview[] }[] = [];
  for (const one of virtualServices.flatMap(previewsIn)) {
    const isSame = (group: { readonly alternatives: readonly string[] }): boolean =>
      group.alternatives.some((alternative) => one.alternatives.includes(alternative));
    const same = groups.filter(isSame);
    const first = groups.findIndex(isSame);
    const joined = {
      alternatives: [...new Set([...same.flatMap((group) => group.alternatives), ...one.alternatives])],
      found: [...same.flatMap(({ found }) => found), one],
    };
    const others = groups.filter((group) => !same.includes(group));
    groups.splice(0, groups.length, ...others.toSpliced(first < 0 ? others.length : first, 0, joined));
  }
  return groups.map(({ alternatives, found }) => ({
    requests: alternatives.join(' or '),
    parts: distinctParts(
      found.map(({ alternatives: own, part }) => ({
        ...part,
        requests: alternatives.filter((one) => own.includes(one)).join(' or '),
      })),
    ),
  }));
}

/** A build with several base routes has several preview routes, and is one part. */
function distinctParts(parts: readonly PreviewPart[]): readonly PreviewPart[] {
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
    const alternatives = ownAlternatives(route, base);
    return [
      {
        alternatives,
        part: {
          virtualService: metadata.name,
          namespace: metadata.namespace,
          subset,
          link: linkAddress(virtualService, subset),
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

/** The address of a preview's link: by the only host that the VirtualService has, as `headers` says it. */
function linkAddress(virtualService: VirtualService, subset: string): string | null {
  const link = virtualService.spec.http?.find((route) => linkSubset(route) === subset);
  const path = link?.match?.[0]?.uri?.exact;
  if (link === undefined || path === undefined) return null;
  const [host, ...others] = hostsOf(virtualService).filter((one) => !one.includes('*'));
  if (host === undefined || others.length > 0) return path;
  const isSecure = linkCookie(link['headers'])?.includes('; Secure;') === true;
  return `${isSecure ? 'https' : 'http'}://${host}${path}`;
}
