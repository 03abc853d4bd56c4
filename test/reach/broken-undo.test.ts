/** An undo whose apply is broken: the guard alone has to see that it isn't what the record says. */
import { describe, expect, it, vi } from 'vitest';
import { isReadOnly } from '../../src/operations/index.ts';
import type { DestinationRule, Route, RouteDestination, VirtualService } from '../../src/istio/types.ts';
import { plan } from '../../src/run/plan.ts';
import type { Plan, Snapshot } from '../../src/plan/types.ts';
import { reachOfPlan } from '../../src/operations/reach.ts';
import type * as Apply from '../../src/undo/apply.ts';
import type { UndoResult } from '../../src/undo/apply.ts';
import { withHistory } from '../../src/undo/record.ts';
import { applied, destinationRule, intentOf, snapshotOf, virtualService } from '../support/plane.ts';

type Breaking = (result: UndoResult) => UndoResult;

const broken: { by: Breaking } = { by: (result) => result };

vi.mock('../../src/undo/apply.ts', async (original) => {
  const real = await original<typeof Apply>();
  return {
    ...real,
    applyUndo: (...args: Parameters<typeof real.applyUndo>) => broken.by(real.applyUndo(...args)),
  };
});

const to = (subset: string, weight?: number): RouteDestination => ({
  destination: { host: 'api', subset },
  ...(weight !== undefined && { weight }),
});

/** The partner's requests are pinned to a build of their own by hand. */
const START = snapshotOf(
  [
    virtualService({
      http: [
        { name: 'partner', match: [{ headers: { 'x-partner': {} } }], route: [to('v0')] },
        { name: 'orders', match: [{ uri: { prefix: '/orders' } }], route: [to('v1', 60), to('v2', 40)] },
        { name: 'main', timeout: '5s', route: [to('v1', 60), to('v2', 40)] },
      ],
    }),
  ],
  [
    destinationRule({
      v0: { app: 'api', version: '0' },
      v1: { app: 'api', version: '1' },
      v2: { app: 'api', version: '2' },
    }),
  ],
);

const BUILD = { 'pod-selector': 'app=api,build=10' };

/** The change carried out, and written down. */
function changed(start: Snapshot, words: Readonly<Record<string, string>>, number = 1): Snapshot {
  const planned = plan(start, intentOf(words));
  const time = new Date(60_000 * number).toISOString();
  return applied(start, withHistory(planned, { id: `change-${number}`, time }, { actor: 'ada' }, []));
}

function undone(start: Snapshot, by: Breaking): { readonly planned: Plan; readonly unexpected: number } {
  broken.by = by;
  const intent = intentOf({ operation: 'undo' });
  if (isReadOnly(intent)) throw new Error('It changes nothing.');
  const planned = plan(start, intent);
  broken.by = (result) => result;
  return { planned, unexpected: reachOfPlan(start, intent, planned.phases).unexpected.length };
}

const withHttp =
  (edit: (http: readonly Route[], before: readonly Route[]) => readonly Route[]): Breaking =>
  (result) => ({
    ...result,
    virtualServices: result.virtualServices.map(({ before, after }) => ({
      before,
      after: { ...after, spec: { ...after.spec, http: edit(after.spec.http ?? [], before.spec.http ?? []) } },
    })),
  });

const named = (name: string, edit: (route: Route) => Route) => (http: readonly Route[]) =>
  http.map((route) => (route.name === name ? edit(route) : route));

const withRules =
  (edit: (rule: DestinationRule) => DestinationRule): Breaking =>
  (result) => ({
    ...result,
    destinationRules: result.destinationRules.map((one) => ({
      ...one,
      gained: edit(one.gained),
      after: edit(one.after),
    })),
  });

const annotated =
  (key: string): Breaking =>
  (result) => ({
    ...result,
    virtualServices: result.virtualServices.map(({ before, after }) => ({
      before,
      after: {
        ...after,
        metadata: { ...after.metadata, annotations: { ...after.metadata.annotations, [key]: 'x' } },
      },
    })),
  });

const FOREIGN: RouteDestination = { destination: { host: 'pay.pay.svc.cluster.local' } };

