/** The messages of docs/troubleshooting.md that no golden case and no snapshot holds: they need a clock or a signal. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TrafficError, toTrafficError } from '../../src/base/errors.ts';
import type { DestinationRule, VirtualService } from '../../src/istio/types.ts';
import type { Outcome } from '../../src/report/types.ts';
import { podOf } from '../support/api-service.ts';
import { clusterOf, fails, type Cluster } from '../support/memory-store.ts';
import { ROOT } from '../support/examples.ts';
import { blocksOf, readPage } from '../support/pages.ts';

const apiVersion = 'networking.istio.io/v1';
const metadata = { name: 'api-domain', namespace: 'shop', labels: { app: 'api-domain' } };
const VIRTUAL_SERVICE: VirtualService = {
  apiVersion,
  kind: 'VirtualService',
  metadata,
  spec: { hosts: ['api'], http: [{ route: [{ destination: { host: 'api', subset: 'stable' } }] }] },
};
const DESTINATION_RULE: DestinationRule = {
  apiVersion,
  kind: 'DestinationRule',
  metadata,
  spec: { host: 'api', subsets: [{ name: 'stable', labels: { app: 'api', build: '9' } }] },
};
const WEIGHT = {
  operation: 'weight',
  'label-selector': 'app=api-domain',
  'pod-selector': 'app=api,build=10',
  weight: '20',
};

const [conflict, cancelled, internal] = blocksOf(readPage('docs/troubleshooting.md'))
  .filter(({ language, isGenerated }) => language === 'text' && !isGenerated)
  .map(({ text }) => text);

function cluster(signal?: AbortSignal): Cluster {
  const made = clusterOf([VIRTUAL_SERVICE, DESTINATION_RULE], signal === undefined ? {} : { signal });
  return Object.assign(made, { pods: ['9', '10'].map((build) => podOf(build)) });
}

const textOf = ({ failure }: Outcome): string => `${failure?.reason ?? 'none'}: ${failure?.message ?? ''}`;

test('conflict: somebody writes for a minute', async () => {
  // What the API server says of it, as a process test has it.
  const snapshot = join(ROOT, 'test', 'process', 'snapshots', 'action-409-three-times.txt');
  const [, said = ''] =
    /^(.*"api-domain": .*) Trying again on what is there now\.$/m.exec(readFileSync(snapshot, 'utf8')) ?? [];
  const made = cluster().always(
    'write VirtualService shop/api-domain',
    fails(new TrafficError('conflict', said.replace('default/', 'shop/'))),
  );
  expect(textOf(await made.run({ ...WEIGHT, 'propagation-wait': '0s' }))).toBe(conflict);
});

test('cancelled: between the two phases', async () => {
  const controller = new AbortController();
  const made = cluster(controller.signal).on('sleep 5000', () => {
    controller.abort(new TrafficError('cancelled', 'The run was cancelled (SIGINT).'));
  });
  expect(textOf(await made.run(WEIGHT))).toBe(cancelled);
});

test('internal: whatever nobody foresaw', () => {
  const { reason, message } = toTrafficError(
    new TypeError("Cannot read properties of undefined (reading 'spec')"),
  );
  expect(`${reason}: ${message}`).toBe(internal);
});
