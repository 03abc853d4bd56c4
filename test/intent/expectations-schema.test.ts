import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { TrafficError } from '../../src/base/errors.ts';
import { readExpectations } from '../../src/intent/expectations.ts';

const ROOT = join(import.meta.dirname, '../..');
const SCHEMA = 'schema/expectations.schema.json';

const ajv = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false });
const schema = JSON.parse(readFileSync(join(ROOT, SCHEMA), 'utf8')) as object;
const isValid = ajv.compile(schema);

/** A case with these lines, which otherwise has what it must have. */
function withLines(lines: string): string {
  const keys = lines.split('\n').map((line) => /^(\w[\w-]*):/.exec(line)?.[1]);
  const others = [
    ...(keys.includes('request') ? [] : ['request: GET https://shop.io/']),
    ...(keys.includes('expect') ? [] : ['expect: { subset: v1 }']),
  ];
  const indented = [...others, ...lines.split('\n')].filter((line) => line !== '');
  return `- ${indented.join('\n  ')}\n`;
}

function isRead(text: string): boolean {
  try {
    readExpectations('expectations.yaml', text);
    return true;
  } catch (thrown) {
    if (thrown instanceof TrafficError) return false;
    throw thrown;
  }
}

describe('the schema of expectations', () => {
  it.each([
    '',
    'name: 10',
    'request: shop.io',
    'request: http://shop.io:8080/a?b=c',
    'request: HTTPS://shop.io',
    'request: get https://shop.io/',
    'request: M-SEARCH https://shop.io/',
    'request: GET https://shop.io/ now',
    'request: GET https://ada@shop.io/',
    'request: GET https://shop.io/#top',
    'request: 7',
    'request:',
    'headers: { x-a: b, x-b: 1, x-c: "" }',
    'headers: { x-a: }',
    'headers: { "x a": b }',
    'headers: [x-a]',
    'headers: {}',
    'follow: web -> orders',
    'follow: web.shop:8080->POST http://orders:80/v1/orders?a=b → stock',
    'follow: web',
    'follow: web -> -> stock',
    'follow: GET web -> orders',
    'follow: http://web -> orders',
    'follow: web/cart -> orders',
    'follow: web -> get orders',
    'follow: [web, orders]',
    'follow: web -> orders\npropagate: baggage, x-a',
    'follow: web -> orders\npropagate: x(a)',
    'follow: web -> orders\npropagate: 7',
    'follow: web -> orders\npropagate: ","',
    'propagate: baggage',
    'gateway: mesh',
    'gateway: infra/public',
    'gateway: a/b/c',
    'gateway: Public',
    'port: 8080',
    'port: "8080"',
    'port: 0',
    'port: 65536',
    'port: http',
    'source-labels: app=web',
    'source-labels: { app: web, build: 10 }',
    'source-labels: web',
    'source-labels: {}',
    'source-labels: [app]',
    'expect: { pods: {} }',
    'source-namespace: web',
    'source-namespace: 10',
    'source-namespace: Web',
    'source: web',
    'expect: { host: api }',
    'expect: { subset: 10 }',
    'expect: { pods: "app=api,build=10" }',
    'expect: { pods: { app: api } }',
    'expect: { subset: v1, share: 20 }',
    'expect: { subset: v1, share: 10 to 30 }',
    'expect: { subset: v1, share: "99.5" }',
    'expect: { subset: v1, share: 101 }',
    'expect: { subset: v1, share: 20 % }',
    'expect: { subset: v1, share: -1 }',
    'expect: { share: 20 }',
    'expect: { subset: " " }',
    'expect: []',
    'expect: [{ subset: v1, share: 20 }, { subset: v2, share: 80 }]',
    'expect: [v1]',
    'expect: v1',
    'expect: {}',
    'expect: { status: 404 }',
    'expect: { status: "404" }',
    'expect: { status: 999 }',
    'expect: { status: 301, redirect: https://shop.io/ }',
    'expect: { redirect: https://shop.io/ }',
    'expect: { status: 404, subset: v1 }',
    'expect: { redirect: https://shop.io/, share: 20 }',
    'expects: { subset: v1 }',
  ])('agrees with the parser about %j', (lines) => {
    const text = withLines(lines);
    expect(isValid(parse(text)), JSON.stringify(isValid.errors)).toBe(isRead(text));
  });

  it.each([
    '[]',
    '{}',
    'expectations: []',
    'x',
    'expectations: [{ request: http://a/, expect: { host: a } }]',
  ])('agrees with the parser about a file with %j', (text) => {
    expect(isValid(parse(text)), JSON.stringify(isValid.errors)).toBe(isRead(text));
  });

  it('is named by the example, where editors look for it', () => {
    const text = readFileSync(join(ROOT, 'examples/expectations/shop.yaml'), 'utf8');
    const [, named = ''] = /^# yaml-language-server: \$schema=(\S+)/.exec(text) ?? [];
    expect(join('examples/expectations', named)).toBe(SCHEMA);
    expect(isValid(parse(text)), JSON.stringify(isValid.errors)).toBe(true);
  });
});
