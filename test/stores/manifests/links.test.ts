/** Symbolic links below the folder of manifests. */
import { readdirSync, rmSync, symlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { failure, manifestsFolder, named, only, VS, weighted } from '../../support/manifests-folder.ts';

const { at, put, storeOf, text } = manifestsFolder();

describe('links', () => {
  test('are not followed, and worth a word where they point to something else', async () => {
    put({ 'in/vs.yaml': VS, 'out/secret.yaml': named('secret'), 'out/deep/x.yaml': named('x') });
    symlinkSync('vs.yaml', at('in/same.yaml'));
    symlinkSync('../out/secret.yaml', at('in/link.yaml'));
    symlinkSync('../out/deep', at('in/folder'));
    symlinkSync('nowhere', at('in/dead.yaml'));
    symlinkSync('..', at('in/loop'));
    for (const given of ['in', 'in/**/*.yaml']) {
      const store = storeOf(given);
      expect((await store.read()).virtualServices.map(({ metadata }) => metadata.name)).toEqual(['api']);
      expect(store.warnings.join('\n')).toMatch(
        /folder is a link to .*deep: links are not followed[^]*link\.yaml is a link to/,
      );
      expect(store.warnings.join('\n')).not.toMatch(/same|dead/);
    }
  });

  test('a file that is one, out of its folder, is refused', async () => {
    put({ 'in/x.yaml': VS, 'out/vs.yaml': VS });
    symlinkSync('../out/vs.yaml', at('in/vs.yaml'));
    const error = await failure(storeOf('in/vs.yaml').read());
    expect([error.reason, error.message]).toEqual([
      'invalid-input',
      expect.stringContaining('in/vs.yaml is a link to'),
    ]);
  });

  test('a file that is one, in its folder, is written where it leads', async () => {
    put({ 'real.yaml': VS });
    symlinkSync('real.yaml', at('vs.yaml'));
    const store = storeOf('vs.yaml');
    await store.write(weighted(await only(store), 50));
    expect(text('real.yaml')).toBe(VS.replace('80', '50').replace('20', '50'));
    expect(readdirSync(at('')).sort()).toEqual(['real.yaml', 'vs.yaml']);
  });

  test('a file that has become one since it was read is not written', async () => {
    put({ 'in/vs.yaml': VS, 'out.yaml': VS });
    const store = storeOf('in');
    const vs = await only(store);
    rmSync(at('in/vs.yaml'));
    symlinkSync('../out.yaml', at('in/vs.yaml'));
    expect((await failure(store.write(weighted(vs, 50)))).reason).toBe('conflict');
    expect(text('out.yaml')).toBe(VS);
  });
});
