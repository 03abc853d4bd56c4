/** What each proxy has of the VirtualServices as they are now: nothing is written, and nobody waited for. */
import { toTrafficError } from '../../base/errors.ts';
import { comparedRoots, type ComparedRoot } from '../../confirm/expected-routes.ts';
import type { SyncedProxy } from '../../confirm/istiod.ts';
import { meshProxies } from '../../confirm/mesh.ts';
import { viewBySync, viewOfProxy, type ProxyView } from '../../confirm/proxy-view.ts';
import type { Shown } from '../../confirm/judge.ts';
import { inDomainOf, withClusterDomain } from '../../plan/cluster-domain.ts';
import type { Snapshot } from '../../plan/types.ts';
import type { MeshPod, MissingRight } from '../../ports/proxies.ts';
import type { Store } from '../../ports/store.ts';
import { askEnvoy, gatewayPods } from './gateways.ts';
import { askMeant, askSync, istiodPods } from './istiods.ts';
import { findWays, noneReady, type Ways } from './ways.ts';

export interface ProxyViews {
  readonly views: readonly ProxyView[];
  /** Why there are not more, as parts of a sentence. */
  readonly gaps: readonly string[];
  /** The rights that would help. */
  readonly missing: readonly MissingRight[];
}

/** Milliseconds that all of it may take: what has not answered by then is not known. */
const LIMIT = 20_000;
/** Sidecars that each istiod is asked about: it makes the whole configuration of each anew. */
const MOST_SIDECARS = 50;

/**
 * @param names of VirtualServices, `namespace/name`
 * @returns undefined where there are no proxies: manifests
 * @throws TrafficError cancelled, unauthorized
 */
export async function proxyViews(
  store: Store,
  read: Snapshot,
  names: readonly string[],
  signal: AbortSignal | undefined,
): Promise<ProxyViews | undefined> {
  const snapshot = withClusterDomain(read);
  const roots = inDomainOf(snapshot, () => comparedRoots(names, snapshot.virtualServices));
  if (roots.length === 0) return { views: [], gaps: [], missing: [] };
  const ways = await findWays(store, { roots });
  if (ways === undefined) return undefined;
  const limit = AbortSignal.timeout(LIMIT);
  const context: ViewContext = {
    ways,
    roots,
    inDomain: (judge) => inDomainOf(snapshot, judge),
    signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
  };
  const parts = await Promise.all([
    ifListed(() => viewsOfGateways(context)),
    ways.isMeshAsked ? ifListed(() => viewsOfMesh(context)) : NOTHING,
  ]);
  return {
    views: parts.flatMap(({ views }) => views),
    gaps: [...ways.waits, ...parts.flatMap(({ gaps }) => gaps)],
    missing: ways.missing,
  };
}

interface ViewContext {
  readonly ways: Ways;
  readonly roots: readonly ComparedRoot[];
  readonly inDomain: (judge: () => readonly ProxyView[]) => readonly ProxyView[];
  readonly signal: AbortSignal;
}

type FoundViews = Pick<ProxyViews, 'views' | 'gaps'>;
const NOTHING: FoundViews = { views: [], gaps: [] };

async function ifListed(part: () => Promise<FoundViews>): Promise<FoundViews> {
  try {
    return await part();
  } catch (thrown) {
    const { reason, message } = toTrafficError(thrown);
    if (reason === 'cancelled' || reason === 'unauthorized') throw thrown;
    return { views: [], gaps: [message.replace(/\.$/, '')] };
  }
}

async function viewsOfGateways({ ways, roots, inDomain, signal }: ViewContext): Promise<FoundViews> {
  const pods = await gatewayPods(ways);
  const views = await Promise.all(
    pods.map(async ({ title, pod, gateways }): Promise<readonly ProxyView[]> => {
      const answer = await askEnvoy(ways.proxies, pod, 'routes', signal);
      const served = roots.filter((root) => root.gateways.some((one) => gateways.includes(one)));
      if (answer.kind === 'gone') return [];
      const lists = answer.kind === 'shown' ? listsOf(answer.shown) : undefined;
      const unknown = { state: 'unknown', words: answer.kind === 'none' ? answer.why : '' } as const;
      return inDomain(() =>
        served.map((root) => ({
          virtualService: root.owner,
          proxy: title,
          kind: 'gateway',
          ...(lists === undefined ? unknown : viewOfProxy(root, lists, gateways)),
        })),
      );
    }),
  );
  const unserved = ways.gateways.filter(({ name }) => pods.every(({ gateways }) => !gateways.includes(name)));
  return {
    views: views.flat(),
    gaps: unserved.map(({ name }) => noneReady(`Gateway ${name}`)),
  };
}

async function viewsOfMesh(context: ViewContext): Promise<FoundViews> {
  const pods = await istiodPods(context.ways);
  if (pods.length === 0) return { views: [], gaps: [noneReady('istiod')] };
  const parts = await Promise.all(pods.map((pod) => viewsOfIstiod(pod, context)));
  return { views: parts.flatMap(({ views }) => views), gaps: parts.flatMap(({ gaps }) => gaps) };
}

async function viewsOfIstiod(
  pod: MeshPod,
  { ways, roots, inDomain, signal }: ViewContext,
): Promise<FoundViews> {
  const answer = await askSync(ways, pod, signal);
  if (answer.kind === 'none') return { views: [], gaps: [answer.why] };
  const served = roots.filter(({ gateways }) => gateways.includes('mesh'));
  const all = meshProxies(answer.proxies);
  const views: ProxyView[] = [];
  for (const proxy of all.slice(0, MOST_SIDECARS)) {
    const meant = await askMeant(ways.proxies, pod, proxy.id, 'routes', signal);
    const lists = meant && listsOf(meant.shown);
    const unknown = { state: 'unknown', words: 'istiod does not say what it must have' } as const;
    const made = inDomain(() =>
      served.map((root) => ({
        virtualService: root.owner,
        proxy: podOf(proxy),
        kind: proxy.type === 'waypoint' ? 'waypoint' : 'sidecar',
        ...(lists === undefined ? unknown : viewBySync(root, proxy, lists)),
      })),
    );
    // Most sidecars of a mesh never send a request to the service.
    views.push(...made.filter(({ state }) => state !== 'absent'));
  }
  const left = all.length - MOST_SIDECARS;
  return {
    views,
    gaps: left > 0 ? [`${pod.name} was asked about ${MOST_SIDECARS} of its ${all.length} sidecars`] : [],
  };
}

function listsOf(shown: Shown): Extract<Shown, { readonly kind: 'routes' }>['lists'] {
  return shown.kind === 'routes' ? shown.lists : [];
}

/** `web-1.shop` as `shop/web-1`: the name of a pod may have dots. */
function podOf({ id }: SyncedProxy): string {
  const dot = id.lastIndexOf('.');
  return `${id.slice(dot + 1)}/${id.slice(0, dot)}`;
}

/** @param gaps what could not be asked, as clauses */
export function gapWords(gaps: readonly string[]): string {
  return `Not all proxies could be asked: ${[...new Set(gaps)].join('; ')}. \`istiops doctor\` prints the Role that it needs.`;
}
