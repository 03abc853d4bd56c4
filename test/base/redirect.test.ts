import { expect, test } from 'vitest';
import { shownRedirect } from '../../src/base/redirect.ts';

const FROM = 'https://10.0.0.1:6443/api/v1/pods';

test.for([
  [301, 'https://login.example/sign-in?state=s3cret#x', 'https://login.example/sign-in'],
  [302, '/login', 'https://10.0.0.1:6443/login'],
  [303, 'pods/', 'https://10.0.0.1:6443/api/v1/pods/'],
  [307, '//other.example', 'https://other.example/'],
  [308, 'https://ada:s3cret@other.example:8443/', 'https://other.example:8443/'],
  [302, '', 'https://10.0.0.1:6443/api/v1/pods'],
  [302, `/${'a'.repeat(300)}`, `https://10.0.0.1:6443/${'a'.repeat(177)}…`],
  [302, 'https://', undefined],
  [302, undefined, undefined],
  [300, '/choose', undefined],
  [304, '/login', undefined],
  [201, '/created', undefined],
] as const)('%s %s: %s', ([status, location, target]) => {
  expect(shownRedirect(status, location, FROM)).toBe(target);
});
