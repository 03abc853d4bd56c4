import { beforeAll, describe, expect, test } from 'vitest';
import { istiops } from './support/doors.ts';
import { askMany } from './support/many.ts';
import { traces } from './support/objects.ts';
import { sharedPlane, WAIT, type Plane } from './support/plane.ts';
import { deploy, runRecipe, show } from './support/recipes.ts';

let plane: Plane;

beforeAll(async () => {
  plane = await sharedPlane();
});

describe('take-back.yml', () => {
  test.for(['', 'v2'])('takes the last change back; with build "%s"', async (build) => {
    const app = await deploy(plane);
    const { host, namespace } = app;
    const start = await show(plane, app);
    const shifted = await istiops(plane, 'weight', {
      namespace,
      'label-selector': 'app=api-domain',
      'pod-selector': 'app=api-domain,build=v2',
      weight: '100',
      'propagation-wait': WAIT,
    });
    expect(shifted.code, shifted.stderr).toBe(0);

    const ran = await runRecipe(plane, 'take-back.yml', app, undefined, {
      event: 'workflow_dispatch',
      inputs: { build },
    });
    expect(ran.jobs, ran.log).toEqual({ 'take-back': 'success' });
    expect(traces(await show(plane, app))).toEqual(traces(start));
    expect(await askMany(plane, { host }, 100)).toEqual({ '200 v1': 100 });
  });
});
