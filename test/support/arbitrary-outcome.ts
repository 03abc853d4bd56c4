/** Outcomes of any kind, with names and texts that no cluster would let through, for the properties. */
import type { ProxyView } from '../../src/confirm/proxy-view.ts';
import fc from 'fast-check';
import { FAILURE_REASONS } from '../../src/base/errors.ts';
import { OPERATIONS } from '../../src/operations/index.ts';
import type { Condition } from '../../src/istio/conditions.ts';
import { ROUTE_KINDS } from '../../src/istio/types.ts';
import type { ExplainedDestination, Explanation, Treatment } from '../../src/plan/explanation.ts';
import { CHANGE_EFFECTS, type HistoryView } from '../../src/plan/types.ts';
import type { DestinationView, RouteView } from '../../src/plan/view-types.ts';
import type { Finding } from '../../src/base/findings.ts';
import type { ReachChange } from '../../src/reach/types.ts';
import type { Outcome } from '../../src/report/types.ts';
import { OUTCOMES } from './outcomes.ts';

/** Syntax of Markdown, HTML, Mermaid and terminals, whole and in crumbs. */
const CRUMBS = [
  ...Array.from('ab1 .,-_*#:;|"`<>[](){}%@&$~^=+\\/!?\'\n\r\t'),
  ...['\u001b[31m', '\u0007', '\u009b2J', '\u202e', '\u200b', '\u2028', '\ud800', '😀', 'ß', '日'],
  ...[
    '</details>',
    '<!--',
    '```',
    '%%{init: {}}%%',
    '-->',
    '"]',
    '#quot;',
    '&lt;',
    '1. ',
    'www.a.b',
    'http://a.b',
    '| --- |',
  ],
];

export const nasty = fc.array(fc.constantFrom(...CRUMBS), { maxLength: 12 }).map((crumbs) => crumbs.join(''));

const orNull = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(of, { nil: null });

const destination: fc.Arbitrary<DestinationView> = fc.record({
  host: nasty,
  subset: orNull(nasty),
  port: orNull(fc.integer({ min: 1, max: 65_535 })),
  share: fc.integer({ min: 0, max: 10_000 }).map((hundredths) => hundredths / 100),
  labels: orNull(fc.dictionary(nasty, nasty, { maxKeys: 2 })),
  readyPods: orNull(fc.nat(3)),
});

const condition: fc.Arbitrary<Condition> = fc.record({
  kind: fc.constant('named' as const),
  of: fc.constant('header' as const),
  name: nasty,
  test: fc.oneof(
    fc.record({ operator: fc.constantFrom('is', 'starts with', 'matches'), value: nasty }),
    fc.record({ operator: fc.constant('is present' as const) }),
  ),
  isNegated: fc.boolean(),
});

export const routeView: fc.Arbitrary<RouteView> = fc.record({
  virtualService: fc.oneof(fc.constant('api'), nasty),
  namespace: fc.constant('shop'),
  kind: fc.constantFrom(...ROUTE_KINDS),
  index: fc.nat(20),
  name: orNull(nasty),
  pick: orNull(nasty),
  conditions: fc.array(fc.array(condition, { maxLength: 2 }), { maxLength: 2 }),
  match: nasty,
  isDefault: fc.boolean(),
  madeBy: fc.constantFrom('istiops', 'go-istiops', 'user'),
  destinations: fc.array(destination, { maxLength: 4 }),
  action: orNull(nasty),
  settings: fc.dictionary(nasty, nasty, { maxKeys: 1 }),
});

const finding: fc.Arbitrary<Finding> = fc.record({
  code: nasty,
  severity: fc.constantFrom('error', 'warning', 'notice'),
  message: nasty,
  object: orNull(nasty),
  forceable: fc.boolean(),
});

const text = fc.array(nasty, { maxLength: 8 }).map((lines) => lines.join('\n'));

function reachChange(text: string): ReachChange {
  return {
    object: text,
    who: text,
    before: text,
    after: text,
    classes: 1,
    example: {
      method: text,
      scheme: 'http',
      authority: text,
      path: text,
      headers: { [text]: text },
      gateway: 'mesh',
      port: 8080,
      sourceLabels: { [text]: text },
      sourceNamespace: text,
    },
  };
}

