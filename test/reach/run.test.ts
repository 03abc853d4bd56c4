import { expect, it, vi } from 'vitest';
import type { Plan } from '../../src/plan/types.ts';
import type * as Planner from '../../src/run/plan.ts';
import { clusterOf } from '../support/memory-store.ts';
import { destinationRule, virtualService } from '../support/plane.ts';

/** A planner that sends requests of a stranger's route to the build as well. */
vi.mock('../../src/run/plan.ts', async (original) => {
  const { plan } = await original<typeof Planner>();
  return {
    plan: (...given: Parameters<typeof plan>): Plan => {
      const planned = plan(...given);
      return {
        ...planned,
        phases: planned.phases.map((phase) => ({
          ...phase,
          writes: phase.writes.map((write) => {
            if (write.kind !== 'VirtualService') return write;
            const http = (write.after.spec.http ?? []).map((route) => ({
              ...route,
              route: write.after.spec.http?.at(-1)?.route ?? [],
            }));
            return { ...write, after: { ...write.after, spec: { ...write.after.spec, http } } };
          }),
        })),
      };
    },
  };
});

const admin = {
  match: [{ uri: { prefix: '/admin' } }],
  route: [{ destination: { host: 'api', subset: 'admin' } }],
};
const base = { route: [{ destination: { host: 'api', subset: 'v1' } }] };

it.each(['false', 'true'])('a faulty plan is neither rehearsed nor written (force: %s)', async (force) => {
  const cluster = clusterOf([
    virtualService({ http: [admin, base] }),
    destinationRule({ v1: { app: 'api', version: '1' } }),
  ]);
  cluster.pods = [{ name: 'api-10', labels: { app: 'api', build: '10' }, ready: true }];
  const outcome = await cluster.run({
    operation: 'weight',
    'label-selector': 'app=api',
    'pod-selector': 'app=api,build=10',
    weight: '20',
    force,
  });
  expect(outcome.failure?.reason).toBe('check-failed');
  expect(outcome.failure?.message).toContain(
    'requests where uri starts with "/admin" would get v1 80 %, api-10 20 % in place of admin',
  );
  expect(outcome.findings.map(({ code }) => code)).toContain('unasked-change');
  expect(outcome.changed).toBe(false);
  expect(cluster.journal).toEqual(['read']);
});
