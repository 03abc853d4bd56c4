import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { kubeconfigText } from './plane/kubeconfig.ts';
import { runWorkflow } from './support/act.ts';
import { sharedPlane, type Plane } from './support/plane.ts';
import { actFor, deploy, RECIPES, REPOSITORY, show } from './support/recipes.ts';

let plane: Plane;

beforeAll(async () => {
  plane = await sharedPlane();
});

describe('kubeconfig.yml', () => {
  test('gives the build its share by the kubeconfig of a secret', async () => {
    const app = await deploy(plane);
    const { server, ca, token } = plane.restConfig();
    const ran = await runWorkflow(await actFor(plane, app), {
      event: 'workflow_dispatch',
      inputs: { build: 'v2' },
      file: join(RECIPES, 'kubeconfig.yml'),
      repository: REPOSITORY,
      secrets: { KUBECONFIG: kubeconfigText({ server, ca, user: { token } }) },
    });
    expect(ran.jobs, ran.log).toEqual({ share: 'success' });
    expect(JSON.stringify(ran)).not.toContain(token);
    const { virtualService } = await show(plane, app);
    expect(virtualService.spec.http?.at(-1)?.route).toMatchObject([{ weight: 90 }, { weight: 10 }]);
  });
});
