/** Objects that have the name of another one. */
import { TrafficError } from '../../base/errors.ts';
import { serviceIdentity } from '../../istio/service-identity.ts';
import type { Write } from '../../plan/types.ts';
import { type FoundObject } from './objects.ts';
import { isWhole } from './partial.ts';
import { placesText, type Located } from './places.ts';
import { isVirtualService, isDestinationRule } from '../../istio/kinds.ts';

export interface Twin {
  readonly kind: FoundObject['kind'];
  /** Of the first of them, as it stands for all. */
  readonly object: FoundObject['object'];
  /** `VirtualService shop/api is in a.yaml:1 and b.yaml:3` */
  readonly words: string;
}

export interface Distinct {
  /** One place of each name: the whole object where the others are parts of it, else the first. */
  readonly objects: readonly Located[];
  /** Names that several whole objects have. */
  readonly twins: readonly Twin[];
  /** Objects that are parts of another of the same name. */
  readonly parts: readonly Located[];
}

/**
 * One object a name. A VirtualService without hosts beside one that has some is a patch of it; else nobody knows which
 * one reaches the cluster.
 */
export function distinct(all: readonly Located[]): Distinct {
  const groups = Map.groupBy(all, ({ found }) => `${found.kind} ${found.namespace}/${found.name}`);
  const [objects, twins, parts]: [Located[], Twin[], Located[]] = [[], [], []];
  for (const [name, places] of groups) {
    const whole = places.filter(({ found }) => isWhole(found.kind, found.object));
    const real = whole.length === 1 ? whole : places;
    const [first] = real;
    if (first === undefined) continue;
    objects.push(first);
    if (real === whole) parts.push(...places.filter((place) => place !== first));
    else if (places.length > 1) {
      twins.push({
        kind: first.found.kind,
        object: first.found.object,
        words: `${name} is in ${placesText(places)}`,
      });
    }
  }
  return { objects, twins, parts };
}

/**
 * A VirtualService may only be written where it is known which DestinationRule of its hosts counts.
 *
 * @throws TrafficError ambiguous
 */
export function refuseTwins(twins: readonly Twin[], { after }: Write): void {
  if (!isVirtualService(after)) return;
  const { http = [], tls = [], tcp = [] } = after.spec;
  const hosts = new Set(
    [...http, ...tls, ...tcp].flatMap(({ route = [] }) =>
      route.map(({ destination }) => serviceIdentity(destination.host, after.metadata.namespace)),
    ),
  );
  const twin = twins.find(
    ({ object }) =>
      isDestinationRule(object) && hosts.has(serviceIdentity(object.spec.host, object.metadata.namespace)),
  );
  if (twin === undefined) return;
  throw new TrafficError(
    'ambiguous',
    `${twin.words}, and it is not clear which of them reaches the cluster. Give manifests a path that has only one of them.`,
  );
}
