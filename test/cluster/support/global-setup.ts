import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { ensureTools } from '../plane/build.ts';
import { findPlanes, knock } from '../plane/claim.ts';
import { until } from '../plane/processes.ts';
import { PLANE_TOOLS } from '../plane/tools.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** Before the worker starts: the tools (minutes, the first time), the doors, and a temporary folder that is ours alone. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  // These too: built within a test, they would use up the test's time.
  await ensureTools([...PLANE_TOOLS, 'kubectl', 'prometheus', 'chromium'], console.log);
  const doors = await copyDoors();
  project.provide('doors', doors);
  const folder = await mkdtemp(join(tmpdir(), 'istiops-cluster-'));
  const former = process.env['TMPDIR'];
  // The worker inherits it, so the plane is in there and no other plane of this machine is.
  process.env['TMPDIR'] = folder;
  return async () => {
    for (const { dir } of await findPlanes()) {
      await knock(dir, 'stop');
      await until(`${dir} is gone`, () => Promise.resolve(!existsSync(dir)));
    }
    await Promise.all([folder, doors].map((path) => rm(path, { recursive: true })));
    if (former === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = former;
  };
}

/**
 * The built Action and command line as they are now, in a folder of their own: a build in the middle of these
 * minutes would change what is tested, or take it away. In node_modules, for the packages are found from there.
 */
async function copyDoors(): Promise<string> {
  const cache = join(ROOT, 'node_modules/.cache');
  await mkdir(cache, { recursive: true });
  const doors = await mkdtemp(join(cache, 'cluster-test-'));
  for (const part of ['dist', 'lib', 'package.json']) {
    if (!existsSync(join(ROOT, part)))
      throw new Error(`${part} is what these tests test, and it is not there: npm run build.`);
    await cp(join(ROOT, part), join(doors, part), { recursive: true });
  }
  return doors;
}

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder with `dist/index.js` and `dist/istiops.js`. */
    readonly doors: string;
  }
}
