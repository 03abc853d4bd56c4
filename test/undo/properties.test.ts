import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { DestinationRule, Route, RouteDestination, VirtualService } from '../../src/istio/types.ts';
import { plan } from '../../src/run/plan.ts';
import { applyUndo, type UndoResult } from '../../src/undo/apply.ts';
import { revertPhases } from '../../src/plan/phases.ts';
import { previewSubset } from '../../src/plan/names.ts';
import { undoOf } from '../../src/undo/diff.ts';
import type { Undo } from '../../src/undo/types.ts';
import type { Phase, Snapshot } from '../../src/plan/types.ts';
import { TrafficError } from '../../src/base/errors.ts';
import { applied, destinationRule, intentOf, snapshotOf, virtualService } from '../support/plane.ts';
import {
  arbitraryOn,
  arbitraryPreview,
  arbitraryWeight,
  podSelector,
  type Step,
} from '../support/arbitrary-steps.ts';
import { expectLaws, runs, type Laws } from '../support/runs.ts';

const BUILDS = ['7', '8', 'PR-10'] as const;

const arbitraryStep: fc.Arbitrary<Step> = fc.oneof(
  arbitraryWeight(BUILDS),
  arbitraryPreview(BUILDS, ['x-cid=a', 'x-cid=b', 'x-cid']),
  arbitraryOn('promote', BUILDS),
  arbitraryOn('rollback', BUILDS),
  fc.constant({ operation: 'clear' }),
);

const arbitraryList: fc.Arbitrary<readonly RouteDestination[]> = fc
  .uniqueArray(fc.constantFrom('v1', 'v2', undefined), { minLength: 1, maxLength: 3 })
  .map((subsets) =>
    subsets.map((subset, i) => ({
      destination: { host: 'api', ...(subset !== undefined && { subset }) },
      weight: 30 + 10 * i,
    })),
  );

const GO: Route = {
  match: [{ headers: { 'x-go': { exact: '1' } } }],
  route: [{ destination: { host: 'api', subset: 'api-12-shop' } }],
};

const arbitraryHttp: fc.Arbitrary<readonly Route[]> = fc
  .record({ list: arbitraryList, twins: fc.boolean(), hasPath: fc.boolean(), go: fc.nat({ max: 2 }) })
  .map(({ list, twins, hasPath, go }): Route[] => [
    ...(go === 1 ? [GO] : []),
    {
      name: 'qa',
      match: [{ headers: { 'x-qa': { exact: '1' } } }],
      route: [{ destination: { host: 'api', subset: 'qa' } }],
    },
    ...(hasPath ? [{ match: [{ uri: { prefix: '/v2' } }], timeout: '5s', route: list }] : []),
    ...(twins ? [{ retries: { attempts: 1 }, route: list }] : []),
    { retries: { attempts: 2 }, route: list },
    ...(go === 2 ? [GO] : []),
  ]);

const SUBSETS = {
  v1: { app: 'api', version: '1' },
  v2: { app: 'api', version: '2' },
  qa: { app: 'api', qa: 'yes' },
  'api-12-shop': { app: 'api', build: '12' },
};

/** A state that operations have left, whichever: those that are refused in it are left out. */
const arbitrarySnapshot: fc.Arbitrary<Snapshot> = fc
  .record({ http: arbitraryHttp, tcp: fc.boolean(), history: fc.array(arbitraryStep, { maxLength: 5 }) })
  .map(({ http, tcp, history }) =>
    playAllowed(
      snapshotOf(
        [
          virtualService({ http, ...(tcp && { tcp: [{ route: http.at(-1)?.route ?? [] }] }) }),
          {
            ...virtualService({ http: http.slice(-1) }, 'other'),
            metadata: { name: 'other', namespace: 'shop' },
          },
        ],
        [destinationRule(SUBSETS)],
      ),
      history,
    ),
  );

/** Plans; nothing where the operation is refused. */
function phasesFor(snapshot: Snapshot, step: Step): readonly Phase[] {
  try {
    return plan(snapshot, intentOf(step)).phases;
  } catch (thrown) {
    if (thrown instanceof TrafficError) return [];
    throw thrown;
  }
}

function written(snapshot: Snapshot, phases: readonly Phase[]): Snapshot {
  return applied(snapshot, { ...plan(snapshot, intentOf({ operation: 'show' })), phases });
}

function playAllowed(snapshot: Snapshot, steps: readonly Step[]): Snapshot {
  return steps.reduce((current, step) => written(current, phasesFor(current, step)), snapshot);
}

interface Done {
  readonly after: Snapshot;
  readonly undo: Undo;
}

function change(before: Snapshot, step: Step): Done {
  const phases = phasesFor(before, step);
  const undo = undoOf(phases.flatMap(({ writes }) => writes));
  // It is kept as text.
  return { after: written(before, phases), undo: JSON.parse(JSON.stringify(undo)) as Undo };
}

function takeBack(now: Snapshot, undo: Undo): Done & { readonly result: UndoResult } {
  const result = applyUndo(now, [undo]);
  const phases = revertPhases(result);
  return { result, after: written(now, phases), undo: undoOf(phases.flatMap(({ writes }) => writes)) };
}

