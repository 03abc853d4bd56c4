import { expect, test } from 'vitest';
import { TrafficError } from '../../src/base/errors.ts';
import { githubClient } from '../../src/github/client.ts';
import { faultsOf } from '../../src/github/faults.ts';
import { clock } from '../../src/run/effects.ts';

const GRANT = 'The job needs `permissions: pull-requests: write`.';

test.for([
  ['forbidden', 'Resource not accessible by integration', true],
  ['not-found', 'Not Found', true],
  ['forbidden', 'Unable to create comment because issue is locked.', false],
  ['unreachable', 'GitHub could not be reached', false],
] as const)('%s, "%s": a permission helps: %s', async ([reason, message, helps]) => {
  const [found] = await faultsOf(undefined, 'comment', () =>
    Promise.reject(new TrafficError(reason, message)),
  );
  expect(found?.severity).toBe('warning');
  expect(found?.message.endsWith(GRANT)).toBe(helps);
});

test.for([
  ['', 'there is no token'],
  ['a b', 'a character that no token has'],
] as const)('the token %j: %s', async ([token, words]) => {
  const thrown: unknown = await githubClient(token, clock, 'https://api.github.com').catch(
    (error: unknown) => error,
  );
  expect(thrown).toMatchObject({
    reason: 'invalid-input',
    message: expect.stringContaining(words) as string,
  });
});
