import { applyPatch } from 'diff';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffOf } from '../../src/report/diff.ts';

const lines = (...texts: readonly (string | number)[]): string => texts.map((text) => `${text}\n`).join('');

const digits = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

describe('diffOf', () => {
  it('is empty where nothing changed', () => {
    expect(diffOf([])).toBe('');
    expect(diffOf([{ label: 'a.yaml', before: 'a\n', after: 'a\n' }])).toBe('');
  });

  it('has three lines of context, and a hunk for each place', () => {
    const before = lines(...digits(1, 20));
    const after = before.replace('5\n', 'five\n').replace('16\n', '');
    expect(diffOf([{ label: 'VirtualService shop/api', before, after }])).toBe(
      [
        '--- a/VirtualService shop/api',
        '+++ b/VirtualService shop/api',
        ...['@@ -2,7 +2,7 @@', ' 2', ' 3', ' 4', '-5', '+five', ' 6', ' 7', ' 8'],
        ...['@@ -13,7 +13,6 @@', ' 13', ' 14', ' 15', '-16', ' 17', ' 18', ' 19', ''],
      ].join('\n'),
    );
  });

  it('joins changes whose contexts touch', () => {
    const before = lines(...digits(1, 12));
    const diff = diffOf([{ label: 'a', before, after: before.replace('2\n', 'x\n').replace('9\n', 'y\n') }]);
    expect(diff.match(/^@@/gm)).toHaveLength(1);
  });

  it('says where a text is new, where it goes, and where its last line does not end', () => {
    expect(diffOf([{ label: 'n', before: '', after: 'a: 1\n' }])).toBe(
      '--- a/n\n+++ b/n\n@@ -0,0 +1,1 @@\n+a: 1\n',
    );
    expect(diffOf([{ label: 'n', before: 'a: 1\n', after: '' }])).toBe(
      '--- a/n\n+++ b/n\n@@ -1,1 +0,0 @@\n-a: 1\n',
    );
    expect(diffOf([{ label: 'n', before: 'a', after: 'b\n' }])).toContain(
      '-a\n\\ No newline at end of file\n+b\n',
    );
  });

  it('hides nothing in a label', () => {
    expect(diffOf([{ label: 'a\n+++ b/c', before: '', after: 'x\n' }])).toMatch(/^--- a\/a\\n\+\+\+ b\/c\n/);
  });

  it('is a patch: applied to the one text, it gives the other', () => {
    const line = fc.constantFrom('route:', '- destination:', 'weight: 1', 'weight: 2', '', 'é', 'x\r');
    const text = fc.tuple(fc.array(line, { maxLength: 40 }), fc.constantFrom('', '\n'));
    const texts = text.map(([all, end]) => (all.length === 0 ? '' : all.join('\n') + end));
    fc.assert(
      fc.property(texts, texts, (before, after) => {
        const diff = diffOf([{ label: 'a', before, after }]);
        expect(diff === '' ? before : applyPatch(before, diff, { autoConvertLineEndings: false })).toBe(
          after,
        );
      }),
      { numRuns: 500 },
    );
  });

  // Compared in one piece they take longer than a test may.
  it('compares 20,000 routes with another weight each piece by piece', () => {
    const yaml = (weight: number): string =>
      digits(1, 20_000)
        .map((i) =>
          lines('- match:', `  - uri: /p${i}`, '  route:', '  - host: api', `    weight: ${weight}`),
        )
        .join('');
    const diff = diffOf([{ label: 'a', before: yaml(0), after: yaml(20) }]);
    expect(diff.match(/^\+ {4}weight: 20$/gm)).toHaveLength(20_000);
    expect(diff.match(/^-/gm)).toHaveLength(20_001);
  });

  it('shows texts without anything in common as replaced', () => {
    const before = lines(...Array.from({ length: 3_000 }, () => 'a'));
    const after = lines(...Array.from({ length: 3_000 }, () => 'b'));
    expect(applyPatch(before, diffOf([{ label: 'a', before, after }]))).toBe(after);
  });
});
