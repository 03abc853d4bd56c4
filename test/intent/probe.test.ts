import { describe, expect, test } from 'vitest';
import { TrafficError } from '../../src/base/errors.ts';
import { parseWords } from '../../src/operations/parse-words.ts';
import { parseProbeExpect, parseProbeHeaders, parseProbeUrl, type Probe } from '../../src/intent/probe.ts';

const BUILD = { 'label-selector': 'app=api', 'pod-selector': 'app=api,build=2' };
const URL_ = { 'probe-url': 'https://api.test/health' };

function probeOf(words: Readonly<Record<string, string>>): Probe | undefined {
  return parseWords({ operation: 'headers', ...BUILD, ...URL_, ...words }).request.probe;
}

function faultOf(words: Readonly<Record<string, string>>): string {
  try {
    parseWords({ operation: 'headers', ...BUILD, ...words });
  } catch (thrown) {
    if (thrown instanceof TrafficError) return thrown.message;
  }
  return 'no fault';
}

describe('what is expected', () => {
  test.for([
    ['status=200', { on: 'status', match: { exact: '200' } }],
    ['status^=2', { on: 'status', match: { prefix: '2' } }],
    ['status ~= 200|204', { on: 'status', match: { regex: '200|204' } }],
    ['header X-Build=10', { on: 'header', name: 'x-build', match: { exact: '10' } }],
    ['header x-build', { on: 'header', name: 'x-build', match: {} }],
    ['header x-eq=a=b', { on: 'header', name: 'x-eq', match: { exact: 'a=b' } }],
    ['body~=a,b', { on: 'body', match: { regex: 'a,b' } }],
    ['body^={', { on: 'body', match: { prefix: '{' } }],
  ] as const)('%s', ([text, expected]) => {
    expect(parseProbeExpect(text)).toEqual({ ok: true, value: [{ ...expected, text }] });
  });

  test.for([
    ['status', 'status needs a value'],
    ['status=', 'has no value'],
    ['status=2', 'it has three digits'],
    ['status=ok', 'is no status'],
    ['status^=9', 'is no status'],
    ['header =1', 'begins with none of'],
    ['header x y=1', 'begins with none of'],
    ['header (x)=1', "can't be the name of a header"],
    ['body~=(', 'the regex is not RE2'],
    ['body', 'body needs a value'],
    ['latency=5', 'begins with none of'],
  ])('%s is refused', ([text = '', problem]) => {
    const parsed = parseProbeExpect(`status=200\n${text}`);
    expect(parsed).toMatchObject({ ok: false, problems: [expect.stringMatching(/^line 2: /)] });
    expect(JSON.stringify(parsed)).toContain(problem);
  });
});

describe('the address', () => {
  test.for([
    ['/health', 'it is no URL'],
    ['ftp://api.test/', 'neither https nor http'],
    ['https://ada:s3cret@api.test/', 'user or password'],
  ])('%s is refused', ([text = '', problem]) => {
    expect(JSON.stringify(parseProbeUrl(text))).toContain(problem);
  });
});

describe('headers', () => {
  test('both ways to write them, the first sign splits', () => {
    expect(parseProbeHeaders('Authorization: Bearer a=b\nx-team=qa:1')).toEqual({
      ok: true,
      value: { authorization: 'Bearer a=b', 'x-team': 'qa:1' },
    });
  });

  test.for([
    's3cret-value',
    'bad name: s3cret-value',
    'x: \u0001s3cret-value',
    'te: s3cret-value',
    'x: a\nx: s3cret-value',
  ])('a fault in %j is said without the value', (text) => {
    const said = faultOf({ headers: 'x-cid=me', ...URL_, 'probe-headers': text });
    expect(said).toContain('probe-headers: (not shown)');
    expect(said).not.toContain('s3cret-value');
  });
});

