import { describe, expect, it } from 'vitest';
import { annotationsOf } from '../../src/report/annotations.ts';
import { finding, outcome } from '../support/outcomes.ts';

describe('annotationsOf', () => {
  it('names file, line and column of what Kubernetes would refuse', () => {
    const message =
      'Kubernetes would refuse these manifests, so nothing is done with any:\ndeploy/istio.yaml:8:3: the key "hosts" is there twice in one object';
    expect(
      annotationsOf(outcome({ operation: 'weight', failure: { reason: 'invalid-input', message } })),
    ).toEqual([
      {
        level: 'error',
        title: 'istiops weight: invalid-input',
        message: 'the key "hosts" is there twice in one object',
        file: 'deploy/istio.yaml',
        line: 8,
        column: 3,
      },
    ]);
  });

  it('names the line of each expectation that is not met, and no other', () => {
    const verdict = { name: 'cart', file: 'traffic.yaml', line: 4, met: false, expected: 'v2', found: 'v1' };
    const request = {
      text: 'GET http://a/',
      headers: {},
      gateway: 'mesh',
      port: 80,
      sourceLabels: {},
      sourceNamespace: null,
    };
    const explanation = { request, host: null, passed: [], result: { kind: 'none' as const } };
    const explanations = [
      { ...explanation, verdict },
      { ...explanation, verdict: { ...verdict, met: true } },
      { ...explanation, verdict: null },
    ];
    const failure = {
      reason: 'check-failed' as const,
      message: '1 of 2 expectations is not met:\n- traffic.yaml:4 cart: x',
    };
    expect(annotationsOf(outcome({ operation: 'explain', explanations, failure }))).toEqual([
      {
        level: 'error',
        title: 'expectation not met: cart',
        message: 'expected v2; found v1',
        file: 'traffic.yaml',
        line: 4,
      },
    ]);
  });

  it('has a warning for each warning, and none for a notice', () => {
    const findings = [finding('warning', 'argo-cd', 'Argo CD delivers it.'), finding('notice', 'x', 'y')];
    expect(annotationsOf(outcome({ operation: 'weight', findings }))).toEqual([
      { level: 'warning', title: 'istiops weight: argo-cd', message: 'Argo CD delivers it.' },
    ]);
  });

  it('takes no address for a file', () => {
    const message = 'cluster https://10.0.0.1:6443: no answer\nGET http://a.b:80/ got 503';
    expect(annotationsOf(outcome({ failure: { reason: 'unreachable', message } }))).toEqual([]);
  });
});
