/** A credential in an input that is no secret is refused, and no message repeats it. */
import { describe, expect, test } from 'vitest';
import type { Words } from '../../src/intent/types.ts';
import { ALL_INPUTS } from '../../src/operations/inputs.ts';
import { OPERATIONS } from '../../src/operations/index.ts';
import { parseWords } from '../../src/operations/parse-words.ts';
import { refusalOf } from '../support/refusal.ts';

const WEIGHT: Words = {
  operation: 'weight',
  'label-selector': 'app=api',
  'pod-selector': 'app=api,build=10',
  weight: '20',
};
const SERVER = 'https://k8s.example:6443';

test('a private key in the wrong input is not repeated', () => {
  const pem = '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n';
  for (const given of [pem, Buffer.from(pem).toString('base64')]) {
    const message = refusalOf(() =>
      parseWords({ ...WEIGHT, server: SERVER, 'certificate-authority': given }),
    );
    expect(message).toContain(
      'certificate-authority: (not shown)\n  problem:  it looks like a credential (a kubeconfig, a key or a token)',
    );
  }
});

describe('a credential in the wrong input', () => {
  const TOKEN = 'eyJhbGciOiJSUzI1NiJ9.c2VydmljZS1hY2NvdW50.Zm9yLXRoZS1zY2VuYXJpb3M';
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'here', cluster: { server: 'https://k8s.example' } }],
    users: [{ name: 'ci', user: { token: TOKEN } }],
    contexts: [],
  };
  const yaml = `apiVersion: v1\nkind: Config\nclusters: []\nusers:\n- name: ci\n  user:\n    token: ${TOKEN}\n`;
  const texts = [yaml, JSON.stringify(config), Buffer.from(yaml).toString('base64')];
  const parts = (text: string): readonly string[] => [text, text.trim(), TOKEN, TOKEN.slice(0, 20)];
  const others = ALL_INPUTS.filter(({ secret }) => !secret).map(({ name }) => name);

  test.each(others)('a kubeconfig as %s is refused, and not repeated', (name) => {
    for (const operation of OPERATIONS)
      for (const text of texts) {
        const words = { operation, 'label-selector': 'app=api', [name]: text };
        let message = '';
        try {
          parseWords(words);
        } catch (thrown) {
          message = (thrown as Error).message;
        }
        for (const part of parts(text)) expect(message).not.toContain(part);
        const isUsed = message.includes(`${name}: (not shown)`);
        if (isUsed) expect(message).toContain('it looks like a credential');
      }
    // At least one operation uses it.
    const told = OPERATIONS.map((operation) => {
      try {
        parseWords({ operation, [name]: yaml });
        return '';
      } catch (thrown) {
        return (thrown as Error).message;
      }
    });
    expect(told.some((message) => message.includes(`${name}: (not shown)`))).toBe(true);
  });

  test.each(['context', 'audience', 'deployment', 'manifests'])('a token as %s, too', (name) => {
    const message = refusalOf(() => parseWords({ ...WEIGHT, server: SERVER, [name]: TOKEN }));
    expect(message).toContain(`${name}: (not shown)`);
    expect(message).not.toContain(TOKEN);
  });

  test('a token as a header that is explained is one', () => {
    const words = {
      operation: 'explain',
      requests: 'https://shop.io/',
      headers: `authorization=Bearer ${TOKEN}`,
    };
    expect(() => parseWords(words)).not.toThrow();
  });

  test.each([...texts, TOKEN, 'a\nb'])('as the path of a kubeconfig', (text) => {
    const message = refusalOf(() => parseWords({ ...WEIGHT, kubeconfig: text }, { kubeconfigIs: 'path' }));
    expect(message).toContain('kubeconfig: (not shown)\n  problem:  it is not the path of one file');
    expect(message).toContain('accepted: the path of a kubeconfig');
    for (const part of parts(text)) if (part.length > 8) expect(message).not.toContain(part);
  });
});
