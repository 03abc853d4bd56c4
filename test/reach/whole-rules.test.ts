/** DestinationRules that a faulty planner might make or remove. */
import { expect, test } from 'vitest';
import { isReadOnly } from '../../src/operations/index.ts';
import { reachOfPlan } from '../../src/operations/reach.ts';
import type { Phase, Snapshot, Write } from '../../src/plan/types.ts';
import { plan } from '../../src/run/plan.ts';
import { destinationRule, intentOf, snapshotOf, virtualService } from '../support/plane.ts';

type RuleWrite = Write & { readonly kind: 'DestinationRule' };

const BEFORE = snapshotOf([virtualService({ http: [{ route: [{ destination: { host: 'api' } }] }] })], []);
const HEADERS = { operation: 'headers', 'pod-selector': 'app=api,build=10', headers: 'x-cid=a' };
const CREATE = { ...HEADERS, 'create-destination-rule': 'true' };

/** What is unexpected of a plan whose write of a rule somebody tampered with. */
function unexpected(
  edit: (write: RuleWrite) => RuleWrite,
  { asked = CREATE, sight = BEFORE }: { readonly asked?: typeof HEADERS; readonly sight?: Snapshot } = {},
): readonly string[] {
  const [create, intent] = [intentOf(CREATE), intentOf(asked)];
  if (isReadOnly(create) || isReadOnly(intent)) throw new Error('It changes something.');
  const phases = plan(BEFORE, create, { force: true }).phases.map((phase): Phase => ({
    ...phase,
    writes: phase.writes.map((write) => (write.kind === 'DestinationRule' ? edit(write) : write)),
  }));
  return reachOfPlan(sight, intent, phases).unexpected.map(({ object }) => object);
}

const both = (write: RuleWrite, change: (rule: RuleWrite['after']) => RuleWrite['after']): RuleWrite => ({
  ...write,
  before: change(write.before),
  after: change(write.after),
});

test('the plan as it is has nothing that nobody asked for', () => {
  expect(unexpected((write) => write)).toEqual([]);
});

test('a rule that nobody asked for', () => {
  expect(unexpected((write) => write, { asked: HEADERS })).not.toEqual([]);
});

test.for<[string, (rule: RuleWrite['after']) => RuleWrite['after']]>([
  ['for a host that no route sends to', (rule) => ({ ...rule, spec: { ...rule.spec, host: 'web' } })],
  ['with a policy', (rule) => ({ ...rule, spec: { ...rule.spec, trafficPolicy: {} } })],
  ['in another namespace', (rule) => ({ ...rule, metadata: { ...rule.metadata, namespace: 'other' } })],
  ['that is not signed', ({ metadata: { annotations: _, ...metadata }, ...rule }) => ({ ...rule, metadata })],
])('a rule %s', ([, change]) => {
  expect(unexpected((write) => both(write, change))).not.toEqual([]);
});

test('a rule that hides another', () => {
  const wildcard = destinationRule({});
  const sight = {
    ...BEFORE,
    destinationRules: [
      {
        ...wildcard,
        metadata: { name: 'mtls', namespace: 'istio-system' },
        spec: { host: '*.local', trafficPolicy: {} },
      },
    ],
  };
  expect(unexpected((write) => write, { sight })).not.toEqual([]);
});

test('a rule that somebody wrote is deleted', () => {
  const rule = destinationRule({});
  const sight = { ...BEFORE, destinationRules: [rule] };
  const intent = intentOf({ operation: 'rollback', 'pod-selector': 'app=api,build=10' });
  if (isReadOnly(intent)) throw new Error('It changes something.');
  const write: Write = { kind: 'DestinationRule', before: rule, after: { ...rule }, how: 'delete' };
  const phases: readonly Phase[] = [{ name: 'remove-subsets', writes: [write] }];
  expect(reachOfPlan(sight, intent, phases).unexpected).not.toEqual([]);
});
