import { TrafficError } from '../../base/errors.ts';
import { field, textIn, type JsonObject } from '../../base/json.ts';
import { podState, type PodState } from '../../gates/index.ts';
import { shapeFaults } from '../../istio/shape.ts';
import { notUnderstood, type NotUnderstood } from '../../istio/not-understood.ts';
import { serviceEntryView, serviceView } from '../../istio/service-views.ts';
import type { DestinationRule, PodView, ServiceView, VirtualService } from '../../istio/types.ts';
import type { Listing } from '../../plan/types.ts';
import type { LookScope, ReadScope } from '../../ports/store.ts';
import type { RequestedObject } from './asked-for.ts';
import type { Attempts } from './calls.ts';
import { allItems } from './pages.ts';
import { podView, workloadView } from './pods.ts';
import { forbidden, callWords, isStatus, json, refusal, statusWords, type RefusedRight } from './refusals.ts';
import type { About, HttpResponse } from './wire.ts';

/** Istio's versions of its API, the one to use first. @see https://istio.io/latest/blog/2024/v1-apis/ */
export const ISTIO_VERSIONS = ['networking.istio.io/v1', 'networking.istio.io/v1beta1'];

export interface NamespaceObjects {
  readonly virtualServices: readonly VirtualService[];
  readonly destinationRules: readonly DestinationRule[];
  /** With the WorkloadEntries that ServiceEntries may select. */
  readonly pods: Listing<PodView>;
  /** Why these WorkloadEntries could not be read. */
  readonly unreadWorkloads?: string;
  readonly services: Listing<ServiceView>;
  /** Absent where all are as they should be. */
  readonly notUnderstood?: readonly NotUnderstood[];
}

type ListAnswer =
  | { readonly state: 'known'; readonly items: readonly JsonObject[] }
  | ({ readonly state: 'forbidden' } & RefusedRight)
  | { readonly state: 'absent'; readonly error: TrafficError };

/**
 * Everything of a namespace that a plan needs: five lists at once, however many objects there are, and a sixth where a
 * ServiceEntry selects workloads.
 *
 * @param scope `routes`: the list of VirtualServices alone; `routing`: that of DestinationRules as well
 * @throws TrafficError unauthorized, forbidden (with the Role to grant), not-found (no Istio there), unreachable,
 * timeout
 */
export async function readLists(
  namespace: string,
  attempts: Attempts,
  scope?: LookScope,
): Promise<NamespaceObjects> {
  const unread = Promise.resolve<ListAnswer>({ state: 'known', items: [] });
  const isAll = scope === undefined;
  const lists = await together(attempts, (each) => {
    const routing = [
      listIstio(namespace, 'virtualservices', each),
      scope === 'routes' ? unread : listIstio(namespace, 'destinationrules', each),
    ] as const;
    if (!isAll) return [...routing, unread, unread, unread, unread];
    const pods = list('/api/v1', namespace, 'pods', each);
    const services = list('/api/v1', namespace, 'services', each);
    const entries = listIstio(namespace, 'serviceentries', each);
    return [...routing, pods, services, entries, listSelectedWorkloads(entries, namespace, each)];
  });
  const [virtualServices, destinationRules, pods, services, entries, workloads] = lists;
  const { wire } = attempts;
  const refused = [virtualServices, destinationRules].filter((one) => one.state === 'forbidden');
  if (refused.length > 0) throw forbidden(refused, wire);
  const { notUnderstood: odd, ...routing } = understoodRouting(
    known(virtualServices),
    known(destinationRules),
    namespace,
  );
  return {
    ...routing,
    ...(odd.length > 0 && { notUnderstood: odd }),
    pods: isAll ? podListing(pods, workloads) : { state: 'none' },
    ...(workloads.state === 'forbidden' && { unreadWorkloads: workloads.words }),
    services: isAll ? serviceListing(services, entries) : { state: 'none' },
  };
}

/** Is it a look between two writes? */
export function isLook(scope: ReadScope | undefined): scope is LookScope {
  return scope === 'routes' || scope === 'routing';
}

/**
 * The pods of a namespace with their states, and the WorkloadEntries that ServiceEntries may select.
 *
 * @param withWorkloads do ServiceEntries select any?
 * @throws TrafficError forbidden (with what to grant), unauthorized, unreachable, timeout
 */
