/** A run that waits for a ready pod of the build. */
import { describe, expect, test } from 'vitest';
import { API, metadata, podOf, RULE, WEIGHT } from '../support/api-service.ts';
import { failureOf, PODS, threeBuilds } from '../support/three-builds.ts';

describe('wait-for-pods', () => {
  const WAITING = { ...WEIGHT, 'wait-for-pods': '5s', 'propagation-wait': '0s' };

  test('goes on as soon as one is ready', async () => {
    const made = threeBuilds();
    made.pods = [podOf('1'), podOf('2', false)];
    made.on(
      'read',
      () => undefined,
      () => undefined,
      () => (made.pods = PODS),
    );
    const outcome = await made.run(WAITING);

    expect(outcome).toMatchObject({ changed: true, failure: null });
    expect(made.journal.slice(0, 5)).toEqual(['read', 'sleep 2000', 'read', 'sleep 2000', 'read']);
  });

  test('is a timeout when the time is up, not later', async () => {
    const made = threeBuilds();
    made.pods = [podOf('1')];
    const outcome = await made.run(WAITING);

    expect(made.journal).toEqual(['read', 'sleep 2000', 'read', 'sleep 2000', 'read', 'sleep 1000', 'read']);
    expect(failureOf(outcome)).toMatch(/^timeout: Waited 5 s for a ready pod\. .* Nothing was changed\.$/);
  });

  test('what no pod would mend is refused at once', async () => {
    const canary = { apiVersion: 'flagger.app/v1beta1', kind: 'Canary', name: 'api', uid: '1' };
    const made = threeBuilds({ ...API, metadata: { ...metadata, ownerReferences: [canary] } }, RULE);
    made.pods = [podOf('1')];
    const outcome = await made.run(WAITING);

    expect(made.journal).toEqual(['read']);
    expect(outcome.failure?.reason).toBe('check-failed');
  });

  test('without it, no ready pod is refused at once', async () => {
    const made = threeBuilds();
    made.pods = [podOf('1')];
    const outcome = await made.run(WEIGHT);

    expect(made.journal).toEqual(['read']);
    expect(outcome.failure?.reason).toBe('check-failed');
    expect(outcome.findings).toMatchObject([{ code: 'no-ready-pod', severity: 'error' }]);
  });

  test('force goes on with a warning, when the wait is over', async () => {
    const made = threeBuilds();
    made.pods = [podOf('1')];
    const outcome = await made.run({ ...WAITING, force: 'true' });

    expect(made.journal.filter((step) => step.startsWith('sleep'))).toEqual([
      'sleep 2000',
      'sleep 2000',
      'sleep 1000',
    ]);
    expect(outcome).toMatchObject({ changed: true, failure: null });
    expect(outcome.findings).toMatchObject([{ code: 'no-ready-pod', severity: 'warning' }]);
  });
});
