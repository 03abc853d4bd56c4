import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labelOf, pictureOf } from '../../src/report/mermaid.ts';
import { hugeOutcome, nasty, routeView } from '../support/arbitrary-outcome.ts';
import { route, to } from '../support/outcomes.ts';

/** Nothing but letters, figures, blanks, dots and hyphens inside of words, and entities. */
const LABEL = /^"(?:[A-Za-z0-9 ]|(?<=[A-Za-z0-9])[.-](?=[A-Za-z0-9])|#\d+;)+"$/;

const LINES = [
  /^flowchart LR$/,
  /^ {2}vs\d+\(\[("[^"\n]*")\]\)$/,
  /^ {2}route\d+\[("[^"\n]*")\]$/,
  /^ {2}(?:to|more)\d+\(("[^"\n]*")\)$/,
  /^ {2}vs\d+ -->\|("[^"\n]*")\| route\d+$/,
  /^ {2}route\d+ (?:-->|-\.->)\|("[^"\n]*")\| to\d+$/,
  /^ {2}route\d+ --> to\d+$/,
  /^ {2}route\d+ --> more\d+\(("[^"\n]*")\)$/,
  /^ {2}style to\d+ stroke-width:4px$/,
];

function check(text: string): void {
  for (const line of text.split('\n')) {
    const match = LINES.map((form) => form.exec(line)).find((found) => found !== null) ?? expect.fail(line);
    if (match[1] !== undefined) expect(match[1]).toMatch(LABEL);
  }
  expect(text.length).toBeLessThan(50_000);
  expect(text.match(/->/g)?.length ?? 0).toBeLessThan(500);
}

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

describe('pictureOf', () => {
  it('draws requests, routes, shares; what gets none dotted, the target thick', () => {
    const views = [route(0, { match: 'every request', destinations: [to('a', 100), to('b', 0)] })];
    expect(pictureOf(views, 'b')?.text.split('\n')).toEqual([
      'flowchart LR',
      '  vs0(["requests to default#47;api-domain"])',
      '  route0["http#91;0#93;"]',
      '  vs0 -->|"every request"| route0',
      '  to1("a")',
      '  route0 -->|"100 #37;"| to1',
      '  to2("b")',
      '  style to2 stroke-width:4px',
      '  route0 -.->|"0 #37;"| to2',
    ]);
  });

  it('draws nothing where nothing is sent anywhere', () => {
    expect(pictureOf([], null)).toBeNull();
    expect(pictureOf([route(0, { action: 'redirect' })], null)).toBeNull();
  });

  it('draws the first dozen, in the order in which they match', () => {
    const views = Array.from({ length: 40 }, (_, i) => route(39 - i, { destinations: [to('a', 100)] }));
    const picture = pictureOf(views, null) ?? expect.fail();
    expect(picture.routes).toBe(12);
    expect([...picture.text.matchAll(/http#91;(\d+)#93;/g)].map(([, index]) => Number(index))).toEqual(
      Array.from({ length: 12 }, (_, i) => 28 + i),
    );
  });

  it('has nothing in it that could be syntax, and keeps within what GitHub draws', () => {
    fc.assert(
      fc.property(fc.array(routeView, { maxLength: 15 }), (views) => {
        const picture = pictureOf(views, 'a');
        if (picture !== null) check(picture.text);
      }),
    );
    for (const crumb of ['|', '"', '😀', '\n', 'x'])
      check(pictureOf(hugeOutcome(crumb).after, null)?.text ?? expect.fail());
  });
});