describe('of a weight', () => {
  const start = changed(START, { operation: 'weight', weight: '20', ...BUILD });

  it('what is right goes by', () => {
    const { planned, unexpected } = undone(start, (result) => result);
    expect(unexpected).toBe(0);
    const [back] = applied(start, planned).virtualServices;
    expect(back?.spec).toEqual(START.virtualServices[0]?.spec);
  });

  it.each<[string, Breaking]>([
    ['another route', withHttp(named('partner', (route) => ({ ...route, route: [to('v1')] })))],
    ['a foreign host', withHttp(named('main', (route) => ({ ...route, route: [FOREIGN] })))],
    ['a foreign mirror', withHttp(named('main', (route) => ({ ...route, mirror: { host: 'evil.io' } })))],
    [
      'other weights',
      withHttp(named('main', (route) => ({ ...route, route: [to('v1', 40), to('v2', 60)] }))),
    ],
    ['another field', withHttp(named('main', ({ timeout: _, ...route }) => route))],
    [
      'one route left out',
      withHttp((http, before) => http.map((route, i) => (i === 1 ? (before[i] ?? route) : route))),
    ],
    ['another order', withHttp((http) => http.toReversed())],
    ['a route less', withHttp((http) => http.filter(({ name }) => name !== 'partner'))],
    [
      'a route more',
      withHttp((http) => [{ match: [{ uri: { exact: '/new' } }], route: [to('v2')] }, ...http]),
    ],
    ['an annotation of others', annotated('external-dns.alpha.kubernetes.io/target')],
    ['hosts', (result) => ({ ...result, virtualServices: result.virtualServices.map(withHosts) })],
    [
      'a subset of others goes',
      withRules((rule) => ({
        ...rule,
        spec: { ...rule.spec, subsets: (rule.spec.subsets ?? []).filter(({ name }) => name !== 'v0') },
      })),
    ],
    [
      'a subset comes that nobody recorded',
      withRules((rule) => ({
        ...rule,
        spec: { ...rule.spec, subsets: [...(rule.spec.subsets ?? []), { name: 'x', labels: { app: 'x' } }] },
      })),
    ],
    [
      'a subset with other labels',
      withRules((rule) => ({
        ...rule,
        spec: {
          ...rule.spec,
          subsets: (rule.spec.subsets ?? []).map((subset) =>
            subset.name === 'v1' ? { ...subset, labels: { app: 'other' } } : subset,
          ),
        },
      })),
    ],
    [
      'a policy of the rule',
      withRules((rule) => ({ ...rule, spec: { ...rule.spec, trafficPolicy: { tls: { mode: 'DISABLE' } } } })),
    ],
  ])('is refused: %s', (_, by) => {
    expect(undone(start, by).unexpected).toBeGreaterThan(0);
  });
});

function withHosts({ before, after }: UndoResult['virtualServices'][number]): {
  readonly before: VirtualService;
  readonly after: VirtualService;
} {
  return { before, after: { ...after, spec: { ...after.spec, hosts: ['*'] } } };
}

describe('of a preview', () => {
  const start = changed(START, { operation: 'headers', headers: 'x-cid=a', ...BUILD });

  it('what is right goes by', () => {
    expect(undone(start, (result) => result).unexpected).toBe(0);
  });

  it.each<[string, Breaking]>([
    ['one stays', withHttp((http, before) => [...before.slice(1, 2), ...http])],
    ['the base route goes with it', withHttp((http) => http.filter(({ name }) => name !== 'main'))],
  ])('is refused: %s', (_, by) => {
    expect(undone(start, by).unexpected).toBeGreaterThan(0);
  });
});

describe('of a rollback of previews', () => {
  const start = changed(
    changed(START, { operation: 'headers', headers: 'x-cid=a', ...BUILD }),
    { operation: 'rollback', ...BUILD },
    2,
  );

  it('what is right goes by', () => {
    expect(undone(start, (result) => result).unexpected).toBe(0);
  });

  it.each<[string, Breaking]>([
    ['above the partner', withHttp((http) => http.toSorted((a, b) => rank(a) - rank(b)))],
    [
      'for everybody',
      withHttp((http) =>
        http
          .map(({ match: _, ...route }) => route)
          .slice(0, 1)
          .concat(http),
      ),
    ],
    [
      'to another build',
      withHttp((http) => http.map((route) => (rank(route) === 0 ? { ...route, route: [to('v2')] } : route))),
    ],
    [
      'a subset of other labels',
      withRules((rule) => ({
        ...rule,
        spec: {
          ...rule.spec,
          subsets: (rule.spec.subsets ?? []).map((subset) =>
            subset.name === 'api-10' ? { ...subset, labels: { app: 'pay' } } : subset,
          ),
        },
      })),
    ],
  ])('is refused: %s', (_, by) => {
    expect(undone(start, by).unexpected).toBeGreaterThan(0);
  });
});

const rank = ({ name = '' }: Route): number => (name.startsWith('istiops-') ? 0 : 1);
