import { expect, test } from 'vitest';
import { looksSecret } from '../../src/net/credential-text.ts';

const label = (edge: string): string => `-----${edge} PRIVATE KEY-----`;
const pem = (body: string): string => [label('BEGIN'), body, label('END'), ''].join('\n');
const base64 = (text: string): string => Buffer.from(text).toString('base64');

test.for([
  ['a key whose last line is full', pem('bm90IGEga2V5IGF0IGFsbCEh')],
  ['a key with padding', pem('bm90IGEga2V5IGF0IGFsbA==')],
  ['the base64 of a key', base64(pem('bm90IGEga2V5IGF0IGFsbCEh'))],
  ['a kubeconfig', 'apiVersion: v1\nclusters: []\n'],
  ['the base64 of a kubeconfig', base64('apiVersion: v1\nclusters: []\n')],
  ['a web token', `eyJhbGciOiJ9.${'a'.repeat(12)}.sig`],
] as const)('%s is a credential', ([, text]) => {
  expect(looksSecret(text)).toBe(true);
});

test.for(['app=api,build=10', 'deploy/api.yaml', 'bm90IGEga2V5IGF0IGFsbCEh', 'users: many'])(
  '%s is none',
  (text) => {
    expect(looksSecret(text)).toBe(false);
  },
);
