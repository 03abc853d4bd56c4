import { gatewayName } from '../istio/gateways.ts';
import { routesBehind, type RouteBehind } from './routes-behind.ts';
import type { VirtualService } from '../istio/types.ts';

/** A selected VirtualService as a whole: which requests it is for. */
export interface VirtualServiceView {
  readonly namespace: string;
  readonly name: string;
  /** As written. */
  readonly hosts: readonly string[];
  /** `mesh`, or `namespace/name` of a Gateway. */
  readonly gateways: readonly string[];
  /** Its `http` routes that get no requests, because others stand in front of them. */
  readonly behind: readonly RouteBehind[];
  /** Of `show`: who changed it last, and what was asked for which build. */
  readonly changes?: ChangesView;
}

export interface ChangesView {
  /** Null: istiops has changed nothing that is known. */
  readonly last: ChangeView | null;
  /** What is still there, the newest first. */
  readonly builds: readonly BuildView[];
}

/** Who changed what, and when. */
export interface ChangeView {
  /** `weight`, `undo of promote`. */
  readonly what: string;
  /** Null: nobody knows. */
  readonly by: string | null;
  /** ISO 8601, UTC; null: not known (files say nothing of it). */
  readonly time: string | null;
}

/** What was asked for a build. */
export interface BuildView extends ChangeView {
  readonly subset: string;
  /** `app=api,build=10`; null: not known. */
  readonly podSelector: string | null;
  /** `20 %`, `x-cid=a`; null: what it was says it all, or isn't known. */
  readonly asked: string | null;
}

/** For reports: gateways by their whole names, `mesh` where none is named. */
export function viewOfVirtualService(virtualService: VirtualService): VirtualServiceView {
  const { metadata, spec } = virtualService;
  const { namespace, name } = metadata;
  const gateways = spec.gateways ?? [];
  return {
    namespace,
    name,
    hosts: spec.hosts ?? [],
    behind: routesBehind(virtualService),
    gateways: gateways.length === 0 ? ['mesh'] : gateways.map((gateway) => gatewayName(gateway, namespace)),
  };
}
