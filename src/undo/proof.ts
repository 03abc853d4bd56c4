/**
 * What a record may speak of. It is an annotation, so whoever can write the VirtualService can write the record, and
 * lets the next `undo` of somebody with more rights carry it out. So a record is followed only as far as it stays
 * within its own object, and as far as what it brings back is something that istiops could have found there.
 */
import { resolveHost } from '../istio/hosts.ts';
import { destinationsOf } from '../istio/routes.ts';
import type { Match, Route, VirtualService } from '../istio/types.ts';
import { isObject, type Json } from '../base/json.ts';
import { BASELINE } from '../plan/baseline.ts';
import { isLink, linkCookie } from '../plan/link-names.ts';
import { isGoRoute, previewSubset } from '../plan/names.ts';
import { PREVIEWS } from '../plan/preview-owners.ts';
import { titleOf } from '../base/title.ts';
import type { Snapshot } from '../plan/types.ts';
import { NO_CHANGE_OF_OURS, provenRule, type Proven } from './proof-of-rules.ts';
import { routePrint } from './recognise.ts';
import { fieldText } from './routes.ts';
import { hostsOfRoute, hostsSentTo } from './rule-hosts.ts';
import type {
  AnnotationUndo,
  FieldUndo,
  PreviewsUndo,
  RecordedUndo,
  RouteUndo,
  Undo,
  VirtualServiceUndo,
} from './types.ts';

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
  const isOurs = ({ key }: AnnotationUndo): boolean => key === BASELINE || key === PREVIEWS;
  const foreign = annotations.filter((one) => !isOurs(one));
  return {
    value: {
      routes: provenFields.map(({ value }) => value).filter(({ fields }) => fields.length > 0),
      previews: provenPreviews.map(({ value }) => value),
      annotations: annotations.filter(isOurs),
    },
    conflicts: [
      ...[...provenFields, ...provenPreviews].flatMap(({ conflicts }) => conflicts),
      ...foreign.map(({ key }) => ({ what: `the annotation ${key} of ${title}`, why: NO_CHANGE_OF_OURS })),
    ],
  };
}

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
