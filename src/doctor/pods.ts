import { finding, type Finding } from '../base/findings.ts';
import { formatLabels } from '../istio/labels.ts';
import type { VirtualService } from '../istio/types.ts';
import type { Snapshot } from '../plan/types.ts';
import type { DestinationView, RouteView } from '../plan/view-types.ts';
import { subsetLabels, viewer } from '../plan/views.ts';

/** Routes that send to a build without a ready pod: Envoy answers their requests with 503. */
export function podFindings(snapshot: Snapshot, all: readonly VirtualService[]): readonly Finding[] {
  const view = viewer(snapshot, subsetLabels(snapshot.destinationRules));
  return all.flatMap((virtualService) => {
    const seen = new Set<string>();
    return view(virtualService).flatMap((route) =>
      route.destinations.flatMap((destination): readonly Finding[] => {
        if (destination.readyPods !== 0 || destination.share === 0 || destination.subset === null) return [];
        const isPreview = route.madeBy !== 'user';
        const key = `${destination.host} ${destination.subset} ${String(isPreview)}`;
        if (seen.has(key)) return [];
        seen.add(key);
        const [code, message] = isPreview
          ? (['preview-without-pods', ofPreview(snapshot, destination)] as const)
          : (['no-ready-pod', ofRoute(route, destination)] as const);
        return [finding(code, 'warning', message, virtualService)];
      }),
    );
  });
}

function ofPreview({ namespace }: Snapshot, { subset, labels }: DestinationView): string {
  const selector = formatLabels(labels ?? {});
  return (
    `The preview of subset ${subset ?? ''} (${selector}) has no ready pod: its requests are answered with 503. ` +
    `Start the build again, or remove what is left of it: istiops traffic rollback --namespace ${namespace} --pod-selector ${selector}`
  );
}

function ofRoute({ kind, index, name }: RouteView, { subset, labels, share }: DestinationView): string {
  const place = name ?? `${kind}[${index}]`;
  return (
    `Route ${place} sends ${share} % of its requests to subset ${subset ?? ''} (${formatLabels(labels ?? {})}), ` +
    'which has no ready pod: they are answered with 503. Start the build again, or shift its share away.'
  );
}
