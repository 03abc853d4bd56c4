/** The log of docs/canary.md is one that a canary writes. */
import { expect, test } from 'vitest';
import { CANARY, canaryCluster } from '../support/canary.ts';
import { blocksOf, readPage } from '../support/pages.ts';

test('every line of the log is one of a canary that fails under load', async () => {
  const [block] = blocksOf(readPage('docs/canary.md')).filter(({ language }) => language === 'text');
  const lines = (block?.text ?? '').split('\n').filter((line) => line !== '' && line !== '…');
  const cluster = canaryCluster({ rate: 60, failures: (share) => (share > 0.2 ? 0.05 : 0.005) });
  await cluster.run({ ...CANARY, steps: '10%:5m, 50%:10m, 100%:10m', interval: '15s' });
  const log = cluster.log.map((line) => line.replace(': shifting the requests', ''));
  expect(lines.length).toBeGreaterThan(5);
  expect(lines.filter((line) => !log.includes(line))).toEqual([]);
});
