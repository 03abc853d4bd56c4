/** A change of two routes, and what others do before it is reverted. */
import type { Route, VirtualService } from '../../src/istio/types.ts';
import { plan } from '../../src/run/plan.ts';
import { applyUndo, type UndoResult } from '../../src/undo/apply.ts';
import { undoOf } from '../../src/undo/diff.ts';
import type { Snapshot } from '../../src/plan/types.ts';
import { applied, destinationRule, intentOf, play, snapshotOf, virtualService } from './plane.ts';

export const to = (subset: string, weight?: number) => ({
  destination: { host: 'api', subset },
  ...(weight !== undefined && { weight }),
});
export const MAIN: Route = { name: 'main', timeout: '5s', route: [to('v1')] };
export const REPORTS: Route = {
  name: 'reports',
  match: [{ uri: { prefix: '/reports' } }],
  route: [to('v1')],
};
export const START = snapshotOf(
  [virtualService({ http: [REPORTS, MAIN] })],
  [destinationRule({ v1: { version: '1' }, v2: { version: '2' } })],
);
export const of = (build: string) => ({ 'pod-selector': `app=api,build=${build}` });
export const WEIGHT = { operation: 'weight', ...of('7'), weight: '20' };
export const HEADERS = { operation: 'headers', ...of('7'), headers: 'x-cid=a' };
export const PROMOTE = { operation: 'promote', ...of('7') };
export const ROLLBACK = { operation: 'rollback', ...of('7') };

export type Words = Readonly<Record<string, string>>;

/** Reverts the last of these steps once `meanwhile` has happened. */
export function revertLast(
  steps: readonly Words[],
  meanwhile: (now: Snapshot) => Snapshot,
): { readonly result: UndoResult; readonly before: Snapshot; readonly now: Snapshot } {
  const before = play(START, ...steps.slice(0, -1));
  const planned = plan(before, intentOf(steps.at(-1) ?? {}));
  const now = meanwhile(applied(before, planned));
  const undo = undoOf(planned.phases.flatMap(({ writes }) => writes));
  return { before, now, result: applyUndo(now, [undo]) };
}

export const http =
  (change: (routes: readonly Route[]) => readonly Route[]) =>
  (now: Snapshot): Snapshot => ({
    ...now,
    virtualServices: now.virtualServices.map((one) => ({
      ...one,
      spec: { ...one.spec, http: change(one.spec.http ?? []) },
    })),
  });

export const named = (name: string, change: (route: Route) => Route | undefined) =>
  http((routes) =>
    routes.flatMap((route): readonly Route[] => {
      const changed = route.name === name ? change(route) : route;
      return changed === undefined ? [] : [changed];
    }),
  );

export const httpAfter = ({ virtualServices }: UndoResult): VirtualService['spec']['http'] =>
  virtualServices[0]?.after.spec.http;
