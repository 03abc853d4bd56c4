/** A DestinationRule that a run creates: when it comes, when it goes, and what becomes of it when something goes wrong. */
import { expect, test } from 'vitest';
import { TrafficError } from '../../src/base/errors.ts';
import type { DestinationRule, VirtualService } from '../../src/istio/types.ts';
import { clusterOf, fails, type Cluster } from '../support/memory-store.ts';

const apiVersion = 'networking.istio.io/v1';
const metadata = { name: 'web', namespace: 'shop', labels: { app: 'web' } };
const WEB: VirtualService = {
  apiVersion,
  kind: 'VirtualService',
  metadata,
  spec: { hosts: ['web'], http: [{ route: [{ destination: { host: 'web' } }] }] },
};
const RULE = 'DestinationRule shop/web';
const ROUTES = 'VirtualService shop/web';
const BUILD = { 'label-selector': 'app=web', 'pod-selector': 'app=web,version=2' };
// The memory has the rules of one namespace alone: whether another would be hidden is not known.
const CREATE = { ...BUILD, 'create-destination-rule': 'true', force: 'true' };
const HEADERS = { operation: 'headers', ...CREATE, headers: 'x-cid=a' };
const ROLLBACK = { operation: 'rollback', ...BUILD };
const UNDO = { operation: 'undo', 'label-selector': 'app=web' };
const denied = new TrafficError('rejected', 'the webhook says no');

function cluster(): Cluster {
  const pod = (version: string) => ({
    name: `web-${version}`,
    namespace: 'shop',
    labels: { app: 'web', version },
    ready: true,
  });
  return Object.assign(clusterOf([WEB]), { pods: [pod('1'), pod('2')] });
}

const specOf = (made: Cluster, title: string): unknown =>
  (made.state()[title] as { spec: unknown } | undefined)?.spec;

const writesOf = ({ journal }: Cluster): readonly string[] =>
  journal.filter((entry) => /^(write|sleep)/.test(entry));

test('comes before the routes and goes after them, with a wait between', async () => {
  const made = cluster();
  expect((await made.run(HEADERS)).failure).toBeNull();
  expect(writesOf(made)).toEqual([`write ${RULE}`, 'sleep 5000', `write ${ROUTES}`, 'sleep 5000']);
  expect(specOf(made, RULE)).toEqual({
    host: 'web.shop.svc.cluster.local',
    subsets: [{ name: 'web-2', labels: { app: 'web', version: '2' } }],
  });
  made.journal.length = 0;
  expect((await made.run(ROLLBACK)).failure).toBeNull();
  expect(writesOf(made)).toEqual([`write ${ROUTES}`, 'sleep 5000', `write ${RULE}`]);
  expect(made.objects().map(({ kind }) => kind)).toEqual(['VirtualService']);
  expect(specOf(made, ROUTES)).toEqual(WEB.spec);
});

test.for(['clear', 'undo'])('goes with its last subset by %s, too', async (operation) => {
  const made = cluster();
  await made.run(HEADERS);
  expect((await made.run({ operation, 'label-selector': 'app=web' })).failure).toBeNull();
  expect(made.objects().map(({ kind }) => kind)).toEqual(['VirtualService']);
});

test('stays while another build has a subset in it', async () => {
  const made = cluster();
  await made.run(HEADERS);
  const other = { ...HEADERS, 'pod-selector': 'app=web,version=1', headers: 'x-cid=b' };
  expect((await made.run(other)).failure).toBeNull();
  await made.run(ROLLBACK);
  expect(specOf(made, RULE)).toMatchObject({ subsets: [{ name: 'web-1' }] });
  await made.run({ ...ROLLBACK, 'pod-selector': 'app=web,version=1' });
  expect(specOf(made, RULE)).toBeUndefined();
});

test('stays where somebody else made something of it', async () => {
  const made = cluster();
  await made.run(HEADERS);
  const [rule] = made
    .objects()
    .filter((object): object is DestinationRule => object.kind === 'DestinationRule');
  if (rule === undefined) throw new Error('It was created.');
  made.edit(rule, (current) => ({ ...current, metadata: { ...current.metadata, labels: { team: 'shop' } } }));
  const outcome = await made.run(ROLLBACK);
  expect(outcome.findings.map(({ code }) => code)).toContain('destinationrule-stays');
  expect(specOf(made, RULE)).toEqual({ host: 'web.shop.svc.cluster.local' });
});

test('is taken away again when the routes are refused', async () => {
  const made = cluster().on(`write ${ROUTES}`, fails(denied));
  const { failure } = await made.run(HEADERS);
  expect(failure?.message).toContain('everything is as it was');
  expect(made.objects().map(({ kind }) => kind)).toEqual(['VirtualService']);
  expect(specOf(made, ROUTES)).toEqual(WEB.spec);
});

test('is planned again where somebody else has created one meanwhile, which stays theirs', async () => {
  const made = cluster();
  const theirs: DestinationRule = {
    apiVersion,
    kind: 'DestinationRule',
    metadata,
    spec: { host: 'web', trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' } } },
  };
  made.on(`write ${RULE}`, () => {
    made.edit(theirs, (current) => current);
  });
  expect((await made.run(HEADERS)).failure).toBeNull();
  expect(specOf(made, RULE)).toMatchObject({
    trafficPolicy: { tls: { mode: 'ISTIO_MUTUAL' } },
    subsets: [{}],
  });
  await made.run(ROLLBACK);
  expect(specOf(made, RULE)).toEqual(theirs.spec);
});

test('nothing is left of a trial', async () => {
  const made = cluster();
  const outcome = await made.run({ ...HEADERS, 'dry-run': 'true' });
  expect([outcome.failure, outcome.changed]).toEqual([null, true]);
  expect(made.journal).toContain(`rehearse ${RULE}`);
  expect(made.objects().map(({ kind }) => kind)).toEqual(['VirtualService']);
});

test('whose end is reverted is missing: the routes are not sent to its subsets, not by force either', async () => {
  const made = cluster();
  await made.run(HEADERS);
  await made.run(ROLLBACK);
  const { failure } = await made.run({ ...UNDO, force: 'true' });
  expect(failure?.message).toContain('the routes would need its subsets');
  expect(specOf(made, ROUTES)).toEqual(WEB.spec);
});
