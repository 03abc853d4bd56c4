import { expect, test } from 'vitest';
import { proxyFor } from '../../src/net/proxy.ts';

const at = (server: string, env: Record<string, string>) => proxyFor(new URL(server), env);

test.each<[string, string, Record<string, string>, string | undefined]>([
  ['none', 'https://k8s.corp', {}, undefined],
  ['https', 'https://k8s.corp', { HTTPS_PROXY: 'http://p:3128' }, 'http://p:3128'],
  ['lower case', 'https://k8s.corp', { https_proxy: 'http://p:3128' }, 'http://p:3128'],
  ['blank is not set', 'https://k8s.corp', { HTTPS_PROXY: ' ', https_proxy: 'http://p' }, 'http://p'],
  ['http has its own', 'http://k8s.corp', { HTTPS_PROXY: 'http://p:3128' }, undefined],
  ['http', 'http://k8s.corp', { HTTP_PROXY: 'http://p:3128' }, 'http://p:3128'],
  ['without a scheme', 'https://k8s.corp', { HTTPS_PROXY: 'p:3128' }, 'http://p:3128'],
  ['socks', 'https://k8s.corp', { HTTPS_PROXY: 'socks5://p:1080' }, 'socks5://p:1080'],
])('the proxy that the environment names: %s', (_, server, env, expected) => {
  expect(at(server, env)).toBe(expected);
});

test.each([
  ['https://k8s.corp', '*', true],
  ['https://k8s.corp', 'corp', true],
  ['https://k8s.corp', '.corp', true],
  ['https://k8s.corp', '*.corp', true],
  ['https://corp', '.corp', false],
  ['https://corp', 'corp', true],
  ['https://k8s.mycorp', 'corp', false],
  ['https://K8S.Corp', 'k8s.corp', true],
  ['https://k8s.corp', 'other, k8s.corp', true],
  ['https://k8s.corp', 'other k8s.corp', true],
  ['https://k8s.corp:6443', 'k8s.corp:6443', true],
  ['https://k8s.corp:6443', 'k8s.corp:443', false],
  ['https://k8s.corp', 'k8s.corp:443', true],
  ['https://10.1.2.3:6443', '10.1.2.3', true],
  ['https://10.1.2.3:6443', '10.1.2.3:6443', true],
  ['https://10.1.2.3:6443', '10.1.2.3:1', false],
  ['https://10.1.2.3', '10.0.0.0/8', true],
  ['https://11.1.2.3', '10.0.0.0/8', false],
  ['https://10.1.2.3', '10.0.0.0/99', false],
  ['https://10.1.2.3', '10.0.0.0/', false],
  ['https://10.1.2.3', 'nonsense/8', false],
  ['https://k8s.corp', '10.0.0.0/8', false],
  ['https://[fd00::1]:6443', 'fd00::/8', true],
  ['https://[fd00::1]:6443', 'fd00:0:0::1', true],
  ['https://[fd00::1]:6443', '[fd00::1]:6443', true],
  ['https://[fd00::1]:6443', '[fd00::1]:1', false],
  ['https://k8s.corp', '', false],
])('%s with NO_PROXY=%s: exempt is %s', (server, list, exempt) => {
  const env = { HTTPS_PROXY: 'http://p' };
  expect(at(server, { ...env, NO_PROXY: list })).toBe(exempt ? undefined : 'http://p');
  expect(at(server, { ...env, no_proxy: list })).toBe(exempt ? undefined : 'http://p');
});

test('this machine is not looked for through a proxy that is elsewhere', () => {
  for (const server of [
    'https://127.0.0.1:6443',
    'https://localhost:6443',
    'https://[::1]:6443',
    'https://kind.localhost',
  ]) {
    expect(at(server, { HTTPS_PROXY: 'http://proxy.corp:3128' })).toBeUndefined();
    expect(at(server, { HTTPS_PROXY: 'http://127.0.0.1:3128' })).toBe('http://127.0.0.1:3128');
  }
});
