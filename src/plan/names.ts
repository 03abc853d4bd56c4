import { hash } from 'node:crypto';
import type { Labels, Route } from '../istio/types.ts';
import { destinationsOf, nameOf } from '../istio/routes.ts';
import { serviceIdentity } from '../istio/service-identity.ts';

/** A subset becomes part of a DNS name (`outbound|80|<subset>|<host>` and SNI), hence a DNS-1123 label. */
const LONGEST_LABEL = 63;
const HASH_LENGTH = 6;

/**
 * The names that a subset of these labels may get, best first: the labels' values in the order of their keys.
 * Where cleaning or cutting loses something, a hash of the labels is added, so that `build=PR-10` and
 * `build=pr-10` never meet; the second name, with a hash in any case, is for a DestinationRule whose subset of
 * the first name has other labels.
 *
 * @example subsetNames({ app: 'api', build: 'pr-10' }) // ['api-pr-10', 'api-pr-10-1c1d6d']
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names
 */
export function subsetNames(labels: Labels): [string, string] {
  const entries = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  const plain = entries
    .map(([, value]) => value)
    .filter((value) => value !== '')
    .join('-');
  const clean = plain
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  const digest = hash('sha256', JSON.stringify(entries), 'hex').slice(0, HASH_LENGTH);
  const stem = clean.slice(0, LONGEST_LABEL - HASH_LENGTH - 1).replaceAll(/-+$/g, '');
  const hashed = stem === '' ? `subset-${digest}` : `${stem}-${digest}`;
  const lossless = clean === plain && clean.length > 0 && clean.length <= LONGEST_LABEL;
  return [lossless ? clean : hashed, hashed];
}

const PREFIX = 'istiops-';

/** The name of a preview route: `istiops-<subset>`, and `-2`, `-3` … for further base routes. */
export function previewName(subset: string, ordinal: number): string {
  return ordinal === 1 ? `${PREFIX}${subset}` : `${PREFIX}${subset}-${ordinal}`;
}

/**
 * The subset that a preview route of istiops sends to; undefined for any other route. Its name says who made it, and
 * access logs show that name too. The destination says where the subset ends in it and the ordinal begins:
 * `istiops-api-2` is the first preview of `api-2`, or the second of `api`.
 */
export function previewSubset(route: Route): string | undefined {
  const { name } = route;
  if (name === undefined || !name.startsWith(PREFIX)) return undefined;
  return destinationsOf(route)
    .map(({ destination }) => destination.subset)
    .find((subset) => subset !== undefined && isPreviewName(name, subset));
}

function isPreviewName(name: string, subset: string): boolean {
  const rest = name.slice(PREFIX.length);
  return (
    rest === subset ||
    (rest.startsWith(`${subset}-`) && /^([2-9]|[1-9]\d+)$/.test(rest.slice(subset.length + 1)))
  );
}

/**
 * The Go istiops calls its subsets `<hostname>-<build>-<namespace>`, the build being a number.
 *
 * @see https://github.com/pismo/istiops, pkg/router
 */
export function isGoSubset(subset: string, host: string, namespace: string): boolean {
  const tail = `-${namespace}`;
  // Somebody may have written the host in full since.
  const [short = host] = serviceIdentity(host, namespace).endsWith(`.${namespace}`)
    ? host.split('.')
    : [host];
  return [`${host}-`, `${short}-`].some(
    (head) =>
      subset.length > head.length + tail.length &&
      subset.startsWith(head) &&
      subset.endsWith(tail) &&
      /^\d+$/.test(subset.slice(head.length, -tail.length)),
  );
}

/** A route that the Go istiops made: no name, headers alone, one destination with a subset of its naming. */
export function isGoRoute(route: Route, namespace: string): boolean {
  const [only, ...more] = destinationsOf(route);
  const blocks = route.match ?? [];
  return (
    nameOf(route) === undefined &&
    only?.destination.subset !== undefined &&
    more.length === 0 &&
    isGoSubset(only.destination.subset, only.destination.host, namespace) &&
    blocks.length > 0 &&
    blocks.every((block) => {
      const fields = Object.keys(block);
      return fields.length === 1 && fields[0] === 'headers' && Object.keys(block.headers ?? {}).length > 0;
    })
  );
}
