import { expect, test } from 'vitest';
import { readManifest, type FileContent } from '../../../src/stores/manifests/documents.ts';
import { withDocuments } from '../../../src/stores/manifests/source-documents.ts';

const VS =
  '{"apiVersion":"networking.istio.io/v1","kind":"VirtualService","metadata":{"name":"api"},"spec":{"hosts":["api"],"http":[{"route":[{"destination":{"host":"api"}}]}]}}';

function read(text: string): FileContent {
  const steps = readManifest(withDocuments({ label: 'api.json', path: '/api.json', text }), 'default');
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

test.for<[string, string, string]>([
  ['a list', `[${VS},\n${VS}]`, 'api.json:1:1: a JSON list, which is no object of Kubernetes'],
  ['a list behind a mark', `a: 1\n---\n[${VS}]`, 'api.json:2:1: a JSON list'],
  ['a comment above', `// mine\n${VS}`, 'api.json:1:1: JSON with comments, which kubectl does not read'],
  ['a comment within', VS.replace('{', '{ // mine\n'), 'JSON with comments'],
  ['a comment on a line of its own', VS.replace('{', '{\n  /* mine */\n'), 'JSON with comments'],
  ['no object', `{"a": ${VS}}`, 'no object of Kubernetes'],
  ['a mark behind the second', `${VS}\n${VS}\n---\n`, 'where the file has nothing else'],
  ['half of the second', `${VS}\n${VS.slice(0, -3)}`, 'where the file has nothing else'],
])('%s is named and left alone', ([, text, words]) => {
  const { manifest, warnings, unread } = read(text);
  expect(manifest).toBeNull();
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain(words);
  expect(unread).toHaveLength(1);
});

test.for<[string, string]>([
  ['one object', VS],
  ['two of them', `${VS}${VS}`],
  ['the items of a list', `{"apiVersion":"v1","kind":"List","items":[${VS}]}`],
  [
    'an object that quotes one',
    `{"apiVersion":"v1","kind":"ConfigMap","data":{"vs":${JSON.stringify(VS)}},"metadata":{"name":"a"}}`,
  ],
])('nothing is said of %s', ([, text]) => {
  expect(read(text).warnings).toEqual([]);
});
