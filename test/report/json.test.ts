import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { FAILURE_REASONS } from '../../src/base/errors.ts';
import { OPERATIONS } from '../../src/operations/index.ts';
import { PHASES } from '../../src/plan/types.ts';
import { isObject, type JsonObject } from '../../src/base/json.ts';
import { jsonOf, jsonTextOf } from '../../src/report/json.ts';
import { outputsOf } from '../../src/report/outputs.ts';
import { yamlTextOf } from '../../src/report/yaml.ts';
import { anyOutcome } from '../support/arbitrary-outcome.ts';
import { outcome, OUTCOMES, route } from '../support/outcomes.ts';

const SCHEMA_FILE = new URL('../../schema/outcome.schema.json', import.meta.url);

function objectIn(text: string): JsonObject {
  const value: unknown = JSON.parse(text);
  return isObject(value) ? value : expect.fail('no object');
}

/** What a reader of the text gets: no undefined, no readonly, plain JSON. */
function plain(text: string): unknown {
  return JSON.parse(text);
}

const schema = objectIn(readFileSync(SCHEMA_FILE, 'utf8'));
const validate = new Ajv2020({
  allErrors: true,
  strict: true,
  allowUnionTypes: true,
  strictTypes: false,
}).compile(schema);

/** Characters that a terminal obeys, or that turn text around. */
const RAW = /[\0-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;

describe('--output json', () => {
  it.each(Object.entries(OUTCOMES))('%s is as the schema says', (_, given) => {
    expect(validate(JSON.parse(jsonTextOf(given))) || validate.errors).toBe(true);
  });

  it('is as the schema says, whatever comes, and parses back to itself', () => {
    fc.assert(
      fc.property(anyOutcome, (any) => {
        const text = jsonTextOf(any);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(jsonOf(any))));
        expect(validate(JSON.parse(text)) || validate.errors).toBe(true);
        expect(text).not.toMatch(RAW);
      }),
    );
  });

  it('has the same names and values as the outputs', () => {
    const given = OUTCOMES['weight'] ?? expect.fail();
    const outputs = outputsOf(given);
    expect(jsonOf(given)).toMatchObject({
      changed: plain(outputs.changed),
      operation: outputs.operation,
      subset: outputs.subset,
      routes: plain(outputs.routes),
      diff: outputs.diff,
      plan: plain(outputs.plan),
      safeToScaleDown: plain(outputs['safe-to-scale-down']),
      failureReason: outputs['failure-reason'],
      failure: null,
    });
  });

  it('has the failure, and the findings behind it', () => {
    expect(jsonOf(OUTCOMES['forbidden'] ?? expect.fail())).toMatchObject({
      changed: false,
      failureReason: 'forbidden',
      failure: { reason: 'forbidden', message: expect.stringContaining('Grant this Role') as unknown },
      findings: [{ code: 'no-ready-pod', severity: 'error', object: 'VirtualService default/api-domain' }],
    });
  });

  it('says who gets copies of the requests of a route, in each spelling of Istio', () => {
    const copied = [
      { mirror: { host: 'shadow', subset: 'v2' }, mirrorPercentage: { value: 12.5 } },
      { mirror: { host: 'shadow' }, mirror_percent: 7 },
      { mirrors: [{ destination: { host: 'a' } }, { destination: { host: 'b' }, percentage: {} }] },
      {},
    ].map((settings) => route(0, { settings }));
    expect(jsonOf(outcome({ after: copied })).routes.map(({ mirrors }) => mirrors)).toEqual([
      [{ host: 'shadow', subset: 'v2', share: 12.5 }],
      [{ host: 'shadow', subset: null, share: 7 }],
      [
        { host: 'a', subset: null, share: 100 },
        { host: 'b', subset: null, share: 0 },
      ],
      [],
    ]);
  });

  it('is one object with empty values where it failed before anything was known', () => {
    expect(jsonOf(outcome({ place: null, namespace: null }))).toEqual({
      changed: false,
      confirmed: 'none',
      confirmation: '',
      operation: '',
      context: '',
      server: '',
      dryRun: false,
      place: '',
      namespace: '',
      subset: '',
      previousSubset: '',
      previousPodSelector: '',
      previewUrl: '',
      routes: [],
      diff: '',
      plan: { operation: '', subset: '', phases: [] },
      reach: null,
      safeToScaleDown: [],
      failureReason: '',
      findings: [],
      failure: null,
    });
  });

  it('has a schema that refuses what is missing, unknown or contradictory', () => {
    const good = objectIn(jsonTextOf(OUTCOMES['headers'] ?? expect.fail()));
    expect(validate(good)).toBe(true);
    for (const name of Object.keys(good)) expect(validate({ ...good, [name]: undefined })).toBe(false);
    expect(validate({ ...good, extra: 1 })).toBe(false);
    expect(validate({ ...good, failureReason: 'internal' })).toBe(false);
    expect(validate({ ...good, failure: { reason: 'internal', message: '' } })).toBe(false);
    expect(validate({ ...good, operation: 'mirror' })).toBe(false);
  });

  it('has a schema that knows every word that the types know', () => {
    const text = JSON.stringify(schema);
    for (const words of [FAILURE_REASONS, [...OPERATIONS, ''], PHASES]) {
      expect(text).toContain(`"enum":${JSON.stringify(words)}`);
    }
  });
});

describe('--output yaml', () => {
  it('is the same object', () => {
    fc.assert(
      fc.property(anyOutcome, (any) => {
        const text = yamlTextOf(any);
        // A lone surrogate can't be written in UTF-8; a scalar escapes it, and it comes back.
        expect(parse(text)).toEqual(JSON.parse(JSON.stringify(jsonOf(any))));
        expect(text).not.toMatch(RAW);
      }),
    );
  });

  it('shows the diff as a block', async () => {
    await expect(yamlTextOf(OUTCOMES['weight'] ?? expect.fail())).toMatchFileSnapshot(
      'golden/weight-yaml.txt',
    );
  });
});
