import { expect, test } from 'vitest';
import type { Route } from '../../src/istio/types.ts';
import { plan } from '../../src/run/plan.ts';
import { undoOf } from '../../src/undo/diff.ts';
import { packed, unpacked } from '../../src/undo/pack.ts';
import { intentOf, snapshotOf, virtualService } from '../support/plane.ts';
import { HEADERS, START, to } from '../support/reverting.ts';

test('a large undo is packed, a small one can be read, both are the same again', () => {
  const route = (i: number): Route => ({ match: [{ uri: { prefix: `/${i}` } }], route: [to('v1')] });
  for (const [size, type] of [
    [1, 'object'],
    [300, 'string'],
  ] as const) {
    const many = snapshotOf(
      [virtualService({ http: Array.from({ length: size }, (_, i) => route(i)) })],
      START.destinationRules,
    );
    const undo = undoOf(plan(many, intentOf(HEADERS)).phases.flatMap(({ writes }) => writes));
    const text = JSON.stringify(packed(undo));
    expect(typeof JSON.parse(text)).toBe(type);
    expect(text.length).toBeLessThan(JSON.stringify(undo).length + 1);
    expect(unpacked(JSON.parse(text)).value).toEqual(undo);
  }
});
