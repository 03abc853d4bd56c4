/** Nothing in a fenced block of the docs is there untried: it is generated, or a test knows what to do with its kind. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { isObject } from '../../src/base/json.ts';
import { FAILURE_REASONS } from '../../src/base/errors.ts';
import { OPERATIONS } from '../../src/operations/index.ts';
import { ALL_INPUTS } from '../../src/operations/inputs.ts';
import { parseWords } from '../../src/operations/parse-words.ts';
import type { Words } from '../../src/intent/types.ts';
import { ROOT } from '../support/examples.ts';
import { blocksOf, PAGES } from '../support/pages.ts';

const blocks = PAGES.flatMap(blocksOf);
const byHand = blocks.filter(({ isGenerated }) => !isGenerated);

test('a block by hand is of a kind that a test tries', () => {
  // sh: commands.test.ts and the cluster tests. yaml: below. text: messages.test.ts and canary.test.ts.
  const others = byHand.filter(({ language }) => !['sh', 'yaml', 'text'].includes(language));
  expect(others.map(({ page, line }) => `${page}:${line}`)).toEqual([]);
});

test('YAML by hand holds inputs that are accepted', () => {
  const build = { 'label-selector': 'app=api', 'pod-selector': 'app=api,build=1' };
  const base = { operation: 'headers', headers: 'x-cid=a', 'github-token': 'from the runner' };
  const yaml = byHand.filter(({ language }) => language === 'yaml');
  expect(yaml.length).toBeGreaterThan(0);
  for (const { text } of yaml) {
    const value = parse(text) as object;
    // A list of steps: each is looked at below.
    if (Array.isArray(value)) continue;
    const given = Object.entries(value).map(([name, one]) => [name, String(one)]);
    const words = Object.fromEntries(given) as Words;
    const one = words['services'] === undefined ? build : {};
    expect(parseWords({ ...base, ...one, ...words }).request.intent.operation).toBe('headers');
  }
});

/** What an expression of a workflow may become, as far as the parser of an input is concerned. */
function withoutExpressions(text: string): string {
  return text
    .replaceAll(/\$\{\{ (?:env\.PODS|inputs\.build && .*?) \}\}/g, 'app=api,build=1')
    .replaceAll(/\$\{\{ inputs\.weight \}\}/g, '20')
    .replaceAll(/\$\{\{ vars\.KUBE_SERVER \}\}/g, 'https://k8s.example:6443')
    .replaceAll(/\$\{\{ .*? \}\}/g, '1');
}

describe('every step of the Action', () => {
  const steps = blocks
    .filter(({ language, text }) => language === 'yaml' && text.includes('uses: org/istiops-action@'))
    .flatMap(({ page, line, text }) =>
      stepsIn(parse(text)).map((inputs) => ({ at: `${page}:${line}`, inputs })),
    );

  test('there are many', () => {
    expect(steps.length).toBeGreaterThan(12);
  });

  test.for(steps)('at $at has inputs that are there and accepted', ({ inputs }) => {
    const known = ALL_INPUTS.map(({ name }) => name);
    expect(Object.keys(inputs).filter((name) => !known.includes(name))).toEqual([]);
    const words = Object.entries(inputs).map(([name, value]) => [name, withoutExpressions(String(value))]);
    expect(parseWords(Object.fromEntries(words) as Words).request.intent.operation).toBe(inputs['operation']);
  });
});

/** The inputs of each step that uses the Action, in a workflow or a list of steps. */
function stepsIn(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (Array.isArray(value)) return value.flatMap(stepsIn);
  if (!isObject(value)) return [];
  const { uses, with: inputs } = value;
  if (typeof uses === 'string' && uses.startsWith('org/istiops-action@') && isObject(inputs)) return [inputs];
  return Object.values(value).flatMap(stepsIn);
}

test('docs/troubleshooting.md has a heading for each failure-reason, in their order', () => {
  const text = readFileSync(join(ROOT, 'docs', 'troubleshooting.md'), 'utf8');
  expect([...text.matchAll(/^## `([a-z-]+)`$/gm)].map(([, reason]) => reason)).toEqual(FAILURE_REASONS);
});

test('README.md has a row for each operation, in their order', () => {
  const text = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const [, table = ''] = /^\| operation \|.*\n\|.*\n((?:\|.*\n)+)/m.exec(text) ?? [];
  expect([...table.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name)).toEqual(OPERATIONS);
});
