import { count } from '../../base/text.ts';
import { INPUTS } from '../../intent/inputs.ts';
import { selectionInputs } from '../../intent/selection.ts';
import { formatLabels } from '../../istio/labels.ts';
import { isCatchAll } from '../../istio/matches.ts';
import { destinationsOf, placeOf, routesOf } from '../../istio/routes.ts';
import { isNarrowed, type Selection } from '../../istio/selection.ts';
import { buildKey, serviceIdentity } from '../../istio/service-identity.ts';
import type { Destination, VirtualService } from '../../istio/types.ts';
import { finding, type Finding } from '../../base/findings.ts';
import { refuse } from '../../base/errors.ts';
import { titleOf } from '../../base/title.ts';
import { commandText } from '../command.ts';
import { rulesOfService } from '../own-subsets.ts';
import { readyPodsOf } from '../pods.ts';
import type { Snapshot } from '../types.ts';
import type { StuckRoute } from './without-builds.ts';
import { pickOf } from '../route-picks.ts';
import { userRoutes, type UserRoute } from '../user-routes.ts';

/**
 * Base routes that send to the build alone, whoever wrote that (`promote` does): the build has their requests, so it
 * isn't rolled back. Without a default route, all routes to the service have to, as `promote` leaves them.
 */
export function stuckOnBuild(
  virtualService: VirtualService,
  isGone: (destination: Destination) => boolean,
): readonly StuckRoute[] {
  const hosts = virtualService.spec.hosts ?? [];
  const { namespace } = virtualService.metadata;
  const routes = userRoutes(virtualService);
  const alone = routes.filter((base) => isAlone(base, isGone));
  const [first] = alone;
  if (first === undefined) return [];
  const isDefault = ({ kind, route }: UserRoute): boolean => isCatchAll(kind, route, hosts);
  const services = new Set(
    alone.flatMap(({ route }) =>
      destinationsOf(route).map(({ destination }) => serviceIdentity(destination.host, namespace)),
    ),
  );
  const ofService = routes.filter(({ route }) =>
    destinationsOf(route).some(({ destination }) =>
      services.has(serviceIdentity(destination.host, namespace)),
    ),
  );
  const hasDefault = ofService.some(isDefault);
  const stuck = hasDefault
    ? alone.filter(isDefault)
    : ofService.every((base) => isAlone(base, isGone))
      ? [first]
      : [];
  return stuck.map((base) => ({ virtualService, base }));
}

function isAlone({ route }: UserRoute, isGone: (destination: Destination) => boolean): boolean {
  const list = destinationsOf(route);
  return list.length > 0 && list.every(({ destination }) => isGone(destination));
}

interface StuckRollback {
  readonly snapshot: Snapshot;
  readonly selection: Selection;
  /** For a person: `app=api,build=10`. */
  readonly build: string;
  readonly stuck: readonly StuckRoute[];
  readonly isGone: (destination: Destination) => boolean;
  /** Other routes lose the build: with `force` they do although these keep it. */
  readonly isChanged: boolean;
}

/**
 * "Rolled back" would be a lie where a route keeps the build because it has nothing else.
 *
 * @throws TrafficError check-failed where nothing else is to be taken back
 */
export function stuckFindings(rollback: StuckRollback): readonly Finding[] {
  const { build, stuck, isChanged } = rollback;
  const [first] = stuck;
  if (first === undefined) return [];
  const places = [
    ...new Set(stuck.map(({ virtualService, base }) => `${pickOf(base)} of ${titleOf(virtualService)}`)),
  ];
  const shown =
    places.length > 3 ? `${places.slice(0, 3).join(', ')} and ${places.length - 3} more` : places.join(', ');
  const isOne = places.length === 1;
  const state = isAlone(first.base, rollback.isGone)
    ? `${shown} ${isOne ? 'sends' : 'send'} to ${build} alone: rolled back, ${isOne ? 'it' : 'they'} would be left without a destination.`
    : `${shown} would be left without a destination: besides ${build} there are only builds that istiops gave a share of it.`;
  // `promote` leaves routes of paths like this, too: where a default route is among them, nobody else did it.
  const ofBase = stuck.find((one) => isBaseRoute(one, rollback.isGone));
  const remedy =
    ofBase !== undefined || !isAlone(first.base, rollback.isGone)
      ? wayOut(rollback, ofBase ?? first)
      : `Somebody else wrote ${isOne ? 'that route' : 'these routes'}, and uses a subset that istiops made: delete it, or let it send elsewhere, and run again.`;
  const message = `${state} ${remedy}`;
  if (!isChanged) return refuse('no-destination-left', message, first.virtualService);
  const forced = ' With `force` everything else of the build is taken back, and these requests still get it.';
  return [finding('no-destination-left', 'error', message + forced, first.virtualService, true)];
}

function isBaseRoute({ virtualService, base }: StuckRoute, isGone: StuckRollback['isGone']): boolean {
  return stuckOnBuild(virtualService, isGone).some(
    (one) => one.base.index === base.index && one.base.kind === base.kind,
  );
}

/**
 * What to type: `promote` of the other subsets, those with ready pods where pods are known. A build that only previews
 * or routes pinned by hand send to is nobody's way back.
 */
function wayOut(
  { snapshot, selection, isGone }: StuckRollback,
  { virtualService, base }: StuckRoute,
): string {
  const { namespace, name: owner } = virtualService.metadata;
  const { host = '', port } = destinationsOf(base.route)[0]?.destination ?? {};
  const pinned = pinnedElsewhere(virtualService, base);
  const others = rulesOfService(snapshot, host, namespace)
    .flatMap((rule) => rule.spec.subsets ?? [])
    .filter(
      ({ name }) =>
        !isGone({ host, subset: name }) && !pinned.has(buildKey({ host, subset: name }, namespace)),
    )
    .flatMap(({ name, labels = {} }) => {
      const ready = readyPodsOf(snapshot, labels);
      if (Object.keys(labels).length === 0 || ready?.length === 0) return [];
      const pods = ready === undefined ? '' : `, ${count(ready.length, 'ready pod')}`;
      const command = commandText(snapshot, 'promote', {
        ...(isNarrowed(selection) ? selectionInputs(selection) : { [INPUTS.virtualService.name]: owner }),
        [INPUTS.podSelector.name]: formatLabels(labels),
        // Without its host, `promote` would look for the service of the default route.
        [INPUTS.hostname.name]: host,
        ...(port?.number !== undefined && { [INPUTS.port.name]: String(port.number) }),
      });
      return [`\`${command}\` (subset ${name}${pods})`];
    });
  const shown = others.slice(0, 5);
  if (shown.length === 0) return 'To go back to another build, `promote` that one.';
  return `To go back to another build, \`promote\` that one: ${shown.join(', ')}${others.length > 5 ? ` or one of ${others.length - 5} more` : ''}.`;
}

/** By `buildKey`: the builds that other routes of the VirtualService send to, previews and those written by hand. */
function pinnedElsewhere(virtualService: VirtualService, base: UserRoute): ReadonlySet<string> {
  const { namespace } = virtualService.metadata;
  return new Set(
    routesOf(virtualService)
      .filter((placed) => placeOf(placed) !== placeOf(base))
      .flatMap(({ route }) => destinationsOf(route))
      .map(({ destination }) => buildKey(destination, namespace)),
  );
}
