/** Two VirtualServices and a change of both, for what is recorded of it. */
import type { Route } from '../../src/istio/types.ts';
import { plan } from '../../src/run/plan.ts';
import { parseHistory } from '../../src/undo/format.ts';
import type { RecordedChange } from '../../src/undo/types.ts';
import type { Plan, Snapshot, Write } from '../../src/plan/types.ts';
import { destinationRule, intentOf, snapshotOf, virtualService } from './plane.ts';

export const STAMP = { id: 'a1', time: '2030-01-01T00:00:00.000Z' };
const WEIGHT = { operation: 'weight', 'pod-selector': 'app=api,build=2', weight: '20' };
const MAIN: Route = { name: 'main', route: [{ destination: { host: 'api', subset: 'v1' } }] };
export const RULE = destinationRule({ v1: { app: 'api', build: '1' } });
export const PLANE = snapshotOf(
  [virtualService({ http: [MAIN] }, 'public'), virtualService({ http: [MAIN] })],
  [RULE],
);

export const planned = (snapshot: Snapshot, weight = '20'): Plan =>
  plan(snapshot, intentOf({ ...WEIGHT, weight }));
export const writesOf = ({ phases }: Plan): readonly Write[] => phases.flatMap(({ writes }) => writes);
/** What each VirtualService that a plan writes remembers of it, in the order of the writes. */
export const recordsOf = (one: Plan): readonly RecordedChange[] =>
  writesOf(one).flatMap(({ kind, after }) =>
    kind === 'VirtualService'
      ? parseHistory(after)
          .changes.slice(0, 1)
          .map(({ change }) => change)
      : [],
  );

export const BY = {
  actor: 'octocat',
  repository: 'shop/api',
  pullRequest: 10,
  run: 'https://github.com/shop/api/actions/runs/1',
};
