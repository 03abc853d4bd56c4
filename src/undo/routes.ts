/** A VirtualService without what a change made of it. */
import type { RouteKind, VirtualService } from '../istio/types.ts';
import { BASELINE, readBaselines, writeBaselines, type PendingBaseline } from '../plan/baseline.ts';
import { routesByIdentity } from '../istio/route-identity.ts';
import { placeOf } from '../istio/routes.ts';
import { PREVIEWS, withLostOwners } from '../plan/preview-owners.ts';
import { mapRoutes, withAnnotation } from '../plan/objects.ts';
import { titleOf } from '../base/title.ts';
import { fieldState, withFieldsBefore } from './fields.ts';
import { revertPreviews } from './previews.ts';
import { baselinePrint, valuePrinter, textPrint } from './recognise.ts';
import type { Reverted } from './reverted.ts';
import type { AnnotationUndo, Conflict, FieldUndo, RouteUndo, VirtualServiceUndo } from './types.ts';
import { pickOf } from '../plan/route-picks.ts';
import { userRoutes, type UserRoute } from '../plan/user-routes.ts';

/** @throws TrafficError check-failed where the annotation `istiops/baseline` has to be read and can't be */
export function revertVirtualService(
  virtualService: VirtualService,
  undo: VirtualServiceUndo,
): Reverted<VirtualService> {
  const fields = revertFields(virtualService, undo);
  const baseline = undo.annotations.find(({ key }) => key === BASELINE);
  const withBaseline =
    baseline === undefined ? fields.after : withBaselineBefore(virtualService, fields, baseline);
  const previews = revertPreviews(withBaseline, undo);
  const after = undo.annotations
    .filter(({ key }) => key !== BASELINE)
    .reduce(revertAnnotation, previews.after);
  return {
    after,
    done: [...fields.done, ...previews.done],
    conflicts: [...fields.conflicts, ...previews.conflicts],
  };
}

interface FieldsReverted extends Reverted<VirtualService> {
  /** Routes that are again what they were before, with the baseline that they had. */
  readonly restored: readonly UserRoute[];
}

/** What becomes of one route. */
interface RouteReverted {
  readonly placed: UserRoute;
  readonly fields: readonly FieldUndo[];
  /** Its list is what it was before, so its baseline is restored, too. */
  readonly isRestored: boolean;
  readonly conflicts: readonly Conflict[];
}

function revertFields(
  virtualService: VirtualService,
  { routes, annotations }: VirtualServiceUndo,
): FieldsReverted {
  const title = titleOf(virtualService);
  const current = routesByIdentity(userRoutes(virtualService));
  const isBaselineChanged = annotations.some(({ key }) => key === BASELINE);
  const baselines =
    isBaselineChanged && routes.length > 0 ? readBaselines(virtualService).byRoute : new Map<string, never>();
  const known = new Set(routes.flatMap((group) => group.routes));
  const others = [...current].flatMap(([identity, placed]) => (known.has(identity) ? [] : [placed]));
  const print = valuePrinter();
  const hasBaseline = ({ memory }: RouteUndo, placed: UserRoute): boolean =>
    memory === undefined || baselinePrint(baselines.get(placeOf(placed))) === memory;
  const isAsLeft = (group: RouteUndo, placed: UserRoute): boolean =>
    hasBaseline(group, placed) &&
    group.fields.every((field) => fieldState(placed.route, field, print) === 'as-left');

  const results = routes.flatMap((group): RouteReverted[] => {
    const { found } = routesOfGroup(group, current, others, isAsLeft);
    return found.map((placed) => revertRoute(group, placed, hasBaseline(group, placed), { print, title }));
  });
  const lost = routes.flatMap((group): Conflict[] => {
    const { missing } = routesOfGroup(group, current, others, isAsLeft);
    if (missing === 0) return [];
    const them = missing === 1 ? 'it' : 'them';
    return [
      {
        what: `${fieldsText(group.fields)} of ${missing === 1 ? 'a route' : `${missing} routes`} of ${title}`,
        why: `somebody else removed ${them}, or changed name or match`,
      },
    ];
  });
  const changed = new Map(
    results.flatMap(({ placed, fields }) =>
      fields.length === 0 ? [] : [[placeOf(placed), fields] as const],
    ),
  );
  const after =
    changed.size === 0
      ? virtualService
      : mapRoutes(virtualService, (kind: RouteKind, route, index) => {
          const fields = changed.get(placeOf({ kind, index }));
          return fields === undefined ? route : withFieldsBefore(route, fields);
        });
  return {
    after,
    restored: results.flatMap(({ placed, isRestored }) => (isRestored ? [placed] : [])),
    done: results.flatMap(({ placed, fields }) =>
      fields.map(
        ({ name }) =>
          `${fieldText(name)} of ${pickOf(placed)} of ${title} ${isOrAre(name)} what ${itOrThey(name)} ${wasOrWere(name)}`,
      ),
    ),
    conflicts: [...results.flatMap(({ conflicts }) => conflicts), ...lost],
  };
}

