/**
 * What may be written into the objects themselves, beside what requests feel: of a VirtualService its routes and our
 * annotations, of a DestinationRule the subsets that are asked for or that istiops made.
 */
import { resolveHost } from '../../istio/hosts.ts';
import { destinationsOf, mirrorsOf, routesOf } from '../../istio/routes.ts';
import type { DestinationRule, KubeObject, Labels, Subset, VirtualService } from '../../istio/types.ts';
import { canonicalJson, sameJson } from '../../base/json.ts';
import type { ExpectedSubsets } from './change.ts';
import { isGoName, isNamedFor, isRuleFor, namesOfOurs } from './ours.ts';
import type { RecordedRule } from './records.ts';
import { titleOf } from '../../base/title.ts';

/** Something that nobody asked for. */
export interface WrongWrite {
  /** `VirtualService shop/api`. */
  readonly object: string;
  /** What it is about: `hosts of VirtualService shop/api`. */
  readonly what: string;
  readonly before: string;
  readonly after: string;
}

interface ObjectPair<T> {
  readonly before: T;
  readonly after: T;
}

const ROUTES = new Set(['http', 'tls', 'tcp']);

/** Fields that no operation writes, or that are written although the VirtualService is not meant (`isMeant`). */
export function wrongInVirtualService(
  { before, after }: ObjectPair<VirtualService>,
  isMeant: boolean,
): readonly WrongWrite[] {
  if (before === after) return [];
  const fields = [...keysOf(before.spec, after.spec)].filter((field) => !isMeant || !ROUTES.has(field));
  return [...wrongFields(before, before.spec, after.spec, fields), ...wrongMetadata(before, after, isMeant)];
}

/**
 * @param virtualServices as they shall be
 */
export function wrongInRule(
  { before, after }: ObjectPair<DestinationRule>,
  expected: ExpectedSubsets,
  virtualServices: readonly VirtualService[],
  namespace: string,
): readonly WrongWrite[] {
  if (before === after) return [];
  const isMeant = before.metadata.namespace === namespace;
  const own = expected.records.filter(
    (one) => one.namespace === before.metadata.namespace && one.name === before.metadata.name,
  );
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
      // Istio refuses a name that is there twice, but files may have one: the first is held against the first.
      const isNamesake = ({ name }: Subset): boolean => name === subset.name;
      const old = was.filter(isNamesake)[kept.filter(isNamesake).indexOf(subset)];
      return sameJson(old, subset) || (old !== undefined && isChangedBack(old, subset, own))
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
    ...(order(stayed) !== order(kept)
      ? [{ object, what: 'the order of the subsets', before: order(stayed), after: order(kept) }]
      : []),
    ...lost.flatMap((subset): readonly WrongWrite[] =>
      isMeant && mayGo(before, subset, expected.goes, virtualServices, own)
        ? []
        : [{ object, what: `subset ${subset.name}`, before: canonicalJson(subset), after: 'no subset' }],
    ),
    ...gained.flatMap((subset): readonly WrongWrite[] =>
      isMeant && mayCome(subset, expected.comes, own)
        ? []
        : [{ object, what: `subset ${subset.name}`, before: 'no subset', after: canonicalJson(subset) }],
    ),
  ];
}

/** Only one that istiops made, and that no route will send or mirror to; of an undo only one that its change added. */
function mayGo(
  rule: DestinationRule,
  { name }: Subset,
  goes: ExpectedSubsets['goes'],
  virtualServices: readonly VirtualService[],
  records: readonly RecordedRule[],
): boolean {
  const isOurs =
    goes === 'any' ||
    (goes === 'recorded'
      ? records.some(({ undo }) => undo.added.some((one) => one.name === name))
      : namesOfOurs(rule).has(name));
  return isOurs && !virtualServices.some((one) => usesSubset(one, rule, name));
}

function usesSubset(virtualService: VirtualService, rule: DestinationRule, name: string): boolean {
  const { namespace } = virtualService.metadata;
  return routesOf(virtualService).some(({ route }) =>
    [...destinationsOf(route).map(({ destination }) => destination), ...mirrorsOf(route)].some(
      ({ host, subset }) => subset === name && isRuleFor(rule, resolveHost(host, namespace)),
    ),
  );
}

/** One of exactly the labels that were asked for, or one that the change took away that is taken back. */
function mayCome(
  { name, labels = {}, ...rest }: Subset,
  asked: readonly Labels[],
  records: readonly RecordedRule[],
): boolean {
  const isPlain = Object.keys(rest).length === 0;
  if (isPlain && asked.some((one) => sameJson(one, labels))) return true;
  return records.some(({ undo, source }) =>
    undo.removed.some(({ subset }) =>
      source === 'own'
        ? sameJson(subset, { name, labels, ...rest }) || sameJson(subset, { name, ...rest })
        : // Whoever can write the VirtualService can have written the record: labels alone, by the name that they give.
          isPlain &&
          subset.name === name &&
          sameJson(subset.labels ?? {}, labels) &&
          (isNamedFor(name, labels) || isGoName(name)),
    ),
  );
}

/** A step's own state may say what a field of a subset was. */
function isChangedBack(old: Subset, next: Subset, records: readonly RecordedRule[]): boolean {
  return records.some(({ undo, source }) => {
    const fields = undo.changed.find(({ name }) => name === old.name)?.fields;
    if (source !== 'own' || fields === undefined) return false;
    return [...keysOf(old, next)]
      .filter((name) => !sameJson(old[name], next[name]))
      .every((name) => {
        const field = fields.find((one) => one.name === name);
        return field?.before !== undefined && sameJson(next[name] ?? null, field.before);
      });
  });
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
