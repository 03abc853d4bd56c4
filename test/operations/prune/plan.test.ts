import { describe, expect, test } from 'vitest';
import { PREVIEWS } from '../../../src/plan/preview-owners.ts';
import type { PullRequests, Snapshot } from '../../../src/plan/types.ts';
import { plan } from '../../../src/run/plan.ts';
import { MAIN, routed, rule, stateOf, V1 } from '../../support/builds.ts';
import { intentOf, play } from '../../support/plane.ts';

const PRUNE = { operation: 'prune' };
const NOW = '2030-06-01T00:00:00.000Z';
const BEFORE = '2030-05-01T00:00:00.000Z';
const LATER = '2030-07-01T00:00:00.000Z';

const headersFor = (build: string) => ({
  operation: 'headers',
  'pod-selector': `app=api,build=${build}`,
  headers: `x-cid=${build}`,
});

interface Facts {
  /** By subset, as the annotation has it. */
  readonly owners?: Readonly<Record<string, object>> | string;
  readonly pulls?: Readonly<Record<string, readonly number[] | null>>;
  /** Builds with a ready pod; null: pods can't be read. */
  readonly ready?: readonly string[] | null;
  /** Builds that also have a share of 20 %. */
  readonly shares?: readonly string[];
}

/** Previews of the builds 7 and 8. */
function world({ owners = {}, pulls = {}, ready = ['1', '7', '8'], shares = [] }: Facts): Snapshot {
  const weights = shares.map((build) => ({
    operation: 'weight',
    'pod-selector': `app=api,build=${build}`,
    weight: '20',
  }));
  const made = play(routed([MAIN], rule('api', { v1: V1 })), headersFor('7'), headersFor('8'), ...weights);
  const text = typeof owners === 'string' ? owners : JSON.stringify(owners);
  return {
    ...made,
    virtualServices: made.virtualServices.map((one) => ({
      ...one,
      metadata: { ...one.metadata, annotations: { ...one.metadata.annotations, [PREVIEWS]: text } },
    })),
    pods:
      ready === null
        ? { state: 'forbidden', reason: 'no right' }
        : {
            state: 'known',
            items: ready.map((build) => ({ name: build, labels: { app: 'api', build }, ready: true })),
          },
    time: NOW,
    pullRequests: new Map(
      Object.entries(pulls).map(([repository, open]): [string, PullRequests] => [
        repository,
        open === null
          ? { state: 'unknown', why: 'the token sees no such repository' }
          : { state: 'known', open: new Set(open) },
      ]),
    ),
  };
}

const PR_10 = { repository: 'octo-org/api', pullRequest: 10, made: BEFORE };
const PR_11 = { ...PR_10, pullRequest: 11 };

/** What of each build is said, and the routes that are left. */
function pruned(facts: Facts): {
  readonly reasons: object;
  readonly routes: number;
  readonly codes: readonly string[];
} {
  const snapshot = world(facts);
  const made = plan(snapshot, intentOf(PRUNE));
  const after = play(snapshot, PRUNE);
  return {
    reasons: Object.fromEntries((made.pruned ?? []).map(({ subset, reason }) => [subset, reason])),
    routes: after.virtualServices[0]?.spec.http?.length ?? 0,
    codes: made.findings.map(({ code, severity }) => `${severity} ${code}`),
  };
}

describe('prune', () => {
  test.for<[string, Facts, object, routes: number]>([
    [
      'one is open and one is closed',
      { owners: { 'api-7': PR_10, 'api-8': PR_11 }, pulls: { 'octo-org/api': [10] } },
      { 'api-7': 'pull-request-open', 'api-8': 'pull-request-closed' },
      2,
    ],
    [
      'one is expired though its pull request is open',
      {
        owners: { 'api-7': { ...PR_10, expires: BEFORE }, 'api-8': { ...PR_11, expires: LATER } },
        pulls: { 'octo-org/api': [10, 11] },
      },
      { 'api-7': 'expired', 'api-8': 'pull-request-open' },
      2,
    ],
    [
      'one has no ready pod, whatever its pull request',
      { owners: { 'api-7': PR_10, 'api-8': PR_11 }, pulls: { 'octo-org/api': [10, 11] }, ready: ['1', '7'] },
      { 'api-7': 'pull-request-open', 'api-8': 'no-ready-pod' },
      2,
    ],
    [
      'the repository is out of sight',
      { owners: { 'api-7': PR_10, 'api-8': PR_11 }, pulls: { 'octo-org/api': null } },
      { 'api-7': 'not-known', 'api-8': 'not-known' },
      3,
    ],
    [
      'nobody was asked about it',
      { owners: { 'api-7': PR_10 } },
      { 'api-7': 'not-known', 'api-8': 'not-known' },
      3,
    ],
    [
      'the record is garbled',
      { owners: '{"api-7":{"made":"yesterday"}', pulls: { 'octo-org/api': [] } },
      { 'api-7': 'not-known', 'api-8': 'not-known' },
      3,
    ],
    [
      'the record names what is no repository',
      { owners: { 'api-7': { ...PR_10, repository: '../user' } }, pulls: { '../user': [] } },
      { 'api-7': 'not-known', 'api-8': 'not-known' },
      3,
    ],
    [
      'one is closed and has a share as well',
      { owners: { 'api-7': PR_10 }, pulls: { 'octo-org/api': [] }, shares: ['7'] },
      { 'api-7': 'has-a-share', 'api-8': 'not-known' },
      3,
    ],
    [
      "pods can't be read",
      { owners: { 'api-7': PR_10 }, pulls: { 'octo-org/api': [] }, ready: null },
      { 'api-7': 'pull-request-closed', 'api-8': 'not-known' },
      2,
    ],
  ])('%s', ([, facts, reasons, routes]) => {
    expect(pruned(facts)).toMatchObject({ reasons, routes });
  });

  test('what is not known is kept and said, with its reason', () => {
    const made = plan(
      world({ owners: { 'api-7': PR_10 }, pulls: { 'octo-org/api': null } }),
      intentOf(PRUNE),
    );
    expect(made.findings.map(({ message }) => message)).toEqual([
      'Kept: api-7 is of pull request octo-org/api#10: the token sees no such repository; api-8 has no record of whose it is.',
    ]);
    expect(made.phases).toEqual([]);
  });

  test('the routes of users and the other previews stay as they were', () => {
    const snapshot = world({ owners: { 'api-7': PR_10, 'api-8': PR_11 }, pulls: { 'octo-org/api': [11] } });
    expect(stateOf(play(snapshot, PRUNE))).toEqual({
      routes: ['api api-8', 'api v1'],
      subsets: ['v1,api-8'],
    });
  });
});
