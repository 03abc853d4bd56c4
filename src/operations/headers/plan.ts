import type { HeadersIntent } from './intent.ts';
import { isDestinationOf } from '../../istio/hosts.ts';
import { destinationsOf, placeOf, subsetOf } from '../../istio/routes.ts';
import type { Route, VirtualService } from '../../istio/types.ts';
import { readBaselines, writeBaselines } from '../../plan/baseline.ts';
import type { ChangeDraft, ServedRoutes } from '../../plan/draft.ts';
import { finding, type Finding, type WithFindings } from '../../base/findings.ts';
import { refuse } from '../../base/errors.ts';
import { previewName, previewSubset } from '../../plan/names.ts';
import { subsetText } from '../../base/text.ts';
import { keepIfSpecUnchanged, withDestinations, withRoutes, type Change } from '../../plan/objects.ts';
import { titleOf } from '../../base/title.ts';
import { bridged } from '../../plan/bridge.ts';
import { hasGateway, withLink, withoutIdleLinks } from '../../plan/links.ts';
import { isPreviewOf, placePreview, previewOf, unjoinedHeaders } from '../../plan/previews.ts';
import { linkOf } from './preview-url.ts';
import { joinFirst } from '../../plan/select.ts';
import {
  changeServed,
  draftOf,
  neededFor,
  pinTo,
  prepareShift,
  targetDestination,
  type PreparedShift,
} from '../../plan/shift.ts';
import { listOf } from '../../plan/split.ts';
import { isTarget } from '../../plan/subsets.ts';
import type { Snapshot } from '../../plan/types.ts';
import { currentBaseline } from '../../plan/current-baseline.ts';
import { pickOf } from '../../plan/route-picks.ts';
import type { UserRoute } from '../../plan/user-routes.ts';

/**
 * One preview route directly above each http base route and above older previews. It replaces what this
 * pod-selector had before.
 *
 * @throws TrafficError not-found, ambiguous, check-failed where no preview is possible
 */
export function planHeaders(snapshot: Snapshot, intent: HeadersIntent): ChangeDraft {
  const shift = prepareShift(snapshot, intent, 'preview');
  const noHttp = shift.served.filter(({ routes }) => !routes.some(isHttp));
  if (noHttp.length > 0) {
    refuse(
      'headers-need-http',
      `${joinFirst(noHttp.map(({ virtualService }) => titleOf(virtualService)))} sends to ${shift.service.host} by tcp or tls routes alone: ` +
        'these see no headers, so no preview by header is possible. Use the operation weight, or an http route.',
    );
  }
  const changes = changeServed(shift, (served) => {
    const { virtualService } = served;
    const pinned = pinBaseRoutes(served, shift);
    const previews = addPreviews(pinned.value, served, intent, shift);
    const linked = withLinks(previews.value, intent, shift);
    return {
      value: keepIfSpecUnchanged(virtualService, linked),
      findings: [...besideHttp(served, shift), ...pinned.findings, ...previews.findings],
    };
  });
  if (changes.value.every(({ after }) => !hasPreview(after, shift))) {
    const bases = shift.served.flatMap(({ routes }) => routes.filter(isHttp).map(pickOf));
    refuse(
      'headers-contradict',
      `No base route (${joinFirst(bases)}) can be copied with these headers: each matches the same header in another way, and Istio has one match for each header, which can't require both (two different values, a prefix and a regex, or two regexes). ` +
        'Give an exact value that the route matches as well, use another header, or pick other base routes with `routes`.',
    );
  }
  const link =
    intent.link &&
    linkOf(
      snapshot,
      intent.link,
      changes.value.map(({ after }) => after),
      shift,
    );
  const draft = draftOf(shift, changes, neededFor(shift));
  return {
    ...draft,
    findings: [...draft.findings, ...(link?.findings ?? []), ...bridgeFindings(intent, changes.value)],
    ...(link?.value !== undefined && { previewUrl: link.value }),
  };
}

/** Behind a VirtualService without a gateway there are no requests that a bridge could start with. */
function bridgeFindings(
  { bridge }: HeadersIntent,
  changes: readonly Change<VirtualService>[],
): readonly Finding[] {
  if (bridge === undefined || changes.some(({ after }) => hasGateway(after))) return [];
  const message = `No selected VirtualService (${joinFirst(changes.map(({ after }) => titleOf(after)))}) is bound to a gateway, so nothing adds the baggage ${bridge}: it has to be in the requests already.`;
  return [finding('bridge-without-gateway', 'notice', message)];
}

/** Declared anew each time: without `link`, a link that the build had goes. */
function withLinks(
  virtualService: VirtualService,
  { link }: HeadersIntent,
  shift: PreparedShift,
): VirtualService {
  const { name } = shift.target;
  const isLinked = link !== undefined && hasGateway(virtualService) && hasPreview(virtualService, shift);
  const kept = withoutIdleLinks(virtualService, (subset) => subset === name && !isLinked);
  return isLinked ? withLink(kept, name, link) : kept;
}

