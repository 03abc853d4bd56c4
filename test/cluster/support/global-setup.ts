import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensurePlaneTools } from '../plane/build.ts';
import { findPlanes, knock } from '../plane/claim.ts';
import { until } from '../plane/processes.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** Before the worker starts: the tools (minutes, the first time), the built doors, and a folder that is ours alone. */
export async function setup(): Promise<() => Promise<void>> {
  for (const built of ['dist/index.js', 'lib/cli.js']) {
    if (!existsSync(join(ROOT, built)))
      throw new Error(`${built} is what these tests test, and it is not there: npm run build.`);
  }
  await ensurePlaneTools(console.log);
  const folder = await mkdtemp(join(tmpdir(), 'istiops-cluster-'));
  const former = process.env['TMPDIR'];
  // The worker inherits it, so the plane is in there and no other plane of this machine is.
  process.env['TMPDIR'] = folder;
  return async () => {
    for (const { dir } of await findPlanes()) {
      await knock(dir, 'stop');
      await until(`${dir} is gone`, () => Promise.resolve(!existsSync(dir)));
    }
    await rm(folder, { recursive: true });
    if (former === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = former;
  };
}
