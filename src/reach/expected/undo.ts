/**
 * Undo gives what its record says was there. Whatever a record says: only objects that the undone change wrote may
 * change, and no request may be sent to a host that its VirtualService doesn't send to today.
 */
import type { TakeBackIntent, UndoIntent } from '../../intent/types.ts';
import { resolveHost } from '../../istio/hosts.ts';
import { matchesSelector } from '../../istio/labels.ts';
import type { ListedRoute } from '../../istio/requests/route-list.ts';
import { destinationsOf, mirrorsOf, routesOf } from '../../istio/routes.ts';
import type { VirtualService } from '../../istio/types.ts';
import { blocksOf, keyOfObject, type Taken } from '../listed.ts';
import { takenBy } from '../samples.ts';
import { isPreviewRoute } from './ours.ts';
import { connectionAt, unchanged, type Known } from './shift.ts';
import type { AboutClass, Expected, GuardRule } from './types.ts';

export function undoRule(
  { namespace, virtualServices }: Known,
  intent: UndoIntent | TakeBackIntent,
): GuardRule {
  const isMeant = (one: VirtualService): boolean => {
    if (intent.operation === 'undo')
      return one.metadata.namespace === namespace && matchesSelector(intent.selector, one.metadata.labels);
    return intent.step.undo.virtualServices.some(
      (back) => back.name === one.metadata.name && back.namespace === one.metadata.namespace,
    );
  };
  const hosts = new Map(virtualServices.map((one) => [keyOfObject(one), hostsOf(one)] as const));
  const back = (listed: Taken): readonly Expected[] =>
    listed === undefined || !isMeant(listed.from)
      ? [unchanged(listed)]
      : [unchanged(listed), { kind: 'known-hosts', hosts: hosts.get(keyOfObject(listed.from)) ?? new Set() }];
  return {
    isMeant,
    mustReach: 'preview-unreachable',
    allowed: (request, before) => ({ answers: back(takenBy(before.ask(request))), isAsked: false }),
    about(before, after) {
      const had = new Set(before.list.filter(isPreviewRoute).map(textOf));
      // Previews that come back may stand below a route that somebody else has written since.
      return after.list
        .filter((listed) => isPreviewRoute(listed) && !had.has(textOf(listed)))
        .flatMap((route) =>
          blocksOf(route.route).map((block): AboutClass => ({
            blocks: [block],
            among: 'all',
            route,
            isAsked: true,
          })),
        );
    },
    ofConnection: (virtualService, kind, index) => back(connectionAt(virtualService, kind, index)),
  };
}

function textOf({ route }: ListedRoute): string {
  return JSON.stringify(route);
}

/** The hosts that a VirtualService sends or mirrors to, resolved. */
function hostsOf(virtualService: VirtualService): ReadonlySet<string> {
  const { namespace } = virtualService.metadata;
  return new Set(
    routesOf(virtualService).flatMap(({ route }) =>
      [...destinationsOf(route).map(({ destination }) => destination), ...mirrorsOf(route)].map(({ host }) =>
        resolveHost(host, namespace),
      ),
    ),
  );
}
