/** The alias `shift` of the Go istiops: `headers` or `weight`, by what is given. */
import { describe, expect, test } from 'vitest';
import type { Words } from '../../src/intent/types.ts';
import { parseShift } from '../../src/operations/parse-shift.ts';
import { refusalOf } from '../support/refusal.ts';

describe('shift', () => {
  const base: Words = { operation: 'shift', 'label-selector': 'app=api', destination: 'api:5000' };
  test.each<[Words, object]>([
    [
      { build: '10', weight: '20' },
      { operation: 'weight', hostname: 'api', port: 5000, podLabels: { build: '10' }, weight: 20 },
    ],
    [
      { build: '10', headers: 'x-cid=a' },
      { operation: 'headers', podLabels: { build: '10' }, alternatives: [{ 'x-cid': { exact: 'a' } }] },
    ],
    [
      { build: '10', 'pod-selector': 'app=api', weight: '0' },
      { podLabels: { app: 'api', build: '10' }, weight: 0 },
    ],
    [{ 'pod-selector': 'app=api', weight: '0', destination: 'api.shop' }, { hostname: 'api.shop' }],
  ])('%j is understood', (words, intent) => {
    const parsed = parseShift({ ...base, ...words });
    expect(parsed.request.intent).toMatchObject(intent);
    expect(parsed.warnings).toEqual([]);
  });

  test("the pod-selector's own build is kept, as in the Go istiops", () => {
    const parsed = parseShift({
      ...base,
      build: '3',
      'pod-selector': 'app=api-domain,build=PR-10',
      weight: '20',
    });
    expect(parsed.request.intent).toMatchObject({ podLabels: { app: 'api-domain', build: 'PR-10' } });
    expect(parsed.warnings).toEqual([
      'build is 3, but `pod-selector` has build=PR-10: the pods of `pod-selector` count.',
    ]);
  });

  test.each<[Words, readonly string[]]>([
    [{ build: '10' }, ['One input', 'weight: not given, and neither are --headers, --cookies nor --baggage']],
    [
      { build: '10', weight: '1', cookies: 'a' },
      ['One input', 'weight: given, and so are --headers, --cookies or --baggage'],
    ],
    [{ weight: '1' }, ['One input', 'pod-selector: not given']],
    [{ build: '1,a=b', weight: '1' }, ['One input', 'build: "1,a=b"']],
    [
      { build: '1', weight: '1', hostname: 'x' },
      ['One input', 'destination: "api:5000"\n  problem:  it can\'t go together'],
    ],
    [{ build: '1', weight: '1', destination: 'api:' }, ['One input', 'there is no port after the colon']],
    [{ build: '1', weight: '1', destination: ':80' }, ['One input', 'there is no host before the colon']],
    [
      { build: '1', weight: '1x', destination: 'a_b:80x' },
      ['2 inputs', 'destination: "a_b:80x"\n  problem:  it is not a DNS name', 'weight: "1x"'],
    ],
  ])('%j is refused', (words, parts) => {
    const message = refusalOf(() => parseShift({ ...base, ...words }));
    for (const part of parts) expect(message).toContain(part);
  });
});
