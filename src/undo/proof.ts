/**
 * What a record may speak of. It is an annotation, so whoever can write the VirtualService can write the record, and
 * lets the next `undo` of somebody with more rights carry it out. So a record is followed only as far as it stays
 * within its own object, and as far as what it brings back is something that istiops could have found there.
 */
import { labelKeyProblem, labelValueProblem } from '../intent/label-rules.ts';
import { resolveHost } from '../istio/hosts.ts';
import { destinationsOf } from '../istio/routes.ts';
import type { DestinationRule, Match, Route, Subset, VirtualService } from '../istio/types.ts';
import { isObject, type Json } from '../base/json.ts';
import { BASELINE } from '../plan/baseline.ts';
import { isLink, linkCookie } from '../plan/link-names.ts';
import { isGoRoute, isGoSubset, previewSubset, subsetNames } from '../plan/names.ts';
import { titleOf } from '../base/title.ts';
import type { Snapshot } from '../plan/types.ts';
import { routePrint } from './recognise.ts';
import { fieldText } from './routes.ts';
import { hostsOfRoute, hostsSentTo, isForHosts } from './rule-hosts.ts';
import type {
  Conflict,
  DestinationRuleUndo,
  FieldUndo,
  PreviewsUndo,
  RecordedUndo,
  RemovedSubset,
  RouteUndo,
  Undo,
  VirtualServiceUndo,
} from './types.ts';

/** A part of a record, less what is not followed. */
interface Proven<T> {
  readonly value: T;
  readonly conflicts: readonly Conflict[];
}

/** What answers in place of the destinations, or sends elsewhere than they say: no operation changes it. */
const NEVER_CHANGED = new Set(['redirect', 'directResponse', 'delegate', 'rewrite']);

/**
 * What reverts a change of one VirtualService, less what its record can't prove.
 *
 * @returns `conflicts`: what is not followed, even with `force`
 */
export function provenUndo(
  snapshot: Snapshot,
  virtualService: VirtualService,
  undo: RecordedUndo,
  usePrevious: boolean,
): Proven<Undo> {
  const { namespace, name } = virtualService.metadata;
  const title = titleOf(virtualService);
  const hosts = knownHosts(snapshot, virtualService);
  const routes = provenRoutes(virtualService, (usePrevious ? undo.previous : undefined) ?? undo, hosts);
  const rules = undo.rules.map((rule) => provenRule(snapshot, rule, { namespace, title, hosts }));
  return {
    value: {
      virtualServices: [{ namespace, name, ...routes.value }],
      destinationRules: rules.flatMap(({ value }) => value),
    },
    conflicts: [...routes.conflicts, ...rules.flatMap(({ conflicts }) => conflicts)],
  };
}

/**
 * Hosts that this VirtualService's routes send to now, and those of the Services of its namespace: a promote takes
 * the other hosts of a route away, and its undo brings them back.
 */
function knownHosts({ services }: Snapshot, virtualService: VirtualService): ReadonlySet<string> {
  const { namespace } = virtualService.metadata;
  const own =
    services.state === 'known'
      ? services.items.filter((service) => service.namespace === namespace).flatMap(({ hosts }) => hosts)
      : [];
  return new Set([...hostsSentTo(virtualService), ...own]);
}

function provenRoutes(
  virtualService: VirtualService,
  { routes, previews, annotations }: VirtualServiceUndo,
  hosts: ReadonlySet<string>,
): Proven<VirtualServiceUndo> {
  const title = titleOf(virtualService);
  const { namespace } = virtualService.metadata;
  const strange = (route: Route): string | undefined =>
    hostsOfRoute(route).find((host) => !hosts.has(resolveHost(host, namespace)));
  const provenFields = routes.map((group) => provenRoute(group, title, strange));
  const provenPreviews = previews.map((group) => provenGroup(group, { title, namespace, strange }));
  const foreign = annotations.filter(({ key }) => key !== BASELINE);
  return {
    value: {
      routes: provenFields.map(({ value }) => value).filter(({ fields }) => fields.length > 0),
      previews: provenPreviews.map(({ value }) => value),
      annotations: annotations.filter(({ key }) => key === BASELINE),
    },
    conflicts: [
      ...[...provenFields, ...provenPreviews].flatMap(({ conflicts }) => conflicts),
      ...foreign.map(({ key }) => ({ what: `the annotation ${key} of ${title}`, why: NO_CHANGE_OF_OURS })),
    ],
  };
}

