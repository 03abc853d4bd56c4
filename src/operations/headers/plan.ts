import type { HeadersIntent } from './intent.ts';
import { leadsTo } from '../../istio/hosts.ts';
import { destinationsOf, subsetOf } from '../../istio/routes.ts';
import type { Route, VirtualService } from '../../istio/types.ts';
import { keyOf, readBaselines, writeBaselines, type PendingBaseline } from '../../plan/baseline.ts';
import { pickOf, type UserRoute } from '../../plan/base-routes.ts';
import type { ChangeDraft, ServedRoutes } from '../../plan/draft.ts';
import { finding, type Finding } from '../../base/findings.ts';
import { refuse } from '../../base/errors.ts';
import { previewName, previewSubset } from '../../plan/names.ts';
import { mapRoutes, keepIfSpecUnchanged, withRoutes, type Change } from '../../plan/objects.ts';
import { subsetText } from '../../base/text.ts';
import { titleOf } from '../../base/title.ts';
import { isPreviewOf, placePreview, previewOf } from '../../plan/previews.ts';
import { joinFirst } from '../../plan/select.ts';
import { pinTo, prepareShift, targetDestination, type PreparedShift } from '../../plan/shift.ts';
import { listOf } from '../../plan/split.ts';
import { isTarget } from '../../plan/subsets.ts';
import type { Snapshot } from '../../plan/types.ts';
import { currentBaseline } from '../../plan/recall.ts';

/**
 * One preview route directly above each http base route and above older previews. It replaces what this
 * pod-selector had before.
 *
 * @throws TrafficError not-found, ambiguous, check-failed where no preview is possible
 */
export function planHeaders(snapshot: Snapshot, intent: HeadersIntent): ChangeDraft {
  const shift = prepareShift(snapshot, intent);
  const findings: Finding[] = [...shift.findings];
  const noHttp = shift.led.filter(({ routes }) => !routes.some(isHttp));
  if (noHttp.length > 0) {
    refuse(
      'headers-need-http',
      `${joinFirst(noHttp.map(({ virtualService }) => titleOf(virtualService)))} sends to ${shift.service.host} by tcp or tls routes alone: ` +
        'these see no headers, so no preview by header is possible. Use `weight`, or an http route.',
    );
  }
  const changes = shift.selected.map((virtualService): Change<VirtualService> => {
    const led = shift.led.find((one) => one.virtualService === virtualService);
    if (led === undefined) return { before: virtualService, after: virtualService };
    if (!led.routes.every(isHttp)) {
      findings.push(
        finding(
          'no-preview-beside-http',
          'notice',
          `${titleOf(virtualService)} also sends to ${shift.service.host} by ${[...new Set(led.routes.filter((route) => !isHttp(route)).map(({ kind }) => kind))].join(' and ')} routes: ` +
            'these see no headers and get no preview.',
          virtualService,
        ),
      );
    }
    const after = withPreviews(pinBaseRoutes(led, shift, findings), led, intent, shift, findings);
    return { before: virtualService, after: keepIfSpecUnchanged(virtualService, after) };
  });
  if (changes.every(({ after }) => !hasPreview(after, shift))) {
    const bases = shift.led.flatMap(({ routes }) => routes.filter(isHttp).map(pickOf));
    refuse(
      'headers-contradict',
      `No base route (${joinFirst(bases)}) can be copied with these headers: each matches the same header in another way, and one match can't require both. ` +
        'Use another header, or pick other base routes with `routes`.',
    );
  }
  return {
    subset: shift.target.name,
    virtualServices: changes,
    needed: [shift.target, ...(shift.stable === undefined ? [] : [shift.stable])],
    released: () => false,
    findings,
    shift,
  };
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
  findings: Finding[],
): VirtualService {
  if (stable === undefined) return virtualService;
  const { namespace } = virtualService.metadata;
  const remembered = readBaselines(virtualService).byRoute;
  const memories = new Map<string, PendingBaseline>(remembered);
  const lists = new Map<string, Route['route']>();
  for (const base of routes) {
    const isWhole = destinationsOf(base.route).some(
      ({ destination }) =>
        subsetOf(destination) === undefined && leadsTo(destination, namespace, stable.service),
    );
    // Pinned before and whole again: somebody else wrote it since, and what they wrote is to be kept to the subset.
    if (!isWhole) continue;
    const known = currentBaseline(virtualService, base, remembered.get(keyOf(base)), findings);
    const pinned = pinTo(stable, known, namespace);
    memories.set(keyOf(base), pinned);
    lists.set(keyOf(base), listOf(pinned, namespace));
  }
  const rewritten = mapRoutes(virtualService, (kind, route, index) => {
    const list = lists.get(keyOf({ kind, index }));
    return list === undefined ? route : { ...route, route: list };
  });
  return writeBaselines(rewritten, memories);
}

function withPreviews(
  virtualService: VirtualService,
  led: ServedRoutes,
  intent: HeadersIntent,
  { target }: PreparedShift,
  findings: Finding[],
): VirtualService {
  const { namespace } = virtualService.metadata;
  const bases = new Map(led.routes.filter(isHttp).map((base) => [base.index, base]));
  const isOurs = (route: Route): boolean =>
    isPreviewOf(route, (destination) => isTarget(destination, namespace, target));
  const http: Route[] = [];
  let run: Route[] = [];
  let ordinal = 0;
  for (const [index, route] of (virtualService.spec.http ?? []).entries()) {
    if (previewSubset(route) !== undefined) {
      run.push(route);
      continue;
    }
    const base = bases.get(index);
    const preview =
      base &&
      previewOf(
        route,
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
  return withRoutes(virtualService, 'http', http);
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
