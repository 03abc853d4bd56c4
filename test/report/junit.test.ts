import { describe, expect, test } from 'vitest';
import type { Explanation } from '../../src/plan/explanation.ts';
import { junitOf } from '../../src/report/junit.ts';
import { failed } from '../../src/report/types.ts';

const NOTHING = failed({ reason: 'internal', message: '' });

function explanation(met: boolean, name: string): Explanation {
  return {
    request: {
      text: 'GET http://shop.io/?a=1&b=<2>',
      headers: {},
      gateway: 'shop/edge',
      port: 80,
      sourceLabels: {},
      sourceNamespace: 'shop',
    },
    host: null,
    passed: [],
    result: { kind: 'none' },
    verdict: { name, file: 'routing.yaml', line: 3, met, expected: '100 % v1', found: 'status 404' },
  };
}

describe('junitOf', () => {
  test('has a case for each expectation, with what was found in its place', () => {
    const explanations = [explanation(true, 'fine'), explanation(false, 'a "b" <c>\n&\u0007')];
    expect(junitOf({ ...NOTHING, operation: 'explain', explanations })).toBe(
      `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="istiops" tests="2" failures="1" errors="0">
  <testsuite name="routing.yaml" tests="2" failures="1" errors="0">
    <testcase name="fine" classname="routing.yaml" file="routing.yaml" line="3"/>
    <testcase name="a &quot;b&quot; &lt;c&gt;&#10;&amp;\\u0007" classname="routing.yaml" file="routing.yaml" line="3">
      <failure message="expected 100 % v1; found status 404" type="expectation">GET http://shop.io/?a=1&amp;b=&lt;2&gt;
expected: 100 % v1
found:    status 404
routing.yaml:3</failure>
    </testcase>
  </testsuite>
</testsuites>
`,
    );
  });

  test('is an error where nothing could be looked at, so that nobody takes it for a success', () => {
    const outcome = failed({ reason: 'not-found', message: 'There is no such file.\nCheck it.' });
    expect(junitOf(outcome)).toContain(
      `<testsuite name="istiops traffic explain" tests="1" failures="0" errors="1">
    <testcase name="istiops traffic explain" classname="istiops traffic explain">
      <error message="There is no such file." type="not-found">There is no such file.
Check it.</error>`,
    );
  });
});