const place = {
  virtualService: nasty,
  namespace: nasty,
  index: fc.nat(),
  name: orNull(nasty),
  pick: orNull(nasty),
  match: nasty,
  delegate: orNull(nasty),
  selected: fc.boolean(),
};

const explainedDestination: fc.Arbitrary<ExplainedDestination> = fc
  .tuple(destination, fc.constantFrom('ok', 'unavailable', 'undecided', 'unseen'), orNull(nasty))
  .map(([to, state, problem]) => ({ ...to, state, problem }));

const treatment: fc.Arbitrary<Treatment> = fc.record({
  destinations: fc.array(explainedDestination, { maxLength: 3 }),
  status: orNull(fc.integer({ min: 100, max: 599 })),
  redirect: orNull(nasty),
  abort: orNull(fc.record({ percent: fc.integer({ min: 0, max: 100 }), status: nasty })),
  mirrors: fc.array(nasty, { maxLength: 2 }),
});

const explanation: fc.Arbitrary<Explanation> = fc.record({
  request: fc.record({
    text: nasty,
    headers: fc.dictionary(nasty, nasty, { maxKeys: 2 }),
    gateway: nasty,
    port: fc.integer({ min: 1, max: 65_535 }),
    sourceLabels: fc.dictionary(nasty, nasty, { maxKeys: 2 }),
    sourceNamespace: orNull(nasty),
  }),
  host: orNull(nasty),
  passed: fc.array(fc.record({ ...place, why: fc.array(nasty, { maxLength: 2 }) }), { maxLength: 3 }),
  result: fc.oneof(
    fc.record({ kind: fc.constant('route' as const), route: fc.record(place), does: treatment }),
    fc.constant({ kind: 'none' as const }),
    fc.record({ kind: fc.constant('service' as const), does: treatment }),
    fc.record({
      kind: fc.constant('undecided' as const),
      candidates: fc.array(
        fc.record({
          kind: fc.constantFrom('route', 'none', 'service', 'unseen'),
          route: orNull(fc.record(place)),
          does: orNull(treatment),
          unknown: orNull(nasty),
        }),
        { maxLength: 3 },
      ),
    }),
  ),
  verdict: orNull(
    fc.record({
      name: nasty,
      file: nasty,
      line: fc.integer({ min: 1, max: 1_000 }),
      met: fc.boolean(),
      expected: nasty,
      found: nasty,
    }),
  ),
});

const historyView: fc.Arbitrary<HistoryView> = fc.record({
  number: fc.integer({ min: 1, max: 100 }),
  operation: nasty,
  isUndo: fc.boolean(),
  subset: orNull(nasty),
  podSelector: orNull(nasty),
  asked: orNull(nasty),
  by: orNull(nasty),
  time: nasty,
  repository: orNull(nasty),
  run: orNull(nasty),
  pullRequest: orNull(nasty),
  pullRequestUrl: orNull(nasty),
  virtualServices: fc.array(nasty, { maxLength: 3 }),
  isThere: fc.constantFrom('yes', 'partly', 'no', 'unknown'),
});

const proxyView: fc.Arbitrary<ProxyView> = fc.record({
  virtualService: nasty,
  proxy: nasty,
  kind: fc.constantFrom('gateway', 'sidecar', 'waypoint'),
  state: fc.constantFrom('has', 'differs', 'absent', 'unknown'),
  words: nasty,
});

