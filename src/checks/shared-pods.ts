import { finding, type Finding } from '../base/findings.ts';
import { percent } from '../base/text.ts';
import { titleOf } from '../base/title.ts';
import { formatLabels } from '../istio/labels.ts';
import { joinFirst } from '../plan/select.ts';
import { wholeShareText, sharedRoutes, type SharedRoute, type SharingSubset } from '../plan/target-pods.ts';
import type { CheckContext } from './context.ts';
import { pickOf } from '../plan/route-picks.ts';

/**
 * Another subset of a base route selects the build's pods, too: a weight gives them more than it says, and a preview
 * is not the only way to them. Whoever wrote that subset may mean it so, which is why this refuses nothing.
 */
export function checkSharedPods({ snapshot, draft }: CheckContext): readonly Finding[] {
  const { shift } = draft;
  if (shift === undefined || shift.gives === 'all') return [];
  const { labels } = shift.target;
  const routes = sharedRoutes(snapshot, draft, shift);
  const alike = Map.groupBy(routes, (route) =>
    JSON.stringify([titleOf(route.virtualService), route.others, wholeShareText(route)]),
  );
  return [...alike.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { virtualService } = first;
    const effect =
      shift.gives === 'share'
        ? `in all they get ${wholeShareText(first)}${first.certain > 0 ? `, not ${percent(first.own)}` : ''}`
        : 'they get ordinary requests too, not only those with the headers';
    const message =
      `${joinFirst(group.map(({ base }) => pickOf(base)))} of ${titleOf(virtualService)} ${group.length === 1 ? 'sends' : 'send'} to ${subsetsOf(first)} as well, ` +
      `which ${first.others.length === 1 ? 'selects' : 'select'} pods of ${formatLabels(labels)}, too: ${effect}. ${advice(first)}`;
    return [finding('subsets-share-pods', 'warning', message, virtualService)];
  });
}

/** `subset 10 (build=10, 30 %)` */
function subsetsOf({ others }: SharedRoute): string {
  const words = others.map(
    ({ subset, labels, share }: SharingSubset) =>
      `${subset} (${formatLabels(labels) || 'no labels'}, ${percent(share)})`,
  );
  return `${others.length === 1 ? 'subset' : 'subsets'} ${joinFirst(words)}`;
}

function advice({ others }: SharedRoute): string {
  return others.some(({ isPart }) => isPart)
    ? 'If they are to get no more, give that subset labels that only its other pods have.'
    : 'If they are to get no more, take that subset out of the route.';
}
