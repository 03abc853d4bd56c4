import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HttpRequest } from '../../src/istio/requests/request.ts';
import { curlOf } from '../../src/report/curl.ts';
import { shellWord } from '../../src/base/shell-word.ts';
import { commandLine } from '../../src/base/shell.ts';
import { nasty } from '../support/arbitrary-outcome.ts';

/** What a real shell makes of a line: the arguments of its command. */
function argumentsOf(line: string): readonly string[] {
  const script = `show() { printf '%s\\0' "$@"; }; show ${line}`;
  return execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
}

describe('shellWord', () => {
  it.each([
    ['app=api,build=10', 'app=api,build=10'],
    ['app in (a, b)', "'app in (a, b)'"],
    ["it's", String.raw`'it'\''s'`],
    ['$(rm -rf /)', "'$(rm -rf /)'"],
    ['~', "'~'"],
    ['', "''"],
  ])('%j is %s', (word, text) => {
    expect(shellWord(word)).toBe(text);
  });
});

describe('commandLine', () => {
  it('is the very words to a shell, or no line at all', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(nasty, fc.string()), { minLength: 1, maxLength: 5 }), (words) => {
        const line = commandLine(words);
        if (line !== null) expect(argumentsOf(line)).toEqual(words);
      }),
      { numRuns: 100 },
    );
  });

  it.each(['a\nb', 'a\u001b[2J', 'a\u202eb', 'a\u200bb'])(
    'is none where a word hides something: %j',
    (word) => {
      expect(commandLine(['echo', word])).toBeNull();
    },
  );
});

describe('curlOf', () => {
  const request: HttpRequest = {
    method: 'GET',
    scheme: 'http',
    authority: 'api.example.com',
    path: '/v2?q=1',
    headers: { 'x-cid': "seu_madruga's" },
    gateway: 'shop/public',
    sourceLabels: {},
  };

  it('sends the request as it is', () => {
    const line = curlOf(request, 'https', 8443) ?? expect.fail();
    expect(argumentsOf(line)).toEqual([
      'curl',
      '--header',
      "x-cid: seu_madruga's",
      'https://api.example.com:8443/v2?q=1',
    ]);
  });

  it.each<[Partial<HttpRequest>, readonly string[]]>([
    [{ method: 'POST' }, ['--request', 'POST']],
    [{ method: 'HEAD' }, ['--head']],
    [{ path: '/a[1-9]{b}' }, ['--globoff']],
    [{ path: '/a/../b' }, ['--path-as-is']],
    [{ headers: { 'x-empty': '' } }, ['--header', 'x-empty;']],
  ])('%j needs %j', (change, flags) => {
    const words = argumentsOf(curlOf({ ...request, ...change }, 'http') ?? expect.fail());
    expect(words).toEqual(expect.arrayContaining([...flags]));
  });

  it('names no scheme that nobody knows', () => {
    expect(curlOf(request, null)).toMatch(/ 'api\.example\.com\/v2\?q=1'$/);
  });

  it.each<Partial<HttpRequest>>([
    { authority: '*.example.com' },
    { authority: 'a@b' },
    { authority: '-o' },
    { path: '/ä' },
    { headers: { ':path': '/' } },
    { headers: { '@/etc/passwd': '1' } },
    { headers: { x: ' a' } },
    { headers: { x: 'a\r\nb' } },
  ])('is none for %j', (change) => {
    expect(curlOf({ ...request, ...change }, 'http')).toBeNull();
  });
});
