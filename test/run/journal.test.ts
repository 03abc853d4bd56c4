import { describe, expect, test } from 'vitest';
import { finding } from '../../src/base/findings.ts';
import type { DestinationRule, VirtualService } from '../../src/istio/types.ts';
import type { Plan, Snapshot, Write } from '../../src/plan/types.ts';
import type { RouteView } from '../../src/plan/view-types.ts';
import { openJournal, type Entry } from '../../src/run/journal.ts';
import {
  findingsIn,
  leftIn,
  planIn,
  reachIn,
  routesBefore,
  since,
  writesIn,
} from '../../src/run/journal-readers.ts';

const apiVersion = 'networking.istio.io/v1';

function virtualService(name: string, version: string): VirtualService {
  const metadata = { name, namespace: 'shop', resourceVersion: version };
  return { apiVersion, kind: 'VirtualService', metadata, spec: { hosts: [name] } };
}

function writeOf(name: string): Write {
  return { kind: 'VirtualService', before: virtualService(name, '1'), after: virtualService(name, '1') };
}

const RULE: DestinationRule = {
  apiVersion,
  kind: 'DestinationRule',
  metadata: { name: 'api', namespace: 'shop' },
  spec: { host: 'api' },
};

const SNAPSHOT: Snapshot = {
  source: 'kubernetes',
  namespace: 'shop',
  virtualServices: [],
  destinationRules: [],
  pods: { state: 'none' },
  services: { state: 'none' },
};

/** A route, whose words tell one plan's view of it from another's. */
function routeView(virtualService: string, mark: string): RouteView {
  return {
    virtualService,
    namespace: 'shop',
    kind: 'http',
    index: 0,
    name: null,
    pick: null,
    conditions: [],
    match: mark,
    isDefault: false,
    madeBy: 'user',
    destinations: [],
    action: null,
    settings: {},
  };
}

/** A plan that finds a route of each VirtualService. */
function planned(mark: string, ...names: readonly string[]): Entry {
  const before = names.map((name) => routeView(name, mark));
  const plan: Plan = {
    operation: 'weight',
    subset: mark,
    phases: [],
    before,
    after: [],
    safeToScaleDown: [],
    findings: [],
  };
  return { kind: 'planned', plan, snapshot: SNAPSHOT };
}

const wrote = (name: string): Entry => ({
  kind: 'wrote',
  phase: 'routes',
  write: writeOf(name),
  stored: virtualService(name, '2'),
});

const unanswered = (name: string): Entry => ({
  kind: 'unanswered',
  phase: 'routes',
  write: writeOf(name),
  sent: virtualService(name, '1'),
});

const writes = (...entries: readonly Entry[]): readonly string[] =>
  writesIn(entries).map(
    ({ stored: { metadata }, mayHaveBeenWritten }) =>
      `${metadata.name} ${metadata.resourceVersion ?? ''}${mayHaveBeenWritten ? '?' : ''}`,
  );

test('entries are kept in order, and whoever holds the list sees those that come', () => {
  const { entries, add } = openJournal();
  add({ kind: 'rehearsed' });
  add({ kind: 'finished' });
  expect(entries.map(({ kind }) => kind)).toEqual(['rehearsed', 'finished']);
});

describe('what was written', () => {
  test('in order, as the server then had it', () => {
    expect(writes(wrote('a'), { kind: 'conflict', time: 5 }, wrote('b'))).toEqual(['a 2', 'b 2']);
  });

  test('a write that was not answered may have been written', () => {
    expect(writes(wrote('a'), unanswered('b'))).toEqual(['a 2', 'b 1?']);
  });

  test('until it is known that it was', () => {
    const settled: Entry = { kind: 'settled', stored: virtualService('b', '7') };
    expect(writes(wrote('a'), unanswered('b'), settled)).toEqual(['a 2', 'b 7']);
  });

  test('or that it was not', () => {
    expect(writes(wrote('a'), unanswered('b'), { kind: 'settled', stored: null })).toEqual(['a 2']);
  });
});

describe('the routes before a run', () => {
  const before = (...entries: readonly Entry[]): Readonly<Record<string, readonly string[]>> =>
    Object.fromEntries(
      [...routesBefore(entries)].map(([name, views]) => [name, views.map(({ match }) => match)]),
    );

  test('are those of the last plan', () => {
    expect(before(planned('first', 'a'), planned('second', 'a'))).toEqual({ 'shop/a': ['second'] });
  });

  test.for([
    ['wrote', wrote],
    ['may have written', unanswered],
  ] as const)('but for a VirtualService that it %s already', ([, entry]) => {
    expect(before(planned('first', 'a', 'b'), entry('a'), planned('second', 'a', 'b'))).toEqual({
      'shop/a': ['first'],
      'shop/b': ['second'],
    });
  });

  test('a DestinationRule of the same name is another object', () => {
    const write: Write = { kind: 'DestinationRule', before: RULE, after: RULE };
    const added: Entry = { kind: 'wrote', phase: 'add-subsets', write, stored: RULE };
    expect(before(planned('first', 'api'), added, planned('second', 'api'))).toEqual({
      'shop/api': ['second'],
    });
  });
});

test('the plan is the last one, and the reach is of no earlier plan', () => {
  const reach = {
    classes: 1,
    sampled: false,
    skipped: 0,
    changes: [],
    others: [],
    asked: [],
    unexpected: [],
  };
  const first: readonly Entry[] = [planned('first'), { kind: 'guarded', reach }];
  expect([planIn(first)?.subset, reachIn(first)]).toEqual(['first', reach]);
  const second = [...first, planned('second')];
  expect([planIn(second)?.subset, reachIn(second)]).toEqual(['second', undefined]);
});

test('findings of the undoing are those after its beginning', () => {
  const found = (code: string): Entry => ({ kind: 'found', finding: finding(code, 'notice', code) });
  const entries: readonly Entry[] = [found('a'), { kind: 'undoing' }, found('b')];
  expect(findingsIn(entries).map(({ code }) => code)).toEqual(['a', 'b']);
  expect(findingsIn(since(entries, 'undoing')).map(({ code }) => code)).toEqual(['b']);
});

test('each object that is left is named once', () => {
  const left: Entry = { kind: 'left', title: 'VirtualService shop/a' };
  expect([...leftIn([left, left])]).toEqual(['VirtualService shop/a']);
});
