/** How far one proxy is with one VirtualService, for people: `show --proxies` and `doctor`. */
import { compareRoutes } from './compare-routes.ts';
import { unseenDelegates, type ComparedRoot } from './expected-routes.ts';
import { isAcknowledged, type SyncedProxy } from './istiod.ts';
import type { ProxyRouteList } from './proxy-routes.ts';
import { differenceWords, quoted } from './words.ts';

export interface ProxyView {
  /** `namespace/name` */
  readonly virtualService: string;
  /** `namespace/pod` */
  readonly proxy: string;
  readonly kind: 'gateway' | 'sidecar' | 'waypoint';
  /**
   * - `has`: its routes are those of the VirtualService as it is now. Timeouts, retries and rewrites are not compared.
   * - `differs`: it has others.
   * - `absent`: it has none of them.
   * - `unknown`: it could not be asked, or what it must have is not known.
   */
  readonly state: 'has' | 'differs' | 'absent' | 'unknown';
  /** What differs, or why it is not known: part of a sentence. Empty where it has them. */
  readonly words: string;
}

/** @param gateways that it serves; `mesh` for a sidecar */
export function viewOfProxy(
  root: ComparedRoot,
  lists: readonly ProxyRouteList[],
  gateways: readonly string[],
): Pick<ProxyView, 'state' | 'words'> {
  const [unseen] = unseenDelegates(root);
  if (unseen !== undefined) return { state: 'unknown', words: `its delegate ${unseen} is not in sight` };
  const state = compareRoutes(root, lists, gateways);
  switch (state.kind) {
    case 'has':
      return { state: 'has', words: '' };
    case 'absent':
      return { state: 'absent', words: 'it has no route of it' };
    case 'lacks':
      return { state: 'differs', words: differenceWords(state) };
  }
}

/**
 * A proxy by istiod's word: what it ought to have counts only once it has acknowledged all of it.
 *
 * @param lists what istiod means it to have
 */
export function viewBySync(
  root: ComparedRoot,
  { routes }: SyncedProxy,
  lists: readonly ProxyRouteList[],
): Pick<ProxyView, 'state' | 'words'> {
  const view = viewOfProxy(root, lists, ['mesh']);
  if (view.state === 'absent' || view.state === 'unknown') return view;
  if (routes.lastError !== '')
    return {
      state: 'differs',
      words: `Envoy refuses the routes that istiod sends: ${quoted(routes.lastError)}`,
    };
  if (!isAcknowledged(routes))
    return { state: 'differs', words: 'it has not acknowledged the routes that istiod has sent' };
  return view.state === 'has'
    ? view
    : { state: 'differs', words: `istiod has not sent it the routes of now (${view.words})` };
}

/** Those whose requests go another way than the VirtualService says. */
export function lacking(views: readonly ProxyView[]): readonly ProxyView[] {
  return views.filter(({ state }) => state === 'differs');
}
