import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isObject } from '../../src/base/json.ts';
import { routeOf } from '../../src/report/json.ts';
import { cutLines, emptyOutputs, OUTPUT_NAMES, outputsOf } from '../../src/report/outputs.ts';
import { anyOutcome, hugeOutcome } from '../support/arbitrary-outcome.ts';
import { outcome, OUTCOMES } from '../support/outcomes.ts';

const JSON_OUTPUTS = ['routes', 'plan', 'safe-to-scale-down'] as const;

const weight = OUTCOMES['weight'] ?? expect.fail();

describe('outputsOf', () => {
  it('has a defined value for each output before anything is known, of the form it will have', () => {
    const empty = emptyOutputs();
    expect(Object.keys(empty)).toEqual([...OUTPUT_NAMES]);
    expect(outputsOf(outcome({}))).toEqual(empty);
  });

  it('says what was done', () => {
    const outputs = outputsOf(weight);
    expect(outputs).toMatchObject({
      changed: 'true',
      operation: 'weight',
      subset: 'api-domain-pr-10',
      'safe-to-scale-down': '[]',
      'failure-reason': '',
    });
    expect(outputs.diff).toContain('+          weight: 80\n');
    expect(JSON.parse(outputs.routes)).toEqual(weight.after.map(routeOf));
    expect(JSON.parse(outputs.plan)).toMatchObject({
      phases: [
        {
          name: 'add-subsets',
          writes: [{ kind: 'DestinationRule', namespace: 'default', name: 'api-domain' }],
        },
        {
          name: 'routes',
          writes: [{ kind: 'VirtualService', document: { spec: { hosts: ['api.domain.io'] } } }],
        },
      ],
    });
    expect(outputs.plan).not.toMatch(/managedFields|leftOut/);
  });

  it('says why it failed', () => {
    expect(outputsOf(OUTCOMES['forbidden'] ?? expect.fail())).toMatchObject({
      changed: 'false',
      'failure-reason': 'forbidden',
    });
  });

  it.each(['|', '\u009b', '😀'])('stays below what a job may have, and stays JSON (%j)', (crumb) => {
    const huge = hugeOutcome(crumb);
    const outputs = outputsOf(huge);
    // 1 MB in UTF-16, less what the job's other steps may want.
    const { subset, ...ours } = outputs;
    expect(2 * Object.values(ours).join('').length).toBeLessThan(960_000);
    expect(subset).toBe(huge.subset);
    const routes: unknown = JSON.parse(outputs.routes);
    const plan: unknown = JSON.parse(outputs.plan);
    if (!Array.isArray(routes) || !isObject(plan)) expect.fail();
    expect(plan['leftOut']).toMatchObject({ routes: 700 - routes.length });
    expect(routes).toEqual(huge.after.slice(0, routes.length).map(routeOf));
    expect(outputs.diff).toMatch(/\n# cut here: [\d,]+ more lines would be too long for this place\n$/);
  });

  it('names the objects of a plan that has no room for their documents', () => {
    const [write] = weight.phases.flatMap(({ writes }) => writes);
    const routes = (length: number): string => {
      const writes = Array.from({ length }, () => write ?? expect.fail());
      return outputsOf(outcome({ operation: 'weight', phases: [{ name: 'routes', writes }] })).plan;
    };
    expect(JSON.parse(routes(900))).toMatchObject({
      leftOut: { documents: 900 },
      phases: [{ writes: { length: 900 } }],
    });
    expect(JSON.parse(routes(9_000))).toMatchObject({
      leftOut: { documents: 9_000, writes: 8_950 },
      phases: [{ writes: { length: 50 } }],
    });
  });

  it('is JSON where it says so, whatever comes', () => {
    fc.assert(
      fc.property(anyOutcome, (any) => {
        const outputs = outputsOf(any);
        for (const name of JSON_OUTPUTS) expect(() => void JSON.parse(outputs[name])).not.toThrow();
        expect(Object.keys(outputs)).toEqual([...OUTPUT_NAMES]);
      }),
    );
  });
});

describe('cutLines', () => {
  const text = Array.from({ length: 100 }, (_, i) => ` line ${i}\n`).join('');

  it('leaves what fits', () => {
    expect(cutLines(text, text.length, (part) => part.length)).toBe(text);
  });

  it('cuts whole lines and says how many', () => {
    const cut = cutLines(text, 200, (part) => part.length);
    const lines = cut.split('\n');
    expect(cut.length).toBeLessThanOrEqual(200);
    expect(lines.slice(0, -2).join('\n')).toBe(text.slice(0, lines.slice(0, -2).join('\n').length));
    expect(cut).toContain(`# cut here: ${100 - (lines.length - 2)} more lines`);
  });
});
