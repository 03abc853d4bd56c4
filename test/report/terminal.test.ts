import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { colourDiff, pretty } from '../../src/report/terminal.ts';
import { anyOutcome, hugeOutcome } from '../support/arbitrary-outcome.ts';
import { OUTCOMES } from '../support/outcomes.ts';

/** Whatever a terminal might obey: all but line ends and tabs. */
const RAW = /[^\P{C}\n\t]|[\u2028\u2029]/u;

describe('pretty', () => {
  it.each(Object.entries(OUTCOMES))('%s', async (name, given) => {
    await expect(pretty(given, { colour: false })).toMatchFileSnapshot(`golden/${name}.txt`);
  });

  it.each(Object.entries(OUTCOMES))('%s says the same in colour', (_, given) => {
    const coloured = pretty(given, { colour: true });
    expect(stripVTControlCharacters(coloured)).toBe(pretty(given, { colour: false }));
    expect(coloured).toContain('\u001b[');
  });

  it('lets no control character through, whatever comes', () => {
    fc.assert(fc.property(anyOutcome, (any) => !RAW.test(pretty(any, { colour: false }))));
    fc.assert(
      fc.property(anyOutcome, (any) => {
        const without = pretty(any, { colour: true }).replace(/\u001b\[\d+m/g, '');
        expect(without).not.toMatch(RAW);
      }),
    );
  });

  it('copes with as much as a cluster may hold', () => {
    expect(pretty(hugeOutcome('|'), { colour: true })).toContain('+++ b/');
  });
});

describe('colourDiff', () => {
  it('is green for what comes and red for what goes', () => {
    const diff = '--- a/x\n+++ b/x\n@@ -1,1 +1,1 @@\n-a\r\n+b\r\n';
    expect(colourDiff(diff, { colour: false })).toBe(diff.replaceAll('\r', ''));
    expect(colourDiff(diff, { colour: true })).toContain('\u001b[31m-a\u001b[39m\n\u001b[32m+b\u001b[39m\n');
  });
});
