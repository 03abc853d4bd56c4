// @vitest-environment jsdom
/** Mermaid itself reads what is drawn: GitHub shows an error in place of a picture that it can't read. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import mermaid from 'mermaid';
import { describe, expect, it } from 'vitest';
import { pairRoutes } from '../../src/report/pairs.ts';
import { pictureOf } from '../../src/report/picture.ts';
import { hugeOutcome, routeView } from '../support/arbitrary-outcome.ts';

const CASES = join(import.meta.dirname, '..', 'cases');

/** The pictures of the golden summaries, each shape of them once. */
function pictures(): ReadonlyMap<string, string> {
  const found = readdirSync(CASES).flatMap((name): (readonly [string, string])[] => {
    const summary = readIfThere(join(CASES, name, 'summary.md'));
    return [...summary.matchAll(/^```mermaid\n(.*?)^```$/gms)].map(([, text = '']) => [text, name]);
  });
  const byShape = new Map(found.map((one) => [one[0].replaceAll(/"[^"]*"/g, '""'), one]));
  return new Map(byShape.values());
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

describe('Mermaid', () => {
  it('reads the pictures of all golden cases', async () => {
    const all = pictures();
    expect(all.size).toBeGreaterThan(10);
    for (const [text, name] of all) await expect(mermaid.parse(text), name).resolves.toBeTruthy();
  });

  it('reads a picture of routes with any names', async () => {
    const routes = fc.array(routeView, { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(routes, routes, async (before, after) => {
        const picture = pictureOf(pairRoutes(before, after), new Set(['a']));
        if (picture !== null) await mermaid.parse(picture);
      }),
      { numRuns: 30 },
    );
  });

  it('reads a picture of very long names', async () => {
    for (const crumb of ['|', '\n']) {
      const { before, after } = hugeOutcome(crumb);
      const picture = pictureOf(pairRoutes(before, after), new Set()) ?? expect.fail();
      await expect(mermaid.parse(picture)).resolves.toBeTruthy();
    }
  });

  it('refuses what is none, so that the tests above say something', async () => {
    await expect(mermaid.parse('flowchart LR\n  a["x] --> b')).rejects.toThrow();
  });
});
