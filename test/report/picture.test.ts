import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pairRoutes } from '../../src/report/pairs.ts';
import { pictureOf } from '../../src/report/picture.ts';
import type { RouteView } from '../../src/plan/view-types.ts';
import { hugeOutcome, routeView } from '../support/arbitrary-outcome.ts';
import { route, to } from '../support/outcomes.ts';

/** Nothing but letters, figures, blanks, dots and hyphens inside of words, and entities. */
const LABEL = /^"(?:[A-Za-z0-9 ]|(?<=[A-Za-z0-9])[.-](?=[A-Za-z0-9])|#\d+;)+"$/;

const LINES = [
  /^flowchart LR$/,
  /^ {2}vs\d+\(\[("[^"\n]*")\]\)$/,
  /^ {2}(?:route\d+|left)\[("[^"\n]*")\]$/,
  /^ {2}to\d+\(("[^"\n]*")\)$/,
  /^ {2}vs\d+ (?:-->|-\.->)(?:\|("[^"\n]*")\|)? route\d+$/,
  /^ {2}vs\d+ --> left$/,
  /^ {2}route\d+ (?:-->|-\.->)\|("[^"\n]*")\| to\d+$/,
  /^ {2}route\d+ --> to\d+$/,
  /^ {2}route\d+ (?:-->|-\.->) more\d+\(("[^"\n]*")\)$/,
  /^ {2}style to\d+ stroke-width:4px$/,
];

function check(text: string): void {
  for (const line of text.split('\n')) {
    const match = LINES.map((form) => form.exec(line)).find((found) => found !== null) ?? expect.fail(line);
    if (match[1] !== undefined) expect(match[1]).toMatch(LABEL);
  }
  // GitHub's Mermaid draws an error in place of more characters or lines.
  expect(text.length).toBeLessThan(50_000);
  expect(text.match(/->/g)?.length ?? 0).toBeLessThan(500);
  expect(boxesOf(text)).toBeLessThanOrEqual(12);
}

function boxesOf(text: string): number {
  return text.match(/^ {2}(?:vs|route|to|left)\d*[[(]|more\d+\(/gm)?.length ?? 0;
}

function pictured(
  before: readonly RouteView[],
  after: readonly RouteView[],
  ...subset: readonly string[]
): string {
  return pictureOf(pairRoutes(before, after), new Set(subset)) ?? expect.fail();
}

/** A shop with a route for each path, and the default route last. */
function routes(number: number, destinations: RouteView['destinations']): RouteView[] {
  return Array.from({ length: number }, (_, i) =>
    i === number - 1
      ? route(i, { destinations })
      : route(i, { match: `uri starts with "/p${i}"`, destinations }),
  );
}

describe('pictureOf', () => {
  it('draws requests, routes, shares before and after; what gets none dotted, the target thick', () => {
    const before = [route(0, { destinations: [to('a', 100)] })];
    const after = [route(0, { destinations: [to('a', 0), to('b', 100)] })];
    expect(pictured(before, after, 'b').split('\n')).toEqual([
      'flowchart LR',
      '  vs0(["requests to default#47;api-domain"])',
      '  route0["http#91;0#93;"]',
      '  vs0 -->|"every request"| route0',
      '  to0("a")',
      '  route0 -.->|"100 #37; #8594; 0 #37;"| to0',
      '  to1("b")',
      '  style to1 stroke-width:4px',
      '  route0 -->|"0 #37; #8594; 100 #37;"| to1',
    ]);
  });

  it('draws fifteen equal routes, the default route among them, as one box with a line to each destination', () => {
    const text = pictured(routes(15, [to('a', 100)]), routes(15, [to('a', 80), to('b', 20)]), 'b');
    expect(text).toContain('route0["14 routes and the default route"]');
    expect(text.match(/->/g)).toHaveLength(3);
  });

  it('has the default route in it, whatever else changes', () => {
    const changed = Array.from({ length: 30 }, (_, i) => i + 1);
    const before = [...changed.map((i) => route(i, { match: `m${i}`, destinations: [to(`s${i}`, 100)] }))];
    const last = route(31, { destinations: [to('stable', 100)] });
    const after = before.map((view, i) => ({ ...view, destinations: [to(`t${i}`, 100)] }));
    const text = pictured([...before, last], [...after, last]);
    check(text);
    expect(text).toContain('"http#91;31#93;"');
    expect(text).toMatch(/left\["2\d more routes"\]/);
  });

  it('says what is new and what is gone', () => {
    const base = route(1, { destinations: [to('a', 100)] });
    const preview = route(0, {
      name: 'istiops-b',
      madeBy: 'istiops',
      match: 'header x is "1"',
      destinations: [to('b', 100)],
    });
    expect(pictured([base], [preview, base])).toContain('istiops-b#44; new"]');
    const gone = pictured([preview, base], [base]);
    expect(gone).toContain('istiops-b#44; gone"]');
    expect(gone).toContain('-.->|"was 100 #37;"|');
  });

  it('draws nothing where nothing is sent anywhere', () => {
    expect(pictureOf([], new Set())).toBeNull();
    expect(pictureOf(pairRoutes([], [route(0, { action: 'redirect' })]), new Set())).toBeNull();
  });

  it('has nothing in it that could be syntax, and at most twelve boxes', () => {
    fc.assert(
      fc.property(
        fc.array(routeView, { maxLength: 15 }),
        fc.array(routeView, { maxLength: 15 }),
        (before, after) => {
          const picture = pictureOf(pairRoutes(before, after), new Set(['a']));
          if (picture !== null) check(picture);
        },
      ),
    );
    for (const crumb of ['|', '"', '😀', '\n', 'x']) {
      const { before, after } = hugeOutcome(crumb);
      check(pictured(before, after));
    }
  });
});