/** The routes of a group as they are now. A renamed one is recognised by its list and its baseline. */
function routesOfGroup(
  group: RouteUndo,
  current: ReadonlyMap<string, UserRoute>,
  others: readonly UserRoute[],
  isAsLeft: (group: RouteUndo, placed: UserRoute) => boolean,
): { readonly found: readonly UserRoute[]; readonly missing: number } {
  const there = group.routes.flatMap((identity) => current.get(identity) ?? []);
  const missing = group.routes.length - there.length;
  if (missing === 0 || typeof group.memory !== 'string') return { found: there, missing };
  const moved = others.filter((placed) => isAsLeft(group, placed));
  return moved.length === missing ? { found: [...there, ...moved], missing: 0 } : { found: there, missing };
}

/** Each field by itself: one that somebody else changed since stays, the others are what they were. */
function revertRoute(
  { fields }: RouteUndo,
  placed: UserRoute,
  hasBaseline: boolean,
  { print, title }: { readonly print: ReturnType<typeof valuePrinter>; readonly title: string },
): RouteReverted {
  const states = fields.map((field) => {
    const state = fieldState(placed.route, field, print);
    // The list is as the change left it, but another share was requested since.
    return {
      field,
      state:
        state === 'as-left' && field.name === 'route' && !hasBaseline
          ? stateWithoutBaseline(placed, field, print)
          : state,
    };
  });
  const list = states.find(({ field }) => field.name === 'route');
  return {
    placed,
    fields: states.flatMap(({ field, state }) =>
      state === 'as-left' && field.before !== undefined ? [field] : [],
    ),
    isRestored: hasBaseline && (list === undefined || list.state === 'as-left'),
    conflicts: states.flatMap(({ field, state }) =>
      state === 'changed-since'
        ? [
            {
              what: `${fieldText(field.name)} of ${pickOf(placed)} of ${title}`,
              why: `somebody else changed ${field.name === 'route' ? 'them' : 'it'} since`,
            },
          ]
        : [],
    ),
  };
}

function stateWithoutBaseline(
  { route }: UserRoute,
  field: FieldUndo,
  print: ReturnType<typeof valuePrinter>,
): ReturnType<typeof fieldState> {
  const { before } = field;
  return before !== undefined && print(route.route) === print(before) ? 'as-before' : 'changed-since';
}

/** The field of a route in words. */
export function fieldText(name: string): string {
  return name === 'route' ? 'the destinations' : `the field ${name}`;
}

function fieldsText(fields: readonly FieldUndo[]): string {
  return fields.some(({ name }) => name === 'route')
    ? fieldText('route')
    : fields.map(({ name }) => fieldText(name)).join(' and ');
}

const isOrAre = (name: string): string => (name === 'route' ? 'are' : 'is');
const itOrThey = (name: string): string => (name === 'route' ? 'they' : 'it');
const wasOrWere = (name: string): string => (name === 'route' ? 'were' : 'was');

/** Baselines are found by position: put back before previews come and go. */
function withBaselineBefore(
  virtualService: VirtualService,
  { after, restored, conflicts }: FieldsReverted,
  baseline: AnnotationUndo,
): VirtualService {
  const isAsLeft = textPrint(virtualService.metadata.annotations?.[BASELINE]) === baseline.after;
  if (isAsLeft && conflicts.length === 0)
    return withAnnotation(after, BASELINE, baseline.before ?? undefined);
  if (restored.length === 0) return after;
  // Somebody else changed the annotation since: only the routes that are restored have their old baseline again.
  const old = readBaselines(withAnnotation(after, BASELINE, baseline.before ?? undefined)).byRoute;
  const baselines = new Map<string, PendingBaseline>(readBaselines(virtualService).byRoute);
  for (const placed of restored) {
    const stored = old.get(placeOf(placed));
    if (stored === undefined) baselines.delete(placeOf(placed));
    else baselines.set(placeOf(placed), stored);
  }
  return writeBaselines(after, baselines);
}

function revertAnnotation(
  virtualService: VirtualService,
  { key, before, after }: AnnotationUndo,
): VirtualService {
  if (key === PREVIEWS) return withLostOwners(virtualService, before ?? '');
  return textPrint(virtualService.metadata.annotations?.[key]) === after
    ? withAnnotation(virtualService, key, before ?? undefined)
    : virtualService;
}
