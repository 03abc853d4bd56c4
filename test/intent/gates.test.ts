import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseGates } from '../../src/intent/gates.ts';

describe('a gate', () => {
  test.for([
    ['errors', { kind: 'errors' }],
    ['Errors', { kind: 'errors' }],
    ['errors < 2%', { kind: 'errors-line', share: 0.02 }],
    ['errors<0.5 %', { kind: 'errors-line', share: 0.005 }],
    ['errors <= 2%', { kind: 'errors-line', share: 0.02 }],
    ['slower than 400ms', { kind: 'slow', milliseconds: 400 }],
    ['slower  than 1.5s', { kind: 'slow', milliseconds: 1500 }],
    ['slower than 400ms < 5%', { kind: 'slow-line', milliseconds: 400, share: 0.05 }],
    ['p99 < 500ms', { kind: 'slow-line', milliseconds: 500, share: 0.01 }],
    ['P99.9<1s', { kind: 'slow-line', milliseconds: 1000, share: 0.001 }],
    ['p50 < 80ms', { kind: 'slow-line', milliseconds: 80, share: 0.5 }],
    [
      'queue: max(my_queue_depth{build="10"}) < 100',
      { kind: 'query', name: 'queue', promql: 'max(my_queue_depth{build="10"})', operator: '<', limit: 100 },
    ],
    ['lag : sum(a) / sum(b) >= -1.5e3', { promql: 'sum(a) / sum(b)', operator: '>=', limit: -1500 }],
    ['n: count(up == 0) == 0', { promql: 'count(up == 0)', operator: '==', limit: 0 }],
    ['n: count(x{path!="a < b"}) != 0', { promql: 'count(x{path!="a < b"})', operator: '!=', limit: 0 }],
    ['errors: sum(e) < 5', { kind: 'query', name: 'errors', promql: 'sum(e)' }],
    ['https://gate.test/canary?build=10', { kind: 'hook', url: 'https://gate.test/canary?build=10' }],
    ['https://gate.test/#a', { kind: 'hook', url: 'https://gate.test/#a' }],
  ] as const)('%s', ([text, expected]) => {
    expect(parseGates(text)).toMatchObject({ ok: true, value: [{ ...expected, text }] });
  });

  test('comments and blank lines are left out, but not what only looks like a comment', () => {
    const text = `# what must hold
errors   # not worse than the stable build

q: max(x{path="/ #1"}) < 5   # a "quoted" remark`;
    expect(parseGates(text)).toMatchObject({
      value: [{ text: 'errors' }, { text: 'q: max(x{path="/ #1"}) < 5', promql: 'max(x{path="/ #1"})' }],
    });
  });

  test.for([
    ['error', 'did you mean errors?'],
    ['slow than 3s', 'did you mean slower than 400ms?'],
    ['latency < 500ms', 'a query needs a name before it'],
    ['errors > 2%', 'a gate says what is good'],
    ['errors < 0.02', 'has no %: did you mean \\"0.02%\\"?'],
    ['errors < 0%', 'is not between 0% and 100%'],
    ['errors < 100%', 'is not between 0% and 100%'],
    ['errors <', 'there is nothing behind <'],
    ['errors 2%', 'is no limit'],
    ['slower than 400', 'it has no unit: did you mean \\"400ms\\"?'],
    ['slower than 0s', 'no answer needs less than no time'],
    ['slower than', 'is none of'],
    ['p100 < 1s', 'is not from p1 to p99.99'],
    ['p0 < 1s', 'is not from p1 to p99.99'],
    ['p99 > 1s', 'a gate says what is good'],
    ['p99 < 500', 'it has no unit'],
    ['q:', 'has no query behind it'],
    ['q: max(x)', 'the query has no limit at its end'],
    ['q: < 5', 'there is no query before <'],
    ['q: max(x) < 5ms', 'is no number behind the last <'],
    ['q: max(x) <', 'nothing stands behind the last <'],
    ['q: max(x{a="b < 5', 'a quote \\" is not closed'],
    ['q: max(x < 5', 'a ) is missing'],
    ['q: x) < 5', 'a ) closes nothing'],
    ['https://ada:s3cret@gate.test/', 'user or password'],
    ['https://', 'it is no URL'],
    ['istio_requests_total', 'is none of'],
  ])('%s is refused', ([text = '', problem]) => {
    const parsed = parseGates(`errors\n${text}`);
    expect(parsed).toMatchObject({ ok: false, problems: [expect.stringMatching(/^line 2: /)] });
    expect(JSON.stringify(parsed)).toContain(problem);
  });

  test.for([
    ['# nothing', 'it has no gate in it'],
    ['errors\np99 < 1s\nerrors # again', 'line 3: "errors" is there twice'],
    ['q: a < 1\nq: b < 1', 'two queries have the name "q"'],
    [Array.from({ length: 21 }, (_, n) => `q${n}: x < 1`).join('\n'), 'it has 21 gates'],
  ])('%#: %s', ([text = '', problem]) => {
    expect(parseGates(text)).toMatchObject({ ok: false, problems: [expect.stringContaining(problem ?? '')] });
  });

  test('every problem of every line is said', () => {
    expect(parseGates('foo\nerrors\nerrors > 1%')).toMatchObject({
      problems: [expect.stringMatching(/^line 1/), expect.stringMatching(/^line 3/)],
    });
  });

  test('any text has an answer', () => {
    const word = fc.constantFrom(
      'errors',
      'slower',
      'than',
      '<',
      '5%',
      'p99',
      'q:',
      '"',
      '#',
      '(',
      '1s',
      '\n',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(word).map((words) => words.join(' ')),
        ),
        (text) => {
          const parsed = parseGates(text);
          expect(parsed.ok ? parsed.value.length : parsed.problems.length).toBeGreaterThan(0);
        },
      ),
    );
  });
});