/** Tcp and tls routes see no headers. */
function besideHttp(
  { virtualService, routes }: ServedRoutes,
  { service }: PreparedShift,
): readonly Finding[] {
  const kinds = new Set(routes.filter((route) => !isHttp(route)).map(({ kind }) => kind));
  if (kinds.size === 0) return [];
  const message =
    `${titleOf(virtualService)} also sends to ${service.host} by ${[...kinds].join(' and ')} routes: ` +
    'these see no headers and get no preview.';
  return [finding('no-preview-beside-http', 'notice', message, virtualService)];
}

function isHttp({ kind }: UserRoute): boolean {
  return kind === 'http';
}

function hasPreview(virtualService: VirtualService, { target }: PreparedShift): boolean {
  return (virtualService.spec.http ?? []).some((route) =>
    isPreviewOf(route, (destination) => isTarget(destination, virtualService.metadata.namespace, target)),
  );
}

/** With `stable-pod-selector`: base routes that send to the whole service keep to the stable subset. */
function pinBaseRoutes(
  { virtualService, routes }: ServedRoutes,
  { stable }: PreparedShift,
): WithFindings<VirtualService> {
  if (stable === undefined) return { value: virtualService, findings: [] };
  const { namespace } = virtualService.metadata;
  const stored = readBaselines(virtualService).byRoute;
  const pinned = routes.flatMap((base) => {
    const isWhole = destinationsOf(base.route).some(
      ({ destination }) =>
        subsetOf(destination) === undefined && isDestinationOf(destination, namespace, stable.service),
    );
    // Pinned before and whole again: somebody else wrote it since, and what they wrote is to be kept to the subset.
    if (!isWhole) return [];
    const current = currentBaseline(virtualService, base, stored.get(placeOf(base)));
    const baseline = pinTo(stable, current.value, namespace);
    return [{ place: placeOf(base), baseline, findings: current.findings }];
  });
  const rewritten = withDestinations(
    virtualService,
    new Map(pinned.map(({ place, baseline }) => [place, listOf(baseline, namespace)])),
  );
  return {
    value: writeBaselines(
      rewritten,
      new Map([...stored, ...pinned.map(({ place, baseline }) => [place, baseline] as const)]),
    ),
    findings: pinned.flatMap(({ findings }) => findings),
  };
}

function addPreviews(
  virtualService: VirtualService,
  served: ServedRoutes,
  intent: HeadersIntent,
  { target }: PreparedShift,
): WithFindings<VirtualService> {
  const { namespace } = virtualService.metadata;
  const bases = new Map(served.routes.filter(isHttp).map((base) => [base.index, base]));
  const isOurs = (route: Route): boolean =>
    isPreviewOf(route, (destination) => isTarget(destination, namespace, target));
  const bridge = hasGateway(virtualService) ? intent.bridge : undefined;
  const findings: Finding[] = [];
  const http: Route[] = [];
  let run: Route[] = [];
  let ordinal = 0;
  for (const [index, route] of (virtualService.spec.http ?? []).entries()) {
    if (previewSubset(route) !== undefined) {
      run.push(route);
      continue;
    }
    const base = bases.get(index);
    const copied = bridge === undefined ? route : bridged(route, bridge);
    if (base !== undefined) findings.push(...unjoined(virtualService, base, copied, intent.alternatives));
    const preview =
      base &&
      previewOf(
        copied,
        previewName(target.name, ordinal + 1),
        intent.alternatives,
        targetDestination(destinationsOf(base.route), namespace, target),
      );
    if (preview === undefined) {
      if (base !== undefined) findings.push(contradiction(virtualService, base));
      http.push(...run.filter((other) => !isOurs(other)), route);
    } else {
      ordinal += 1;
      const placed = placePreview(run, preview, isOurs);
      if (placed.repointed !== undefined)
        findings.push(repointing(virtualService, placed.repointed, target.name));
      http.push(...placed.run, route);
    }
    run = [];
  }
  http.push(...run.filter((route) => !isOurs(route)));
  return { value: withRoutes(virtualService, 'http', http), findings };
}

/** Part of the requests that were asked about stay where they are: who reads "now go to" has to know. */
function unjoined(
  virtualService: VirtualService,
  base: UserRoute,
  copied: Route,
  alternatives: HeadersIntent['alternatives'],
): readonly Finding[] {
  const names = unjoinedHeaders(copied, alternatives);
  if (names.length === 0) return [];
  const message =
    `${pickOf(base)} of ${titleOf(virtualService)} matches ${names.length === 1 ? 'header' : 'headers'} ${joinFirst(names)} in another way, and Istio has one match for each header: ` +
    'requests that meet both get this route, and no preview of it. Give an exact value, or use another header.';
  return [finding('headers-unjoined', 'warning', message, virtualService)];
}

function contradiction(virtualService: VirtualService, base: UserRoute): Finding {
  return finding(
    'headers-contradict',
    'notice',
    `${pickOf(base)} of ${titleOf(virtualService)} matches the same header in another way, and one match can't require both: it gets no preview.`,
    virtualService,
  );
}

function repointing(virtualService: VirtualService, rival: Route, subset: string): Finding {
  return finding(
    'preview-repointed',
    'notice',
    `The preview route ${rival.name ?? ''} of ${titleOf(virtualService)} had the very same match: it now sends to ${subsetText(subset)} in place of ${subsetText(previewSubset(rival) ?? '')}.`,
    virtualService,
  );
}