describe("the preview's own headers are sent along", () => {
  test.for([
    [{ headers: 'x-cid=me,x-env^=pr-,x-any' }, { 'x-cid': 'me', 'x-env': 'pr-', 'x-any': '1' }],
    [{ headers: 'x-cid=a\nx-cid=b' }, { 'x-cid': 'a' }],
    [{ headers: 'x-cid~=a.*\nx-team=qa' }, { 'x-team': 'qa' }],
    [{ cookies: 'canary=always' }, { cookie: 'canary=always' }],
    [{ cookies: 'canary~=al.*\nbeta^=y' }, { cookie: 'beta=y' }],
    [
      { cookies: 'canary', headers: 'x-cid=me' },
      { cookie: 'canary=1', 'x-cid': 'me' },
    ],
    [{ headers: 'x-cid~=a.*', 'probe-headers': 'X-Cid: abc' }, { 'x-cid': 'abc' }],
    [
      { cookies: 'canary~=al.*', 'probe-headers': 'cookie: a=b; canary=always' },
      { cookie: 'a=b; canary=always' },
    ],
  ] as const)('%j', ([words, headers]) => {
    expect(probeOf(words)?.headers).toEqual(headers);
  });

  test.for([
    [{ headers: 'x-cid~=a.*' }, 'a value of "x-cid" that meets its regex is needed'],
    [{ cookies: 'canary~=al.*' }, 'a value of "cookie" that meets its regex is needed'],
    [{ headers: 'x-cid=me', 'probe-headers': 'x-cid: other' }, 'its "x-cid" is not what the preview matches'],
    [{ headers: 'x-cid~=a.*', 'probe-headers': 'x-cid: b' }, 'its "x-cid" is not what the preview matches'],
  ] as const)('%j is refused', ([words, problem]) => {
    expect(faultOf({ ...URL_, ...words })).toContain(problem);
  });

  test('host is no secret', () => {
    const probe = probeOf({ headers: 'x-cid=me', 'probe-headers': 'host: api.test\nx-key: s3cret' });
    expect(probe?.secretHeaders).toEqual(['x-key']);
  });
});

describe('the address that is requested', () => {
  const WEIGHT = { operation: 'weight', weight: '20', ...BUILD };

  test('its defaults', () => {
    expect(parseWords({ ...WEIGHT, ...URL_ }).request.probe).toMatchObject({
      count: 3,
      timeout: 30_000,
      headers: {},
      expect: [],
    });
  });

  test.for([
    [{ 'probe-expect': 'status=200' }, "`probe-expect` can't do without it"],
    [
      { 'probe-count': '5', 'probe-headers': 'x: y' },
      "`probe-headers` and `probe-count` can't do without it",
    ],
    [{ ...URL_, 'probe-count': '0' }, 'from 1 to 1000'],
    [{ ...URL_, 'probe-timeout': '0s' }, 'there is no time to ask in'],
  ] as const)('%j is refused', ([words, problem]) => {
    expect(faultOf({ ...WEIGHT, ...words })).toContain(problem);
  });

  test('the defaults of action.yml without an address are no fault', () => {
    expect(faultOf({ ...WEIGHT, 'probe-count': '3', 'probe-timeout': '30s' })).toBe('no fault');
  });

  test.for([
    [
      { 'dry-run': 'true' },
      '`probe-url` is not used with `dry-run: true`: nothing changes that it could tell of.',
    ],
    [
      { manifests: '.' },
      '`probe-url` is not used with `manifests`: no mesh has the change yet that it could tell of.',
    ],
    [{ operation: 'rollback' }, '`probe-url` is not used by the operation rollback.'],
  ] as const)('with %j it is not, and a warning says so', ([words, warning]) => {
    const { weight, ...rest } = WEIGHT;
    const given = { ...rest, ...('operation' in words ? {} : { weight }), ...URL_, ...words };
    const { request, warnings } = parseWords(given);
    expect(request.probe).toBeUndefined();
    expect(warnings).toEqual([warning]);
  });
});
