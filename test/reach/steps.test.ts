/** Several services: each is judged alone, and what is written has to be what the services' plans come to. */
import { describe, expect, test } from 'vitest';
import { parseWords } from '../../src/operations/parse-words.ts';
import { reachOfServices } from '../../src/operations/reach.ts';
import { isOfServices, type ServicesIntent } from '../../src/operations/services.ts';
import type { Phase, Plan, Snapshot, Write } from '../../src/plan/types.ts';
import { plan } from '../../src/run/plan.ts';
import { applied, snapshotOf } from '../support/plane.ts';
import { linesFor, NAMES, ruleOf, virtualServiceOf } from '../support/three-services.ts';

const START = snapshotOf(NAMES.map(virtualServiceOf), NAMES.map(ruleOf));
const HEADERS = { operation: 'headers', services: linesFor('pr-10'), headers: 'x-cid=a' };

function intentOf(words: Readonly<Record<string, string>>): ServicesIntent {
  const { intent } = parseWords({ namespace: 'shop', ...words }).request;
  if (!isOfServices(intent)) throw new Error('It is about one service.');
  return intent;
}

function planned(snapshot: Snapshot, words: Readonly<Record<string, string>>): Plan {
  return plan(snapshot, intentOf(words));
}

/** What the guard says of a plan whose phases somebody has changed. */
function unexpectedIn(
  made: Plan,
  edit: (phases: readonly Phase[]) => readonly Phase[],
  words = HEADERS as Readonly<Record<string, string>>,
  snapshot = START,
): readonly string[] {
  const { unexpected } = reachOfServices(snapshot, intentOf(words), { ...made, phases: edit(made.phases) });
  return unexpected.map(({ object, after }) => `${object} ${after}`);
}

const without =
  (title: string) =>
  (phases: readonly Phase[]): readonly Phase[] =>
    phases.map((phase) => ({
      ...phase,
      writes: phase.writes.filter(
        ({ after }) => `${after.kind} ${after.metadata.namespace}/${after.metadata.name}` !== title,
      ),
    }));

const edited =
  (kind: Write['kind'], edit: (write: Write) => Write) =>
  (phases: readonly Phase[]): readonly Phase[] =>
    phases.map((phase) => ({
      ...phase,
      writes: phase.writes.map((write) => (write.kind === kind ? edit(write) : write)),
    }));

test('the plan as it is made is as asked, and the classes of all services are compared', () => {
  const made = planned(START, HEADERS);
  const reach = reachOfServices(START, intentOf(HEADERS), made);
  expect(reach.unexpected).toEqual([]);
  expect(reach.asked.map(({ object, classes, reached }) => [object, classes === reached])).toEqual(
    NAMES.map((name) => [`VirtualService shop/${name}`, true]),
  );
});

describe('what is written is not what was planned for the services', () => {
  const made = planned(START, HEADERS);

  test.for(NAMES.flatMap((name) => [`VirtualService shop/${name}`, `DestinationRule shop/${name}`]))(
    '%s is left out',
    (title) => {
      expect(unexpectedIn(made, without(title))).toEqual([`${title} would not be written`]);
    },
  );

  test('a route is another one', () => {
    const wrong = unexpectedIn(
      made,
      edited('VirtualService', (write) =>
        write.kind === 'VirtualService' && write.after.metadata.name === 'orders'
          ? { ...write, after: { ...write.after, spec: { ...write.after.spec, hosts: ['other'] } } }
          : write,
      ),
    );
    expect(wrong).toContain('VirtualService shop/orders would be written otherwise');
  });

  test('routes come before their subsets', () => {
    expect(unexpectedIn(made, (phases) => phases.toReversed())).toEqual([
      'VirtualService shop/web would be written too early',
    ]);
  });

  test('a subset is added in the wrong phase', () => {
    const all = made.phases.flatMap(({ writes }) => writes);
    expect(unexpectedIn(made, () => [{ name: 'routes', writes: all }])).toEqual(
      NAMES.map((name) => `DestinationRule shop/${name} would be written otherwise`),
    );
  });
});

describe('subsets that go', () => {
  const PREVIEWED = applied(START, planned(START, HEADERS));
  const ROLLBACK = { operation: 'rollback', services: linesFor('pr-10') };

  test('those that no route uses any more may', () => {
    const made = planned(PREVIEWED, ROLLBACK);
    expect(made.phases.map(({ name }) => name)).toEqual(['routes', 'remove-subsets']);
    expect(unexpectedIn(made, (phases) => phases, ROLLBACK, PREVIEWED)).toEqual([]);
  });

  test('one that a person made may not', () => {
    const made = planned(PREVIEWED, ROLLBACK);
    const wrong = unexpectedIn(
      made,
      edited('DestinationRule', (write) => {
        if (write.kind !== 'DestinationRule' || write.after.metadata.name !== 'stock') return write;
        const { subsets: _, ...spec } = write.after.spec;
        return { ...write, after: { ...write.after, spec } };
      }),
      ROLLBACK,
      PREVIEWED,
    );
    expect(wrong).toEqual(['DestinationRule shop/stock no subset']);
  });
});
