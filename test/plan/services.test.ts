/** A change of several services comes to the same as one change of each, one after the other. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TrafficError } from '../../src/base/errors.ts';
import { titleOf } from '../../src/base/title.ts';
import type { DestinationRule, VirtualService } from '../../src/istio/types.ts';
import { parseWords } from '../../src/operations/parse-words.ts';
import { reachOfServices } from '../../src/operations/reach.ts';
import { isOfServices } from '../../src/operations/services.ts';
import type { Plan, Snapshot } from '../../src/plan/types.ts';
import { plan } from '../../src/run/plan.ts';
import { applied, snapshotOf } from '../support/plane.ts';
import { NAMES, ruleOf, virtualServiceOf } from '../support/three-services.ts';

type Words = Readonly<Record<string, string>>;

/** Of two services that have one DestinationRule together, and of one with its own. */
const START = snapshotOf(
  [
    virtualServiceOf('web'),
    { ...virtualServiceOf('orders'), spec: { ...virtualServiceOf('web').spec, hosts: ['orders'] } },
    virtualServiceOf('stock'),
  ],
  [ruleOf('web'), ruleOf('stock')],
);

const BUILDS = ['v2', 'v3', 'pr-10'] as const;

const anyOperation: fc.Arbitrary<Words> = fc.constantFrom<Words[]>(
  { operation: 'headers', headers: 'x-cid=a' },
  { operation: 'headers', baggage: 'preview=pr-10' },
  { operation: 'weight', weight: '20' },
  { operation: 'weight', weight: '100' },
  { operation: 'promote' },
  { operation: 'rollback' },
);

/** The services of a change, and the build of each. */
const anyBuilds: fc.Arbitrary<ReadonlyMap<string, string>> = fc
  .tuple(
    fc.shuffledSubarray([...NAMES], { minLength: 1 }),
    fc.array(fc.constantFrom(...BUILDS), { minLength: 3, maxLength: 3 }),
  )
  .map(([names, builds]) => new Map(names.map((name, i) => [name, builds[i] ?? 'v2'])));

const podsOf = (name: string, build: string): string =>
  `app=${name === 'orders' ? 'web' : name},build=${build}`;

const together = (operation: Words, builds: ReadonlyMap<string, string>): Words => ({
  ...operation,
  namespace: 'shop',
  services: [...builds].map(([name, build]) => `app=${name} -> ${podsOf(name, build)}`).join('\n'),
});

const oneByOne = (operation: Words, builds: ReadonlyMap<string, string>): readonly Words[] =>
  [...builds].map(([name, build]) => ({
    ...operation,
    namespace: 'shop',
    'label-selector': `app=${name}`,
    'pod-selector': podsOf(name, build),
  }));

function planned(snapshot: Snapshot, words: Words): Plan {
  return plan(snapshot, parseWords(words).request.intent, { force: true });
}

function isRefused(act: () => unknown): boolean {
  try {
    act();
    return false;
  } catch (thrown) {
    if (thrown instanceof TrafficError) return true;
    throw thrown;
  }
}

/** Routes, annotations, and what subsets there are, whichever came first. */
function contentOf({ virtualServices, destinationRules }: Snapshot): unknown {
  const annotationsOf = ({ metadata }: VirtualService | DestinationRule): unknown => ({
    ...metadata.annotations,
    'istiops/subsets': metadata.annotations?.['istiops/subsets']?.split(',').sort(),
  });
  return [
    virtualServices.map((one) => [titleOf(one), one.spec, annotationsOf(one)]),
    destinationRules.map((one) => [
      titleOf(one),
      [...(one.spec.subsets ?? [])].sort((a, b) => a.name.localeCompare(b.name)),
      annotationsOf(one),
    ]),
  ];
}

test('together and one after the other, all services end the same, and the guard has nothing against it', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyOperation, anyBuilds), { minLength: 1, maxLength: 4 }), (changes) => {
      changes.reduce((snapshot, [operation, builds]) => {
        const words = together(operation, builds);
        const inTurn = (): Snapshot =>
          oneByOne(operation, builds).reduce((now, one) => applied(now, planned(now, one)), snapshot);
        if (isRefused(() => planned(snapshot, words))) {
          expect(isRefused(inTurn)).toBe(true);
          return snapshot;
        }
        const made = planned(snapshot, words);
        const { intent } = parseWords(words).request;
        if (!isOfServices(intent)) throw new Error('It is about one service.');
        expect(reachOfServices(snapshot, intent, made).unexpected).toEqual([]);
        const after = applied(snapshot, made);
        expect(contentOf(after)).toEqual(contentOf(inTurn()));
        // Forced, all but these routes was taken back: once more, nothing is left that could be.
        if (made.findings.some(({ code }) => code === 'no-destination-left'))
          expect(isRefused(() => planned(after, words))).toBe(true);
        else expect(planned(after, words).phases).toEqual([]);
        return after;
      }, START);
    }),
    { numRuns: 60 },
  );
});