export async function readPods(
  namespace: string,
  attempts: Attempts,
  withWorkloads: boolean,
): Promise<readonly PodState[]> {
  const [pods, workloads] = await together(attempts, (each) => [
    list('/api/v1', namespace, 'pods', each),
    withWorkloads ? listIstio(namespace, 'workloadentries', each) : Promise.resolve(undefined),
  ]);
  if (pods.state === 'forbidden')
    throw new TrafficError(
      'forbidden',
      `The pods of namespace ${namespace} can't be listed (${pods.words}), and a canary is watched by them. Grant \`list\` on pods.`,
    );
  return [...known(pods).map(podView), ...workloadViews(workloads)].map(podState);
}

/** All or the first fault, which ends the others: nobody waits for four slow lists when one was refused for good. */
export async function together<T extends readonly Promise<unknown>[] | []>(
  attempts: Attempts,
  start: (each: Attempts) => T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const failed = new AbortController();
  const { signal } = attempts;
  const each = { ...attempts, signal: signal ? AbortSignal.any([signal, failed.signal]) : failed.signal };
  try {
    return await Promise.all(start(each));
  } catch (thrown) {
    failed.abort(thrown);
    throw thrown;
  }
}

async function listIstio(namespace: string, resource: string, attempts: Attempts): Promise<ListAnswer> {
  let last: ListAnswer | undefined;
  for (const version of ISTIO_VERSIONS) {
    last = await list(`/apis/${version}`, namespace, resource, attempts);
    if (last.state !== 'absent') return last;
  }
  const words =
    `The cluster ${attempts.wire.server} has no ${resource} of ${ISTIO_VERSIONS.join(' or ')}: ` +
    `Istio's resource definitions aren't installed there, or ${attempts.wire.terms.server} is another one.`;
  return { state: 'absent', error: new TrafficError('not-found', words) };
}

/** Does a ServiceEntry choose its endpoints by labels? Then they need not be pods. */
function isSelecting({ kind, selector }: ServiceView): boolean {
  return kind === 'ServiceEntry' && selector !== undefined;
}

/** May something of the namespace send to WorkloadEntries? */
export function mayHaveWorkloads({ services }: Pick<NamespaceObjects, 'services'>): boolean {
  return services.state === 'known' && services.items.some(isSelecting);
}

/** WorkloadEntries, where a ServiceEntry may select some. */
async function listSelectedWorkloads(
  reading: Promise<ListAnswer>,
  namespace: string,
  attempts: Attempts,
): Promise<ListAnswer> {
  const entries = await reading;
  const isNeeded = entries.state === 'known' && entries.items.map(serviceEntryView).some(isSelecting);
  return isNeeded ? listIstio(namespace, 'workloadentries', attempts) : { state: 'known', items: [] };
}

function workloadViews(listed: ListAnswer | undefined): readonly PodView[] {
  return listed?.state === 'known' ? listed.items.map(workloadView) : [];
}

/** What the items of a list are. */
export const KINDS: Readonly<Record<string, string>> = {
  virtualservices: 'VirtualService',
  destinationrules: 'DestinationRule',
  gateways: 'Gateway',
  serviceentries: 'ServiceEntry',
  workloadentries: 'WorkloadEntry',
  pods: 'Pod',
  services: 'Service',
  sidecars: 'Sidecar',
  httproutes: 'HTTPRoute',
  grpcroutes: 'GRPCRoute',
};