const NO_CHANGE_OF_OURS = 'no operation of istiops changes it, so the record is not true';

function provenRoute(
  group: RouteUndo,
  title: string,
  strange: (route: Route) => string | undefined,
): Proven<RouteUndo> {
  const judged = group.fields.map((field) => ({ field, why: unproven(field, strange) }));
  const fields = judged.flatMap(({ field, why }) => (why === undefined ? [field] : []));
  const conflicts = judged.flatMap(({ field: { name }, why }) =>
    why === undefined ? [] : [{ what: `${fieldText(name)} of a route of ${title}`, why }],
  );
  // Without its list, the baseline's fingerprint says nothing.
  const { memory: _, ...bare } = group;
  const isListLost = group.memory !== undefined && !fields.some(({ name }) => name === 'route');
  return { value: { ...(isListLost ? bare : group), fields }, conflicts };
}

function unproven(
  { name, before }: FieldUndo,
  strange: (route: Route) => string | undefined,
): string | undefined {
  if (NEVER_CHANGED.has(name)) return NO_CHANGE_OF_OURS;
  if (before === undefined || before === null) return undefined;
  const host = strange({ [name]: before });
  if (host !== undefined) return toStranger(host);
  return hidesHost(name, before) ? 'it is no list of destinations' : undefined;
}

/** A mirror that `hostsOfRoute` can't read would slip by it. */
function hidesHost(name: string, before: Json): boolean {
  if (name === 'mirror') return !isObject(before) || typeof before['host'] !== 'string';
  if (name !== 'mirrors') return false;
  return (
    !Array.isArray(before) ||
    !before.every((one: unknown) => {
      const destination = isObject(one) ? one['destination'] : undefined;
      return isObject(destination) && typeof destination['host'] === 'string';
    })
  );
}

function toStranger(host: string): string {
  return `the record would send to ${host}, to which no route of the VirtualService sends now, and which is no Service of its namespace`;
}

function provenGroup(
  group: PreviewsUndo,
  {
    title,
    namespace,
    strange,
  }: {
    readonly title: string;
    readonly namespace: string;
    readonly strange: (route: Route) => string | undefined;
  },
): Proven<PreviewsUndo> {
  const judged = group.removed.map((entry) => {
    if (typeof entry === 'string') return { entry, conflicts: [] };
    const why = unprovenPreview(entry, namespace, strange);
    if (why === undefined) return { entry, conflicts: [] };
    return {
      entry: routePrint(entry),
      conflicts: [{ what: `the route ${entry.name ?? 'without a name'} of ${title}`, why }],
    };
  });
  return {
    value: { ...group, removed: judged.map(({ entry }) => entry) },
    conflicts: judged.flatMap(({ conflicts }) => conflicts),
  };
}

/** Only previews and links come and go, and what the Go istiops made: to one subset, for requests with certain headers. */
function unprovenPreview(
  route: Route,
  namespace: string,
  strange: (route: Route) => string | undefined,
): string | undefined {
  if (isLink(route))
    return OWN_COOKIE.test(linkCookie(route['headers']) ?? '') ? undefined : NO_CHANGE_OF_OURS;
  const subset = previewSubset(route);
  const isPreview =
    subset !== undefined &&
    destinationsOf(route).every(({ destination }) => destination.subset === subset) &&
    (route.match ?? []).length > 0 &&
    (route.match ?? []).every(isForHeaders);
  const isOurs = isPreview || isGoRoute(route, namespace);
  if (!isOurs || Object.keys(route).some((name) => name !== 'rewrite' && NEVER_CHANGED.has(name)))
    return NO_CHANGE_OF_OURS;
  const host = strange(route);
  if (host !== undefined) return toStranger(host);
  const isHidden = ['mirror', 'mirrors'].some(
    (name) => route[name] !== undefined && hidesHost(name, route[name] ?? null),
  );
  return isHidden ? 'it is no list of destinations' : undefined;
}

