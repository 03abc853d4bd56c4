import { describe, expect, test } from 'vitest';
import { toTrafficError, TrafficError } from '../../src/base/errors.ts';
import { parseProbeExpect, type Probe } from '../../src/intent/probe.ts';
import { abortable } from '../../src/run/interrupt.ts';
import type { ProbeAnswer, ProbeRequest } from '../../src/ports/ask.ts';
import { probeUntilGood } from '../../src/probe/until-good.ts';
import { clusterOf } from '../support/memory-store.ts';

const OK: ProbeAnswer = { kind: 'answer', status: 200, headers: {}, body: 'ok', milliseconds: 12 };
const SLOW: ProbeAnswer = { ...OK, milliseconds: 40 };
const BAD: ProbeAnswer = { ...OK, status: 500, body: 'upstream\n connect  error' };
const NONE: ProbeAnswer = { kind: 'none', why: 'the connection was refused', milliseconds: 3 };
const HANGS = 'hangs';

/** What came of a probe that gets these answers, the last of them again and again. */
async function asked(
  answers: readonly (ProbeAnswer | typeof HANGS)[],
  more: Partial<Probe> = {},
  { cancelAt }: { readonly cancelAt?: number } = {},
): Promise<{ readonly said: string; readonly requests: readonly ProbeRequest[]; readonly took: number }> {
  const controller = new AbortController();
  const { store, clock, log } = {
    ...clusterOf([]),
    log: { info: () => undefined, group: <T>(_: string, body: () => Promise<T>) => body() },
  };
  const requests: ProbeRequest[] = [];
  const probe: Probe = {
    url: 'https://api.test/health?key=q',
    headers: {},
    secretHeaders: [],
    expect: [],
    count: 3,
    timeout: 30_000,
    ...more,
  };
  const ask = async (one: ProbeRequest): Promise<ProbeAnswer> => {
    requests.push(one);
    if (requests.length === cancelAt) controller.abort(new TrafficError('cancelled', 'Stop.'));
    const answer = answers[requests.length - 1] ?? answers.at(-1) ?? NONE;
    if (answer !== HANGS) return answer;
    await clock.sleep(one.timeout);
    return { kind: 'none', why: `none within ${one.timeout / 1000} s`, milliseconds: one.timeout };
  };
  const forwards = abortable({ store, clock }, controller.signal);
  const said = await probeUntilGood(probe, {
    ask,
    clock: forwards.clock,
    log,
    signal: controller.signal,
  }).then(
    ({ message }) => message,
    (thrown: unknown) => `${toTrafficError(thrown).reason}: ${toTrafficError(thrown).message}`,
  );
  return { said, requests, took: clock.now().getTime() };
}

test('enough good answers in a row', async () => {
  const { said, requests } = await asked([OK, SLOW, OK]);
  expect(said).toBe('The probe GET https://api.test/health?… gave 3 good answers in a row, in 12 to 40 ms.');
  expect(requests).toHaveLength(3);
});

describe('a bad answer ends it at once', () => {
  test('the first', async () => {
    const { said, requests } = await asked([BAD, OK]);
    expect(said).toBe(
      'check-failed: The probe GET https://api.test/health?… got a bad answer: the status is 500, which is no 2xx. The answer begins: upstream connect error',
    );
    expect(requests).toHaveLength(1);
  });

  test('after good ones: a build that answers only sometimes', async () => {
    const { said } = await asked([OK, OK, BAD]);
    expect(said).toMatch(/^check-failed: .* got a bad answer after 2 good ones: the status is 500/);
  });

  test('so does none after a good one', async () => {
    const { said } = await asked([OK, NONE, OK]);
    expect(said).toBe(
      'check-failed: The probe GET https://api.test/health?… got a bad answer after 1 good one: no answer: the connection was refused.',
    );
  });
});

describe('no answer', () => {
  test('is requested again until there is a good answer', async () => {
    const { said, requests, took } = await asked([NONE, NONE, OK]);
    expect(said).toContain('gave 3 good answers in a row');
    expect(requests).toHaveLength(5);
    expect(took).toBe(2 * 1_000 + 2 * 250);
  });

  test('ever: the time runs out', async () => {
    const { said, took } = await asked([NONE]);
    expect(said).toBe(
      'timeout: The probe GET https://api.test/health?… gave 0 of 3 good answers within 30 s (`probe-timeout`). The last time: no answer: the connection was refused.',
    );
    expect(took).toBe(30_000);
  });

  test('a build that hangs: ten seconds each, and never longer than is left', async () => {
    const { said, requests, took } = await asked([HANGS]);
    expect(said).toMatch(/^timeout: /);
    expect(requests.map(({ timeout }) => timeout)).toEqual([10_000, 10_000, 8_000]);
    expect(took).toBe(30_000);
  });

  test('a good one, then it hangs beyond the end: the time is over', async () => {
    const { said } = await asked([OK, HANGS], { timeout: 5_000 });
    expect(said).toMatch(/^timeout: .* gave 1 of 3 good answers within 5 s/);
  });
});

describe('redirects', () => {
  const to = (location: string): ProbeAnswer => ({ ...OK, status: 302, headers: { location } });

  test('within the host they are followed, with the headers', async () => {
    const { said, requests } = await asked([to('/en/'), OK], { count: 1, headers: { 'x-cid': 'me' } });
    expect(said).toContain('gave 1 good answer in a row');
    expect(requests.map(({ url, headers }) => [url, headers])).toEqual([
      ['https://api.test/health?key=q', { 'x-cid': 'me' }],
      ['https://api.test/en/', { 'x-cid': 'me' }],
    ]);
  });

  test('to another host they are bad, and nothing is requested there', async () => {
    const { said, requests } = await asked([to('https://login.test/?token=s3cret')]);
    expect(said).toBe(
      "check-failed: The probe GET https://api.test/health?… got a bad answer: the status is 302, which is no 2xx; it redirects to another host (login.test), where the probe doesn't follow. The answer begins: ok",
    );
    expect(requests).toHaveLength(1);
  });

  test('one that is expected is a good answer', async () => {
    const parsed = parseProbeExpect('status=302');
    const { said, requests } = await asked([to('/login')], {
      expect: parsed.ok ? parsed.value : [],
      count: 2,
    });
    expect(said).toContain('gave 2 good answers');
    expect(new Set(requests.map(({ url }) => url)).size).toBe(1);
  });

  test('in a circle: it ends', async () => {
    const { said, requests } = await asked([to('/a')]);
    expect(said).toContain('it redirected 5 times before');
    expect(requests).toHaveLength(6);
  });
});

test('secret headers that the address sends back are not shown, whole or cut', async () => {
  const secret = 's3cret-'.repeat(40);
  const { said } = await asked(
    [{ ...BAD, headers: { 'x-echo': secret }, body: `${'x'.repeat(150)} ${secret}` }],
    {
      headers: { authorization: `Bearer ${secret}` },
      secretHeaders: ['authorization'],
      expect: [{ on: 'header', name: 'x-echo', match: { exact: 'a' }, text: 'header x-echo=a' }],
    },
  );
  expect(said).toContain('***');
  expect(said).not.toContain('s3cret');
});

test.for([1, 2])('cancelled at request %i: it stops', async (cancelAt) => {
  const { said, requests } = await asked([OK], {}, { cancelAt });
  expect(said).toBe('cancelled: Stop.');
  expect(requests).toHaveLength(cancelAt);
});
