import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labelOf } from '../../src/report/mermaid.ts';
import { nasty } from '../support/arbitrary-outcome.ts';

/** Nothing but letters, figures, blanks, dots and hyphens inside of words, and entities. */
const LABEL = /^"(?:[A-Za-z0-9 ]|(?<=[A-Za-z0-9])[.-](?=[A-Za-z0-9])|#\d+;)+"$/;

describe('labelOf', () => {
  it.each([
    ['api-domain-pr-10', '"api-domain-pr-10"'],
    ['api.domain.io', '"api.domain.io"'],
    ['1. a', '"1#46; a"'],
    ['- a', '"#45; a"'],
    ['80 %', '"80 #37;"'],
    ['www.domain.io', '"www#46;domain.io"'],
    ['a"]; %%{x}', '"a#34;#93;#59; #37;#37;#123;x#125;"'],
    ['style: #1;', '"style#58; #35;1#59;"'],
    ['ä😀', '"#228;#128512;"'],
    ['a\nb', '"a#92;nb"'],
    ['', '" "'],
  ])('%j is %s', (text, label) => {
    expect(labelOf(text)).toBe(label);
  });

  it('has nothing in it that could be syntax', () => {
    fc.assert(fc.property(nasty, (text) => LABEL.test(labelOf(text))));
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => LABEL.test(labelOf(text))));
  });
});
