import { describe, expect, test } from 'vitest';
import { TrafficError } from '../../src/base/errors.ts';
import { API, DR, podOf, ROLLBACK, RULE, VS, WEIGHT } from '../support/api-service.ts';
import { clusterOf, type Cluster } from '../support/memory-store.ts';

const pods = ['1', '2'].map((build) => podOf(build));

/** A run that is cancelled when it comes to this entry of the journal. */
async function cancelledAt(
  entry: string,
  words: Readonly<Record<string, string>>,
  ...earlier: readonly Readonly<Record<string, string>>[]
): Promise<{
  readonly made: Cluster;
  readonly said: string;
  readonly changed: boolean;
  readonly same: boolean;
}> {
  const controller = new AbortController();
  const made = Object.assign(clusterOf([API, RULE], { signal: controller.signal }), { pods });
  for (const step of earlier) expect((await made.run(step)).failure).toBeNull();
  made.journal.length = 0;
  const before = made.state();
  made.on(entry, () => {
    controller.abort(new TrafficError('cancelled', 'The run was cancelled (SIGINT).'));
    controller.abort(new TrafficError('cancelled', 'A second signal.'));
  });
  const { failure, changed } = await made.run(words);
  const said = `${failure?.reason ?? 'done'}: ${failure?.message ?? ''}`;
  return { made, said, changed, same: JSON.stringify(made.state()) === JSON.stringify(before) };
}

const UNDONE =
  'cancelled: The run was cancelled (SIGINT). What had been written before was undone: everything is as it was.';

describe('before the first write, it stops at once', () => {
  test.for([
    ['read', ['read']],
    [`rehearse ${DR}`, ['read', `rehearse ${DR}`, `rehearse ${VS}`]],
  ] as const)('at %s', async ([entry, journal]) => {
    const { made, said, changed, same } = await cancelledAt(entry, WEIGHT);
    expect(said).toMatch(/^cancelled: The run was cancelled \(SIGINT\)\./);
    expect(made.journal).toEqual(journal);
    expect({ changed, same }).toEqual({ changed: false, same: true });
  });

  test('waiting for a pod', async () => {
    const controller = new AbortController();
    const made = clusterOf([API, RULE], { signal: controller.signal });
    made.on('sleep 2000', () => {
      controller.abort();
    });
    const { failure } = await made.run({ ...WEIGHT, 'wait-for-pods': '1m' });
    expect(failure).toEqual({ reason: 'cancelled', message: 'The run was cancelled.' });
    expect(made.journal).toEqual(['read', 'sleep 2000']);
  });
});

describe('what is written is undone, the routes first', () => {
  test('during the write of the subsets, which is finished', async () => {
    const { made, said, same } = await cancelledAt(`write ${DR}`, WEIGHT);
    expect(said).toBe(UNDONE);
    expect(made.journal.slice(3)).toEqual([`write ${DR}`, 'read routes', `write ${DR}`]);
    expect(same).toBe(true);
  });

  test('in the first wait, which is cut short', async () => {
    const { made, said, same } = await cancelledAt('sleep 5000', WEIGHT);
    expect(said).toBe(UNDONE);
    expect(made.journal.slice(3)).toEqual([`write ${DR}`, 'sleep 5000', 'read routes', `write ${DR}`]);
    expect(made.clock.now().getTime()).toBe(0);
    expect(same).toBe(true);
  });

  test('during the write of the routes: Envoy leaves the subset before it goes', async () => {
    const { made, said, changed, same } = await cancelledAt(`write ${VS}`, WEIGHT);
    expect(said).toBe(UNDONE);
    expect(made.journal.slice(5)).toEqual([
      `write ${VS}`,
      `write ${VS}`,
      'sleep 5000',
      'read routes',
      `write ${DR}`,
    ]);
    expect({ changed, same }).toEqual({ changed: false, same: true });
  });

  test('in the wait after the routes of a rollback: the subset is still there to go back to', async () => {
    const { made, said, same } = await cancelledAt('sleep 5000', ROLLBACK, WEIGHT);
    expect(said).toBe(UNDONE);
    expect(made.journal).toEqual([
      'read',
      `rehearse ${VS}`,
      `rehearse ${DR}`,
      `write ${VS}`,
      'sleep 5000',
      `write ${VS}`,
    ]);
    expect(same).toBe(true);
  });
});

describe('once only unused subsets are being removed, it finishes', () => {
  test.for(['read routes', `write ${DR}`])('at %s', async (entry) => {
    const { made, said } = await cancelledAt(entry, ROLLBACK, WEIGHT);
    expect(said).toBe('done: ');
    expect(made.state()[DR]).toEqual({ spec: RULE.spec, annotations: {} });
  });
});

test('a wait that would not fit into the time that is left: the subsets stay, the message says so', async () => {
  const { made, said, changed } = await cancelledAt(`write ${VS}`, { ...WEIGHT, 'propagation-wait': '30s' });
  expect(said).toBe(
    `cancelled: The run was cancelled (SIGINT). The routes are as they were; the subsets that were added stay in ${DR}: ` +
      'a cancelled run has no time to wait 30 s (`propagation-wait`) until Envoy has left them. Nothing uses them; `rollback` removes them.',
  );
  expect(made.journal.slice(5)).toEqual([`write ${VS}`, `write ${VS}`]);
  expect(made.state()[VS]).toEqual({ spec: API.spec, annotations: {} });
  expect(changed).toBe(true);
});

test('cancelled while a failure is being undone: the wait goes on as long as it fits', async () => {
  const controller = new AbortController();
  const made = Object.assign(clusterOf([API, RULE], { signal: controller.signal }), { pods });
  made.mutate = (object) =>
    object.kind === 'VirtualService' && made.journal.filter((entry) => entry === `write ${VS}`).length === 1
      ? { ...object, spec: { ...object.spec, gateways: ['webhook'] } }
      : object;
  made.on(
    'sleep 5000',
    () => undefined,
    () => {
      controller.abort();
    },
  );
  const { failure } = await made.run(WEIGHT);
  expect(failure?.reason).toBe('rejected');
  expect(failure?.message).toContain('everything is as it was');
  expect(made.journal.slice(-4)).toEqual(['sleep 5000', 'sleep 5000', 'read routes', `write ${DR}`]);
});