type Edit = (snapshot: Snapshot) => Snapshot;

const editRoutes =
  (edit: (http: readonly Route[]) => readonly Route[]): Edit =>
  (snapshot) => ({
    ...snapshot,
    virtualServices: snapshot.virtualServices.map((object) => ({
      ...object,
      spec: { ...object.spec, http: edit(object.spec.http ?? []) },
    })),
  });

const editRule =
  (edit: (rule: DestinationRule) => DestinationRule): Edit =>
  (snapshot) => ({ ...snapshot, destinationRules: snapshot.destinationRules.map(edit) });

const editObject =
  (edit: (object: VirtualService) => VirtualService): Edit =>
  (snapshot) => ({ ...snapshot, virtualServices: snapshot.virtualServices.map(edit) });

/** What others do elsewhere: to other fields, other routes, other subsets, for other builds. */
const FOREIGN: Readonly<Record<string, Edit>> = {
  timeout: editRoutes((http) =>
    http.map((route) => (route.name === 'qa' ? { ...route, timeout: '9s' } : route)),
  ),
  retries: editRoutes((http) =>
    http.map((route) =>
      route['retries'] === undefined || previewSubset(route) !== undefined
        ? route
        : { ...route, timeout: '1s' },
    ),
  ),
  'qa list': editRoutes((http) =>
    http.map((route) =>
      route.name === 'qa' ? { ...route, route: [{ destination: { host: 'qa' } }] } : route,
    ),
  ),
  'a route on top': editRoutes((http) => [{ name: 'top', redirect: { uri: '/' } }, ...http]),
  'a route at the end': editRoutes((http) => [
    ...http,
    { name: 'end', route: [{ destination: { host: 'web' } }] },
  ]),
  gateways: editObject((object) => ({ ...object, spec: { ...object.spec, gateways: ['public'] } })),
  annotation: editObject((object) => ({
    ...object,
    metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, team: 'a' } },
  })),
  policy: editRule((rule) => ({
    ...rule,
    spec: { ...rule.spec, trafficPolicy: { tls: { mode: 'DISABLE' } } },
  })),
  'a subset': editRule((rule) => ({
    ...rule,
    spec: { ...rule.spec, subsets: [...(rule.spec.subsets ?? []), { name: 'v9', labels: { version: '9' } }] },
  })),
  'a preview': (snapshot) =>
    playAllowed(snapshot, [{ operation: 'headers', 'pod-selector': podSelector('9'), headers: 'x-other=1' }]),
  'a preview of the same build elsewhere': (snapshot) =>
    playAllowed(snapshot, [
      { operation: 'headers', 'pod-selector': podSelector('99'), headers: 'x-qa-2=1', routes: 'qa' },
    ]),
  'a share elsewhere': (snapshot) =>
    playAllowed(snapshot, [
      { operation: 'weight', 'pod-selector': podSelector('98'), weight: '40', routes: 'qa' },
    ]),
};

const arbitraryEdits = fc.uniqueArray(fc.constantFrom(...Object.keys(FOREIGN)), {
  minLength: 1,
  maxLength: 5,
});

const edited = (snapshot: Snapshot, names: readonly string[]): Snapshot =>
  names.reduce((current, name) => FOREIGN[name]?.(current) ?? current, snapshot);

interface Case {
  readonly before: Snapshot;
  /** The change that is reverted. */
  readonly done: Done;
  readonly edits: readonly string[];
  readonly others: readonly Step[];
}

const LAWS: Laws<Case> = {
  'leaves everything as it was, and reverted once more, is done again': ({ before, done }) => {
    const undone = takeBack(done.after, done.undo);
    expect(undone.result.conflicts).toEqual([]);
    expect(undone.after).toEqual(before);
    const redone = takeBack(undone.after, undone.undo);
    expect(redone.result.conflicts).toEqual([]);
    expect(redone.after).toEqual(done.after);
    expect(takeBack(redone.after, redone.undo).after).toEqual(before);
  },

  'leaves what others did elsewhere in between': ({ before, done, edits }) => {
    const { after, result } = takeBack(edited(done.after, edits), done.undo);
    expect(result.conflicts).toEqual([]);
    expect(after).toEqual(edited(before, edits));
  },

  'never throws, and never touches what it lists as conflicts, whatever operations came in between': ({
    done,
    others,
  }) => {
    const { result } = takeBack(playAllowed(done.after, others), done.undo);
    if (result.done.length > 0) return;
    expect(result.virtualServices).toEqual([]);
    expect(result.destinationRules).toEqual([]);
  },
};

it(`any operation, reverted: ${Object.keys(LAWS).join('; ')}`, () => {
  fc.assert(
    fc.property(
      arbitrarySnapshot,
      arbitraryStep,
      arbitraryEdits,
      fc.array(arbitraryStep, { minLength: 1, maxLength: 3 }),
      (before, step, edits, others) => {
        expectLaws(LAWS, { before, done: change(before, step), edits, others });
      },
    ),
    runs(1000),
  );
});