export const anyOutcome: fc.Arbitrary<Outcome> = fc.record({
  proxies: fc.array(proxyView, { maxLength: 3 }),
  confirmation: fc.record({ how: fc.constantFrom('proxies', 'waited'), words: nasty }),
  operation: orNull(fc.constantFrom(...OPERATIONS)),
  place: orNull(nasty),
  namespace: orNull(nasty),
  dryRun: fc.boolean(),
  changed: fc.boolean(),
  subset: orNull(nasty),
  before: fc.array(routeView, { maxLength: 5 }),
  after: fc.array(routeView, { maxLength: 5 }),
  phases: fc.constantFrom(...Object.values(OUTCOMES).map(({ phases }) => phases)),
  texts: fc.array(fc.record({ label: nasty, before: text, after: text }), { maxLength: 2 }),
  findings: fc.array(finding, { maxLength: 3 }),
  reach: orNull(
    fc.record({
      classes: fc.nat(),
      sampled: fc.boolean(),
      skipped: fc.nat(),
      changes: fc.array(nasty.map(reachChange), { maxLength: 8 }),
      unexpected: fc.constant([]),
      others: fc.constant([]),
      asked: fc.constant([]),
    }),
  ),
  explanations: fc.array(explanation, { maxLength: 3 }),
  history: fc.array(historyView, { maxLength: 3 }),
  previous: orNull(fc.record({ subset: nasty, podSelector: nasty })),
  effects: fc.subarray([...CHANGE_EFFECTS]),
  safeToScaleDown: fc.array(nasty, { maxLength: 3 }),
  failure: orNull(fc.record({ reason: fc.constantFrom(...FAILURE_REASONS), message: text })),
});

/** As large as it gets: thousands of routes whose every text is long and all syntax, and a diff of megabytes. */
export function hugeOutcome(crumb: string): Outcome {
  const long = crumb.repeat(300);
  const words = crumb.repeat(3_000);
  const view = (index: number, share: number): RouteView => ({
    virtualService: `${long}${index % 3}`,
    namespace: 'shop',
    kind: 'http',
    index,
    name: `${crumb}${index}${long}`,
    pick: `http[${index}]`,
    conditions: [
      [
        {
          kind: 'named',
          of: 'header',
          name: long,
          test: { operator: 'is', value: long },
          isNegated: false,
        },
      ],
    ],
    match: `${index}${long}`,
    isDefault: false,
    madeBy: 'user',
    destinations: Array.from({ length: 20 }, (_, i) => ({
      host: long,
      subset: `${i}${long}`,
      port: null,
      share,
      labels: null,
      readyPods: 0,
    })),
    action: null,
    settings: { [long]: long },
  });
  const before = Array.from({ length: 700 }, (_, i) => view(i, 0));
  const after = Array.from({ length: 700 }, (_, i) => view(i, 5));
  const lines = Array.from({ length: 20_000 }, (_, i) => `${i}: ${crumb.repeat(20)}\n`);
  const sentence: Finding = {
    code: long,
    severity: 'error',
    message: `${words}\n${words}`,
    object: long,
    forceable: false,
  };
  return {
    operation: 'weight',
    place: long,
    namespace: long,
    dryRun: true,
    changed: true,
    subset: long,
    before,
    after,
    phases: [],
    texts: [{ label: long, before: lines.join(''), after: lines.map((line) => `x${line}`).join('') }],
    findings: Array.from({ length: 100 }, () => sentence),
    reach: {
      classes: 10_000,
      sampled: true,
      skipped: 3,
      changes: Array.from({ length: 1_000 }, (_, i) => ({ ...reachChange(long), who: `${i}${long}` })),
      unexpected: [],
      others: [],
      asked: [],
    },
    explanations: [],
    history: Array.from({ length: 100 }, (_, i) => ({
      number: i + 1,
      operation: long,
      isUndo: true,
      subset: long,
      podSelector: words,
      asked: words,
      by: words,
      time: long,
      repository: long,
      run: words,
      pullRequest: words,
      pullRequestUrl: words,
      virtualServices: Array.from({ length: 100 }, (_one, j) => `${j}${long}`),
      isThere: 'unknown',
    })),
    previous: { subset: long, podSelector: long },
    effects: ['shifts-to-build', 'routes'],
    proxies: Array.from({ length: 1_000 }, (_, i) => ({
      virtualService: long,
      proxy: `${i}${long}`,
      kind: 'gateway',
      state: 'differs',
      words,
    })),
    confirmation: { how: 'proxies', words },
    safeToScaleDown: Array.from({ length: 1_000 }, (_, i) => `${i}${long}`),
    failure: null,
  };
}
