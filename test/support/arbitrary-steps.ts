/** Operations on builds of `api`, as words, for properties over sequences of them. */
import fc from 'fast-check';

/** The words of one operation. */
export type Step = Readonly<Record<string, string>>;

/** Pins what sends to the whole service, or every such route is an error. */
const STABLE = { 'stable-pod-selector': 'app=api,version=1' };

export function podSelector(build: string): string {
  return `app=api,build=${build}`;
}

/** A share from `min` to 100 for one of the builds. */
export function arbitraryWeight(builds: readonly string[], min = 0): fc.Arbitrary<Step> {
  return fc
    .record({ build: fc.constantFrom(...builds), weight: fc.integer({ min, max: 100 }) })
    .map(({ build, weight }) => ({
      operation: 'weight',
      'pod-selector': podSelector(build),
      weight: String(weight),
      ...STABLE,
    }));
}

/** A preview of one of the builds for one of these headers. */
export function arbitraryPreview(
  builds: readonly string[],
  headers: readonly [string, ...string[]],
): fc.Arbitrary<Step> {
  return fc
    .record({ build: fc.constantFrom(...builds), value: fc.constantFrom(...headers) })
    .map(({ build, value }) => ({
      operation: 'headers',
      'pod-selector': podSelector(build),
      headers: value,
      ...STABLE,
    }));
}

/** A preview with a link, by a cookie of its own or by one that builds share, at a gateway that may add baggage. */
export function arbitraryLink(builds: readonly string[]): fc.Arbitrary<Step> {
  return fc
    .record({
      build: fc.constantFrom(...builds),
      isBridged: fc.boolean(),
      cookie: fc.constantFrom(undefined, 'istiops=pr-1'),
    })
    .map(({ build, isBridged, cookie }) => ({
      operation: 'headers',
      'pod-selector': podSelector(build),
      link: 'true',
      ...(cookie !== undefined && { cookies: cookie }),
      ...(isBridged && { bridge: 'true', baggage: `preview=${build}` }),
      ...STABLE,
    }));
}

/** An operation that needs nothing but one of the builds. */
export function arbitraryOn(
  operation: 'promote' | 'rollback',
  builds: readonly string[],
): fc.Arbitrary<Step> {
  return fc.constantFrom(...builds).map((build) => ({ operation, 'pod-selector': podSelector(build) }));
}
