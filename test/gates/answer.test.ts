import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { metricsAnswer } from '../../src/gates/index.ts';

function ok(data: unknown, more: object = {}) {
  return metricsAnswer({ status: 200, text: JSON.stringify({ status: 'success', data, ...more }) });
}

function vector(...values: readonly unknown[]) {
  return ok({
    resultType: 'vector',
    result: values.map((value, index) => ({ metric: { pod: `p${index}` }, value: [1.5, value] })),
  });
}

describe('numbers', () => {
  test.for([
    ['12', 12],
    ['-0.5', -0.5],
    ['1.5e+06', 1_500_000],
    ['+Inf', Infinity],
    ['-Inf', -Infinity],
    ['NaN', Number.NaN],
  ] as const)('%s', ([text, value]) => {
    expect(vector(text)).toEqual({
      kind: 'samples',
      samples: [{ labels: { pod: 'p0' }, value }],
      warnings: [],
    });
  });

  test('a scalar is one sample', () => {
    expect(ok({ resultType: 'scalar', result: [1, '3'] })).toMatchObject({
      samples: [{ labels: {}, value: 3 }],
    });
  });

  test('no series is an answer, too', () => {
    expect(vector()).toEqual({ kind: 'samples', samples: [], warnings: [] });
  });

  test('warnings make numbers doubtful, hints do not', () => {
    const data = { resultType: 'vector', result: [] };
    expect(ok(data, { infos: ['metric might not be a counter'] })).toMatchObject({ warnings: [] });
    expect(ok(data, { warnings: ['store 10.0.0.1 is gone'] })).toMatchObject({
      warnings: ['store 10.0.0.1 is gone'],
    });
    expect(ok(data, { warnings: 'all' })).toMatchObject({ warnings: ['warnings that are no list'] });
  });
});

test.for([
  [{ resultType: 'vector', result: [{ metric: {}, value: [1, '1x'] }] }, 'no number'],
  [{ resultType: 'vector', result: [{ metric: {}, value: [1, 1] }] }, 'no number'],
  [{ resultType: 'vector', result: [{ metric: {}, value: [1, ''] }] }, 'no number'],
  [{ resultType: 'vector', result: [{ metric: {}, histogram: [1, {}] }] }, 'native histogram'],
  [{ resultType: 'vector', result: {} }, 'no list'],
  [{ resultType: 'matrix', result: [] }, 'leave out the [range]'],
  [{ resultType: 'string', result: [1, 'a'] }, 'a text'],
  [{ resultType: '__proto__' }, 'unknown'],
] as const)('%j is no answer', ([data, why]) => {
  expect(ok(data)).toMatchObject({
    kind: 'none',
    reason: 'rejected',
    why: expect.stringContaining(why) as unknown,
  });
});

test.for([
  [
    400,
    { status: 'error', errorType: 'bad_data', error: 'parse error' },
    'rejected',
    'status 400: parse error',
  ],
  [
    422,
    { status: 'error', errorType: 'execution', error: 'too many samples' },
    'rejected',
    'too many samples',
  ],
  [503, { status: 'error', errorType: 'timeout', error: 'query timed out' }, 'timeout', 'query timed out'],
  [503, 'Service Unavailable', 'unreachable', 'Service Unavailable'],
  [500, '<html>secret page</html>', 'unreachable', 'status 500'],
  [404, '404 page not found', 'not-found', 'base path'],
  [401, '', 'unauthorized', 'metrics-headers'],
  [403, '<html></html>', 'forbidden', 'status 403'],
  [304, '', 'unreachable', 'status 304'],
  [200, '<html>Log in</html>', 'not-found', 'no Prometheus'],
  [200, { status: 'error', error: 'odd' }, 'rejected', 'odd'],
  [200, '{"status":"success","data":', 'not-found', 'no Prometheus'],
] as const)('status %i: %j', ([status, body, reason, why]) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  expect(metricsAnswer({ status, text })).toMatchObject({
    kind: 'none',
    reason,
    why: expect.stringContaining(why) as unknown,
  });
  expect(JSON.stringify(metricsAnswer({ status, text }))).not.toContain('<html>');
});

test('a redirect is named, whatever its body says', () => {
  const redirect = 'https://login.example/sign-in';
  expect(metricsAnswer({ status: 302, text: '{"status":"error","error":"x"}', redirect })).toEqual({
    kind: 'none',
    reason: 'unreachable',
    why: `it redirects to ${redirect} (status 302), where the question is not asked: give the address that answers itself`,
  });
});

test('too much of it is no answer', () => {
  expect(metricsAnswer({ status: 200, text: '', tooMuch: 'more than 16 MiB' })).toMatchObject({
    reason: 'rejected',
    why: expect.stringContaining('sum the series up') as unknown,
  });
  const result = Array.from({ length: 100_001 }, () => ({ metric: {}, value: [1, '1'] }));
  expect(ok({ resultType: 'vector', result })).toMatchObject({ reason: 'rejected' });
});

test('whatever comes back has an answer', () => {
  const odd = fc.oneof(
    fc.string(),
    fc.json(),
    fc.jsonValue().map((data) => JSON.stringify({ status: 'success', data })),
    fc
      .jsonValue()
      .map((result) => JSON.stringify({ status: 'success', data: { resultType: 'vector', result } })),
    fc
      .jsonValue()
      .map((one) => JSON.stringify({ status: 'success', data: { resultType: 'vector', result: [one] } })),
  );
  fc.assert(
    fc.property(odd, fc.constantFrom(200, 204, 301, 400, 403, 418, 500, 503), (text, status) => {
      const answer = metricsAnswer({ status, text });
      if (answer.kind === 'none') expect(answer.why).not.toBe('');
      else expect(answer.samples.every(({ value }) => typeof value === 'number')).toBe(true);
    }),
  );
});
