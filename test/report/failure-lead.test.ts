import { describe, expect, it } from 'vitest';
import { failureLead } from '../../src/report/failure-lead.ts';

describe('failureLead', () => {
  it.each([
    ['No pod. Wait.', 'No pod. Wait.'],
    [
      'There is no pod with the labels app=api,build=10 in namespace shop. Wait until the rollout is done.',
      'There is no pod with the labels app=api,build=10 in namespace shop.',
    ],
    [
      '2 checks speak against it:\n- no pod is ready. Wait.\n- no port\nTo do it all the same, set `force: true`.',
      '2 checks speak against it: no pod is ready. Wait; no port',
    ],
    [
      '1 of 2 expectations is not met:\n- traffic.yaml:4 cart: expected v2; found v1',
      '1 of 2 expectations is not met: traffic.yaml:4 cart: expected v2; found v1',
    ],
    [
      'Kubernetes would refuse these manifests, so nothing is done with any:\nistio.yaml:8:3: the key "hosts" is there twice',
      'Kubernetes would refuse these manifests, so nothing is done with any: istio.yaml:8:3: the key "hosts" is there twice',
    ],
    ['Grant it:\n\nrules:\n- a', 'Grant it:'],
  ])('of %j', (message, lead) => {
    expect(failureLead(message).lead).toBe(lead);
  });

  it('leaves the whole list to the rest, and counts what a headline has no room for', () => {
    const items = Array.from({ length: 30 }, (_, i) => `- expectation number ${i} is not met at all`);
    const { lead, rest } = failureLead(`30 are not met:\n${items.join('\n')}`);
    expect(lead.length).toBeLessThan(300);
    expect(lead).toMatch(/; and 2\d more$/);
    expect(rest.trim().split('\n')).toEqual(items);
  });
});
