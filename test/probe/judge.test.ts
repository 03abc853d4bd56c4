import { describe, expect, test } from 'vitest';
import { parseProbeExpect } from '../../src/intent/probe.ts';
import type { ProbeAnswer } from '../../src/ports/ask.ts';
import { problemsOf, redirectOf, shownUrl } from '../../src/probe/judge.ts';

type Answered = Extract<ProbeAnswer, { kind: 'answer' }>;

const answer = (more: Partial<Answered> = {}): Answered => ({
  kind: 'answer',
  status: 200,
  headers: { 'x-build': '10' },
  body: '{"ok":true}\n',
  milliseconds: 1,
  ...more,
});

function judged(expected: string, given: Answered): readonly string[] {
  const parsed = parseProbeExpect(expected);
  if (!parsed.ok) throw new Error(parsed.problems.join());
  return problemsOf(given, parsed.value, (words) => words.replaceAll('s3cret', '***'));
}

describe('good', () => {
  test.for([
    ['', {}],
    ['', { status: 204 }],
    ['status=404', { status: 404 }],
    ['status^=4', { status: 418 }],
    ['status~=200|503', { status: 503 }],
    ['header x-build', {}],
    ['header x-build~=1\\d', {}],
    ['body~="ok": ?true', {}],
    ['body={"ok":true}', {}],
    ['body^={"ok"', {}],
    ['status=200\nheader x-build=10\nbody~=ok', {}],
  ] as const)('%j for %j', ([expected, more]) => {
    expect(judged(expected, answer(more))).toEqual([]);
  });
});

describe('bad, and why', () => {
  test.for([
    ['', { status: 500 }, 'the status is 500, which is no 2xx'],
    ['header x-build=10', { status: 302 }, 'the status is 302, which is no 2xx'],
    ['status=200', { status: 204 }, 'the status is 204, "status=200" is expected'],
    ['status~=20', {}, 'the status is 200, "status~=20" is expected'],
    ['header x-build=1', {}, 'the header x-build is "10", "header x-build=1" is expected'],
    ['header x-build~=1', {}, 'the header x-build is "10", "header x-build~=1" is expected'],
    ['header x-none', {}, 'there is no header x-none, "header x-none" is expected'],
    ['body~=^true', {}, 'the body is another: "body~=^true" is expected'],
    ['body={', {}, 'the body is another: "body={" is expected'],
    [
      'header x-echo=a',
      { headers: { 'x-echo': 's3cret' } },
      'the header x-echo is "***", "header x-echo=a" is expected',
    ],
  ] as const)('%j for %j', ([expected, more, problem]) => {
    expect(judged(expected, answer(more))).toEqual([problem]);
  });
});

describe('redirects', () => {
  const from = 'https://api.test/a/b';
  test.for([
    ['/c', { to: 'https://api.test/c' }],
    ['c?d', { to: 'https://api.test/a/c?d' }],
    ['https://api.test:443/', { to: 'https://api.test/' }],
    ['//login.test/?back=s3cret', { elsewhere: 'login.test' }],
    ['https://api.test:8443/', { elsewhere: 'api.test:8443' }],
    ['http://api.test/', { elsewhere: 'api.test' }],
    ['https://api.test.evil.test/', { elsewhere: 'api.test.evil.test' }],
    ['https://api.test@evil.test/', { elsewhere: 'evil.test' }],
    ['javascript:alert(1)', { elsewhere: '' }],
  ] as const)('to %s', ([location, expected]) => {
    expect(redirectOf(from, answer({ status: 302, headers: { location } }))).toEqual(expected);
  });

  test('from http to https of the same host', () => {
    const to = answer({ status: 301, headers: { location: 'https://api.test/' } });
    expect(redirectOf('http://api.test/', to)).toEqual({ to: 'https://api.test/' });
    expect(redirectOf('http://api.test:8080/', to)).toEqual({ elsewhere: 'api.test' });
    expect(redirectOf('http://other.test/', to)).toEqual({ elsewhere: 'api.test' });
  });

  test('no other status is a redirect', () => {
    expect(redirectOf(from, answer({ status: 201, headers: { location: '/c' } }))).toBeUndefined();
    expect(redirectOf(from, answer({ status: 302, headers: {} }))).toBeUndefined();
  });
});

test('what stands in a query is not shown', () => {
  expect(shownUrl('https://api.test/a?token=s3cret#x')).toBe('https://api.test/a?…');
});