/** One list, whole; what is refused or isn't there may matter to the caller, or not. */
async function list(
  root: string,
  namespace: string,
  resource: string,
  attempts: Attempts,
): Promise<ListAnswer> {
  const { wire } = attempts;
  const about: About = { verb: 'list', resource, namespace };
  const path = `${root}/namespaces/${encodeURIComponent(namespace)}/${resource}`;
  const asked: RequestedObject = {
    apiVersion: root.replace(/^\/apis?\//, ''),
    kind: KINDS[resource] ?? '',
    namespace,
  };
  const read = await allItems(path, asked, about, attempts);
  if ('items' in read) return { state: 'known', items: read.items };
  const { refused } = read;
  if (refused.status === 403) {
    const words = wire.shown(statusWords(refused)) || 'status 403';
    return { state: 'forbidden', about, words, isOfServer: isStatus(refused) };
  }
  if (refused.status === 404 && !isAboutNamespace(refused)) {
    return { state: 'absent', error: refusal(refused, about, wire) };
  }
  throw refusal(refused, about, wire);
}

function isAboutNamespace(answer: HttpResponse): boolean {
  return textIn(field(field(json(answer), 'details'), 'kind')) === 'namespaces';
}

function known(listed: ListAnswer): readonly JsonObject[] {
  if (listed.state === 'known') return listed.items;
  throw listed.state === 'absent'
    ? listed.error
    : new TrafficError('internal', `Unread: ${callWords(listed.about)}`);
}

function podListing(pods: ListAnswer, workloads: ListAnswer): Listing<PodView> {
  if (pods.state === 'forbidden') return { state: 'forbidden', reason: pods.words };
  return { state: 'known', items: [...known(pods).map(podView), ...workloadViews(workloads)] };
}

/**
 * Services and ServiceEntries as one. Either unread, neither counts: a host that only the unread list has would be
 * reported missing.
 */
function serviceListing(services: ListAnswer, entries: ListAnswer): Listing<ServiceView> {
  const refused = [services, entries].filter((one) => one.state === 'forbidden');
  if (refused.length > 0) return { state: 'forbidden', reason: refused.map((one) => one.words).join('; ') };
  const views = entries.state === 'known' ? entries.items.map(serviceEntryView) : [];
  return { state: 'known', items: [...known(services).map(serviceView), ...views] };
}

/** VirtualServices and DestinationRules that are what their kind must be, and what can be read of the others. */
export function understoodRouting(
  virtualServices: readonly JsonObject[],
  destinationRules: readonly JsonObject[],
  namespace: string,
): Required<Pick<NamespaceObjects, 'virtualServices' | 'destinationRules' | 'notUnderstood'>> {
  const routing = understood(virtualServices, 'VirtualService', isValidVirtualService, namespace);
  const rules = understood(destinationRules, 'DestinationRule', isValidDestinationRule, namespace);
  return {
    virtualServices: routing.objects,
    destinationRules: rules.objects,
    notUnderstood: [...routing.odd, ...rules.odd],
  };
}

/** The objects that are what their kind must be, and what can be read of the others. */
function understood<T extends JsonObject>(
  items: readonly JsonObject[],
  kind: NotUnderstood['kind'],
  isKind: (item: JsonObject) => item is T,
  namespace: string,
): { readonly objects: readonly T[]; readonly odd: readonly NotUnderstood[] } {
  const all = items.map((item) => ({ ...item, kind: item['kind'] ?? kind }));
  return {
    objects: all.filter((item) => isKind(item)),
    odd: all
      .filter((item) => !isKind(item))
      .map((item) => {
        const faults = shapeFaults(item).map(({ message }) => message);
        const why = faults.length === 0 ? `its kind is ${textIn(item.kind)}` : faults.slice(0, 3).join('; ');
        return notUnderstood(kind, item, namespace, why);
      }),
  };
}

/** The object with its kind's type, or what is wrong with it. */
export function checked<T extends JsonObject>(
  item: JsonObject,
  kind: string,
  isKind: (item: JsonObject) => item is T,
): T {
  const object = { ...item, kind: item['kind'] ?? kind };
  if (isKind(object)) return object;
  const metadata = field(item, 'metadata');
  const faults = shapeFaults(object).map((fault) => fault.message);
  throw new TrafficError(
    'check-failed',
    `${kind} ${textIn(field(metadata, 'namespace'))}/${textIn(field(metadata, 'name'))} is not what Istio describes: ` +
      `${faults.join('; ')}. Nothing can be planned around it: mend it or delete it.`,
  );
}

export function isValidVirtualService(item: JsonObject): item is VirtualService {
  return item['kind'] === 'VirtualService' && shapeFaults(item).length === 0;
}

export function isValidDestinationRule(item: JsonObject): item is DestinationRule {
  return item['kind'] === 'DestinationRule' && shapeFaults(item).length === 0;
}
