/**
 * What may be written into the objects themselves, beside what requests feel: of a VirtualService its routes and our
 * annotations, of a DestinationRule the subsets that are asked for or that istiops made.
 */
import type { ChangeIntent } from '../../intent/types.ts';
import { resolveHost } from '../../istio/hosts.ts';
import { covers, hostOfRule } from '../../istio/rule-index.ts';
import { destinationsOf, mirrorsOf, routesOf } from '../../istio/routes.ts';
import type { DestinationRule, KubeObject, Labels, Subset, VirtualService } from '../../istio/types.ts';
import { canonicalJson, sameJson } from '../../json.ts';
import { namesOfOurs } from './ours.ts';

/** Something that nobody asked for. */
export interface WrongWrite {
  /** `VirtualService shop/api`. */
  readonly object: string;
  /** What it is about: `hosts of VirtualService shop/api`. */
  readonly what: string;
  readonly before: string;
  readonly after: string;
}

interface Change<T> {
  readonly before: T;
  readonly after: T;
}

const ROUTES = new Set(['http', 'tls', 'tcp']);

export function wrongInVirtualService(
  { before, after }: Change<VirtualService>,
  isMeant: boolean,
): readonly WrongWrite[] {
  if (before === after) return [];
  const fields = [...keysOf(before.spec, after.spec)].filter((field) => !isMeant || !ROUTES.has(field));
  return [...wrongFields(before, before.spec, after.spec, fields), ...wrongMetadata(before, after, isMeant)];
}

/** @param virtualServices as they shall be */
export function wrongInRule(
  { before, after }: Change<DestinationRule>,
  intent: ChangeIntent,
  virtualServices: readonly VirtualService[],
  namespace: string,
): readonly WrongWrite[] {
  if (before === after) return [];
  const isMeant = before.metadata.namespace === namespace;
  const fields = [...keysOf(before.spec, after.spec)].filter((field) => field !== 'subsets');
  const [was, is] = [before.spec.subsets ?? [], after.spec.subsets ?? []];
  const kept = is.filter((subset) => was.some(({ name }) => name === subset.name));
  const lost = was.filter((subset) => !is.some(({ name }) => name === subset.name));
  const gained = is.filter((subset) => !was.some(({ name }) => name === subset.name));
  const order = (subsets: readonly Subset[]): string => subsets.map(({ name }) => name).join(', ');
  const stayed = was.filter((subset) => !lost.includes(subset));
  const object = titleOf(before);
  return [
    ...wrongFields(before, before.spec, after.spec, fields),
    ...wrongMetadata(before, after, isMeant),
    ...kept.flatMap((subset): readonly WrongWrite[] => {
      const old = was.find(({ name }) => name === subset.name);
      return sameJson(old, subset)
        ? []
        : [
            {
              object,
              what: `subset ${subset.name}`,
              before: canonicalJson(old),
              after: canonicalJson(subset),
            },
          ];
    }),
    ...(intent.operation !== 'undo' && order(stayed) !== order(kept)
      ? [{ object, what: 'the order of the subsets', before: order(stayed), after: order(kept) }]
      : []),
    ...lost.flatMap((subset): readonly WrongWrite[] =>
      isMeant && mayGo(before, subset, intent, virtualServices)
        ? []
        : [{ object, what: `subset ${subset.name}`, before: canonicalJson(subset), after: 'no subset' }],
    ),
    ...gained.flatMap((subset): readonly WrongWrite[] =>
      isMeant && mayCome(subset, intent)
        ? []
        : [{ object, what: `subset ${subset.name}`, before: 'no subset', after: canonicalJson(subset) }],
    ),
  ];
}

/** Only one that istiops made, and that no route will send or mirror to. */
function mayGo(
  rule: DestinationRule,
  { name }: Subset,
  { operation }: ChangeIntent,
  virtualServices: readonly VirtualService[],
): boolean {
  const host = hostOfRule(rule);
  const isOurs = namesOfOurs(rule).has(name) || operation === 'clear';
  return isOurs && !virtualServices.some((one) => usesSubset(one, host, name));
}

function usesSubset(virtualService: VirtualService, host: string, name: string): boolean {
  return routesOf(virtualService).some(({ route }) =>
    [...destinationsOf(route).map(({ destination }) => destination), ...mirrorsOf(route)].some(
      (destination) =>
        destination.subset === name &&
        covers(host, resolveHost(destination.host, virtualService.metadata.namespace)),
    ),
  );
}

/** One of exactly the labels that were asked for, or one that an undo brings back. */
function mayCome({ name: _, labels = {}, ...rest }: Subset, intent: ChangeIntent): boolean {
  const asked: readonly Labels[] = [
    ...('podLabels' in intent && intent.operation !== 'rollback' ? [intent.podLabels] : []),
    ...('stableLabels' in intent ? [intent.stableLabels] : []),
  ];
  if (intent.operation === 'undo') return true;
  return Object.keys(rest).length === 0 && asked.some((one) => sameJson(one, labels));
}

function wrongFields(
  object: KubeObject,
  before: KubeObject | VirtualService['spec'] | DestinationRule['spec'],
  after: KubeObject | VirtualService['spec'] | DestinationRule['spec'],
  fields: readonly string[],
): readonly WrongWrite[] {
  return fields
    .filter((field) => !sameJson(before[field], after[field]))
    .map((field) => ({
      object: titleOf(object),
      what: field,
      before: canonicalJson(before[field]),
      after: canonicalJson(after[field]),
    }));
}

/** Of the metadata our own annotations alone. */
function wrongMetadata(before: KubeObject, after: KubeObject, isMeant: boolean): readonly WrongWrite[] {
  const others = (annotations: Labels | undefined): Labels =>
    Object.fromEntries(
      Object.entries(annotations ?? {}).filter(([key]) => !isMeant || !key.startsWith('istiops/')),
    );
  const [{ annotations: was, ...old }, { annotations: is, ...now }] = [before.metadata, after.metadata];
  const parts = [
    ['annotations of others', others(was), others(is)],
    ['metadata', old, now],
    ['kind', [before.apiVersion, before.kind], [after.apiVersion, after.kind]],
  ] as const;
  return parts
    .filter(([, a, b]) => !sameJson(a, b))
    .map(([what, a, b]) => ({
      object: titleOf(before),
      what,
      before: canonicalJson(a),
      after: canonicalJson(b),
    }));
}

function keysOf(a: object, b: object): ReadonlySet<string> {
  return new Set([...Object.keys(a), ...Object.keys(b)]);
}

function titleOf({ kind, metadata }: KubeObject): string {
  return `${kind} ${metadata.namespace}/${metadata.name}`;
}
