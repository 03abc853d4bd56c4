import { expect, test } from 'vitest';
import { TrafficError } from '../../../src/base/errors.ts';
import { answers, kubeconfig, startServer, type Step } from '../../support/api-server/server.ts';
import { errorOf, everything, openStore, weightWrite } from '../../support/kubernetes-store.ts';

test.each<[string, Step]>([
  ['500', answers.status(500, 'etcdserver: request timed out')],
  ['a broken connection', { drop: 'before' }],
  ['no answer in time', { hang: 'before' }],
])('%s: the list is requested again', async (_, step) => {
  await using server = await startServer({ objects: everything });
  server.on('LIST pods', step);
  const { store, pauses, retries } = await openStore(server);
  expect((await store.read()).pods).toMatchObject({ state: 'known' });
  expect(pauses).toEqual([250]);
  expect(retries).toHaveLength(1);
  expect(retries[0]).toMatch(/Trying again in 0\.3 s\.$/);
  expect(server.requests).toHaveLength(6);
});

test('pauses grow, are jittered, and end with the patience', async () => {
  await using server = await startServer();
  server.always(
    'LIST virtualservices',
    answers.status(503, 'the server is currently unable to handle the request'),
  );
  const { store, pauses } = await openStore(server, { time: { random: () => 0 } });
  const { reason, message } = await errorOf(store.read());
  expect(pauses).toEqual([125, 250, 500, 1000, 2000, 4000, 4000, 4000, 4000, 4000, 4000]);
  expect(reason).toBe('unreachable');
  expect(message).toContain(
    'failed to list virtualservices in namespace "default" (503): the server is currently',
  );

  const full = await openStore(server);
  await errorOf(full.store.read());
  expect(full.pauses).toEqual([250, 500, 1000, 2000, 4000, 8000, 8000]);
});

test('429 waits as long as it says', async () => {
  await using server = await startServer({ objects: everything });
  server.on('LIST virtualservices', answers.busy(7), answers.busy(2));
  const { store, pauses } = await openStore(server);
  await store.read();
  expect(pauses).toEqual([7000, 2000]);
});

test('a Retry-After beyond all patience is not waited for', async () => {
  await using server = await startServer({ objects: everything });
  server.always('LIST virtualservices', answers.busy(3600));
  const { store, pauses } = await openStore(server);
  expect((await errorOf(store.read())).reason).toBe('unreachable');
  expect(pauses).toEqual([]);
});

test('a server that never answers ends in a timeout that says how long', async () => {
  await using server = await startServer();
  server.always('LIST pods', { hang: 'before' });
  const { store } = await openStore(server, { patience: { read: { perTry: 100, total: 1000 } } });
  const { reason, message } = await errorOf(store.read());
  expect(reason).toBe('timeout');
  expect(message).toMatch(
    /did not answer within 0\.1 s when asked to list pods in namespace "default"\. Tried 3 times in 1 s\.$/,
  );
});

test('nothing listens at the address: unreachable, after a shorter while', async () => {
  const server = await startServer();
  await server.close();
  const { store, pauses } = await openStore(server);
  const { reason, message } = await errorOf(store.read());
  expect(reason).toBe('unreachable');
  expect(message).toContain(
    `The API server ${server.url} can't be reached: nothing listens there (connection refused)`,
  );
  // Five lists share the clock here, so their pauses add up on it.
  expect(pauses.reduce((sum, pause) => sum + pause, 0)).toBeLessThan(10_000);
});

test('a name that DNS lacks', async () => {
  await using server = await startServer();
  const config = kubeconfig({ url: 'https://no-such-host.invalid:6443' });
  const { store } = await openStore(server, { kubeconfig: config, patience: { read: { unreached: 0 } } });
  const { reason, message } = await errorOf(store.read());
  expect(reason).toBe('unreachable');
  expect(message).toMatch(
    /https:\/\/no-such-host\.invalid:6443 can't be reached: (its name is unknown|DNS gave no answer)/,
  );
});

test('the first refusal ends the other lists', async () => {
  await using server = await startServer({ users: { other: 'x' } });
  server.on('LIST virtualservices', answers.unauthorized).always('LIST *', { hang: 'before' });
  // No try ends by itself.
  const { store } = await openStore(server, { time: { limit: () => new AbortController().signal } });
  expect((await errorOf(store.read())).reason).toBe('unauthorized');
});

test('a cancelled run ends reading, with the words of who cancelled it', async () => {
  await using server = await startServer();
  server.always('* *', { hang: 'before' });
  const cancel = new AbortController();
  const { store } = await openStore(server, {
    signal: cancel.signal,
    // No try ends by itself.
    time: { limit: () => new AbortController().signal },
  });
  server.onHang(() => {
    cancel.abort(new TrafficError('timeout', 'The job was cancelled.'));
  });
  const reading = errorOf(store.read());
  expect(await reading).toEqual({ reason: 'timeout', message: 'The job was cancelled.' });
});

test('what begins after the cancelling, the undoing, is carried out', async () => {
  await using server = await startServer({ objects: everything });
  const cancel = new AbortController();
  const { store } = await openStore(server, { signal: cancel.signal });
  const write = await weightWrite(store, 20);
  cancel.abort();
  await store.write(write);
  const { virtualServices } = await store.read();
  expect(virtualServices[0]?.spec).toEqual(write.after.spec);
});

test('the real clock pauses for real, and ends with the signal', async () => {
  await using server = await startServer();
  server.always('* *', answers.busy(20));
  const cancel = new AbortController();
  const { store } = await openStore(server, {
    signal: cancel.signal,
    time: undefined,
    // In the pause, which begins as soon as it is told.
    onRetry: () => {
      setImmediate(() => {
        cancel.abort();
      });
    },
  });
  expect(await errorOf(store.read())).toEqual({
    reason: 'cancelled',
    message: 'The run was cancelled.',
  });
});

test('the time that is left is a fraction of a millisecond, as real clocks have it', async () => {
  await using server = await startServer({ objects: everything });
  let now = 0;
  const { store } = await openStore(server, {
    time: { now: () => (now += 700.3) },
    patience: { read: { perTry: 5_000, total: 2_400 } },
  });
  expect((await store.read()).virtualServices).toHaveLength(1);
});
