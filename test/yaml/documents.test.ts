import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from '../../src/yaml/parse.ts';

/**
 * What sigs.k8s.io/yaml 1.6.0 (go.yaml.in/yaml/v2 2.4.2), with which kubectl reads manifests, makes of each document:
 * printed by a Go program that calls `yaml.YAMLToJSON`.
 */
const TABLE = JSON.parse(
  readFileSync(join(import.meta.dirname, 'go-yaml-documents.json'), 'utf8'),
) as Readonly<Record<string, string>>;

/** Read by kubectl before go-yaml sees it: a text that begins with a brace is tried as JSON. */
const JSON_TEXTS: Readonly<Record<string, string>> = {
  '{"a": "\\/"}\n': '{"a":"/"}',
  '{"a": "\\ud83d\\ude00"}\n': '{"a":"😀"}',
  '{"a\\/b": 1}\n': '{"a/b":1}',
};

/** What go-yaml reads and is refused here, with what the message says. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  // kubectl cuts a file at each `---` first, and then refuses the directive that is left alone.
  '%YAML 1.1\n---\na: 1\n': /reads no directives: leave out the line with %YAML/,
  '%TAG ! tag:x,2000:\n---\na: !y 1\n': /reads no directives: leave out the line with %TAG/,
  'a: {b: 2, <<: {b: 1}}\n': /readers disagree/,
  'x: &a k\ny: [*a:]\n': /a space behind the ":"/,
  'x: &a k\ny: {*a:1}\n': /the anchor a:1/,
  'a: |2\n   \n\nb: 1\n': /blank lines whose indentation is given/,
  'a: |2\n     \n': /blank lines whose indentation is given/,
  'a: |2\n  \n': /blank lines whose indentation is given/,
  'a: |2\n\n  \nb: 1\n': /blank lines whose indentation is given/,
  'a: >3\n      \n\nb: 1\n': /blank lines whose indentation is given/,
  'a: |1-\n   \nb: 1\n': /blank lines whose indentation is given/,
  'a: |1+\n   \nb: 1\n': /blank lines whose indentation is given/,
};

test.for(Object.entries(TABLE))('%j is %s', ([text, answer]) => {
  const parsed = parse(text);
  const [fault] = parsed.ok ? parsed.tree.faults : [parsed.fault];
  const refusal = REFUSED[text];
  if (refusal !== undefined) {
    expect(fault?.message).toMatch(refusal);
    return;
  }
  const expected = JSON_TEXTS[text] ?? answer;
  if (expected.startsWith('refused: ')) {
    expect(fault).toBeDefined();
    return;
  }
  expect(fault).toBeUndefined();
  expect(parsed.ok ? (parsed.tree.root?.value ?? null) : null).toEqual(JSON.parse(expected));
});

test('what is refused is in the table', () => {
  for (const text of [...Object.keys(REFUSED), ...Object.keys(JSON_TEXTS)])
    expect(TABLE).toHaveProperty([text]);
});
