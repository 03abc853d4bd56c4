/**
 * Documents that are a part of an object only: strategic-merge patches of kustomize, what a test of kuttl or Chainsaw
 * asserts. They are never applied as they are, so nothing is wrong with what they lack.
 *
 * @see https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/patches/
 * @see https://kuttl.dev/docs/testing/asserts-errors.html
 */
import { isList, isObject, type Json, type JsonObject } from '../../base/json.ts';

const ROUTES = ['http', 'tls', 'tcp'] as const;

/** Why an object can only be a part of one, in words that follow "because"; undefined where it may be a whole one. */
export function whyPartial(kind: 'VirtualService' | 'DestinationRule', raw: JsonObject): string | undefined {
  const { spec } = raw;
  if (hasDirective(raw)) return 'it has "$patch"';
  if (spec === undefined || spec === null) return 'it has no spec';
  if (!isObject(spec)) return undefined;
  if (kind === 'DestinationRule') return spec['host'] === undefined ? 'it has no spec.host' : undefined;
  const fields = Object.keys(spec);
  const isOther = fields.length > 0 && [...ROUTES, 'hosts'].every((field) => !fields.includes(field));
  return isOther ? 'its spec has neither hosts nor routes' : undefined;
}

/**
 * A delegate has no hosts, and is whole; beside one of the same name that has some, it is a patch of that one. The
 * same holds for hosts without a route, which Istio refuses.
 */
export function isWholeObject(kind: 'VirtualService' | 'DestinationRule', raw: JsonObject): boolean {
  const { spec } = raw;
  if (kind === 'DestinationRule' || !isObject(spec)) return true;
  return spec['hosts'] !== undefined && ROUTES.some((field) => spec[field] !== undefined);
}

/** `$patch: delete`, and what else kustomize writes in front of a field (`$retainKeys`). */
function hasDirective(value: Json): boolean {
  if (isList(value)) return value.some(hasDirective);
  if (!isObject(value)) return false;
  return Object.entries(value).some(
    ([key, field]) =>
      /^\$(patch|retainKeys|setElementOrder\/|deleteFromPrimitiveList\/)/.test(key) ||
      (field !== undefined && hasDirective(field)),
  );
}

/** A file of asserts: `00-assert.yaml`, `assert-api.yaml`, `errors.yaml`. */
export function isAssertion(label: string): boolean {
  return /(^|[/\\])(\d+-)?(assert|errors?)([-_.][^/\\]*)?\.ya?ml$/i.test(label);
}