/** What the link of a preview sets. */
const OWN_COOKIE = /^[^=;\s%]+=[\w.~-]*; Path=\/; Max-Age=\d+; HttpOnly;(?: Secure;)? SameSite=Lax$/;

/** The fields of HTTPMatchRequest. @see https://istio.io/latest/docs/reference/config/networking/virtual-service/#HTTPMatchRequest */
const MATCH_FIELDS = new Set([
  'name',
  'uri',
  'scheme',
  'method',
  'authority',
  'headers',
  'port',
  'sourceLabels',
  'gateways',
  'queryParams',
  'ignoreUriCase',
  'withoutHeaders',
  'sourceNamespace',
  'statPrefix',
]);

/** Each block of a preview requires headers: without them it would get every request. */
function isForHeaders(block: Match): boolean {
  const { headers } = block;
  return (
    isObject(headers) &&
    Object.values(headers).length > 0 &&
    Object.values(headers).every(isStringMatch) &&
    Object.keys(block).every((name) => MATCH_FIELDS.has(name))
  );
}

function isStringMatch(value: unknown): boolean {
  return (
    isObject(value) &&
    Object.keys(value).length <= 1 &&
    Object.entries(value).every(
      ([kind, text]) => ['exact', 'prefix', 'regex'].includes(kind) && typeof text === 'string',
    )
  );
}

function provenRule(
  snapshot: Snapshot,
  { name, ...undo }: DestinationRuleUndo & { readonly name: string },
  {
    namespace,
    title,
    hosts,
  }: { readonly namespace: string; readonly title: string; readonly hosts: ReadonlySet<string> },
): Proven<Undo['destinationRules']> {
  const rule = snapshot.destinationRules.find(
    ({ metadata }) => metadata.namespace === namespace && metadata.name === name,
  );
  // Applying it says that the rule is no longer there.
  if (rule === undefined) return { value: [{ namespace, name, ...undo, changed: [] }], conflicts: [] };
  if (!isForHosts(rule, hosts)) {
    const why = `no route of ${title}, whose record names it, sends to its host`;
    return { value: [], conflicts: [{ what: titleOf(rule), why }] };
  }
  const removed = undo.removed.map((one) => provenSubset(rule, one));
  return {
    value: [{ namespace, name, ...undo, removed: removed.flatMap(({ value }) => value), changed: [] }],
    conflicts: [
      ...removed.flatMap(({ conflicts }) => conflicts),
      ...undo.changed.map((subset) => ({
        what: `subset ${subset.name} of ${titleOf(rule)}`,
        why: NO_CHANGE_OF_OURS,
      })),
    ],
  };
}

/**
 * A subset comes back as istiops makes one: labels alone, and the name that follows from them. So a record can do no
 * more than `weight` for those labels would.
 */
function provenSubset(rule: DestinationRule, removed: RemovedSubset): Proven<readonly RemovedSubset[]> {
  const { name, labels = {}, ...others } = removed.subset;
  const what = `subset ${name} of ${titleOf(rule)}`;
  if (!isMadeByTools(rule, removed.subset) || (removed.followsOwn === undefined && !isGo(rule, name)))
    return {
      value: [],
      conflicts: [{ what, why: 'istiops would not have made it like this, so the record is not true' }],
    };
  const fields = Object.keys(others).join(', ');
  return {
    value: [{ ...removed, subset: { name, labels } }],
    conflicts:
      fields === ''
        ? []
        : [{ what: `${fields} of ${what}`, why: 'only its labels come back; add it by hand' }],
  };
}

function isMadeByTools(rule: DestinationRule, { name, labels = {} }: Subset): boolean {
  const areLabels = Object.entries(labels).every(
    ([key, value]) => labelKeyProblem(key) === undefined && labelValueProblem(value) === undefined,
  );
  return (
    areLabels && Object.keys(labels).length > 0 && (subsetNames(labels).includes(name) || isGo(rule, name))
  );
}

function isGo({ spec, metadata }: DestinationRule, name: string): boolean {
  return isGoSubset(name, spec.host, metadata.namespace);
}
