import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from '../../src/yaml/parse.ts';

/**
 * What sigs.k8s.io/yaml 1.6.0 (go.yaml.in/yaml/v2 2.4.2), with which kubectl reads manifests, makes of `v: <scalar>`:
 * printed by a Go program that calls `yaml.YAMLToJSON` on each.
 */
const TABLE = JSON.parse(readFileSync(join(import.meta.dirname, 'go-yaml.json'), 'utf8')) as Readonly<
  Record<string, string>
>;

test.for(Object.entries(TABLE))('%s is %s', ([source, expected]) => {
  const parsed = parse(`v: ${source}\n`);
  const tree = parsed.ok ? parsed.tree : null;
  if (expected.startsWith('refused: ')) {
    expect(tree?.faults.length ?? 1).toBe(1);
    return;
  }
  expect(tree?.faults).toEqual([]);
  expect(tree?.root?.value).toStrictEqual({ v: JSON.parse(expected) as unknown });
});
