import { cpSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { VERSION } from '../../src/base/version.ts';
import { copyExamples, ROOT, runProgram, textsIn, type Finished } from '../support/examples.ts';

let dir = '';
beforeEach(() => {
  dir = copyExamples();
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

/** As a shell runs it: with its quotes, and with a flag that has no value. */
function shell(line: string): Finished {
  const cli = join(ROOT, 'src', 'doors', 'bin', 'istiops.ts');
  return runProgram('sh', ['-c', line.replace(/^istiops/, `'${process.execPath}' '${cli}'`)], dir);
}

describe('examples/shop', () => {
  test('the commands of the Go istiops run as they are written', () => {
    const before = textsIn(dir);
    const at = '--manifests examples/shop';
    expect(shell('istiops version').stdout).toBe(`istiops ${VERSION}\n`);

    const cleared = shell(`istiops traffic clear --label-selector app=api-domain ${at}`);
    expect([cleared.status, cleared.stderr]).toEqual([0, '']);
    expect(textsIn(dir)).toEqual(before);

    const previewed = shell(
      `istiops traffic headers --namespace "default" --hostname "api.domain.io" --port 5000 --label-selector "app=api-domain" --pod-selector "app=api-domain,build=PR-10" --headers "x-cid=seu_madruga" ${at}`,
    );
    expect(previewed.status, previewed.stderr).toBe(0);
    expect(textsIn(dir)['virtual-service.yaml']?.match(/exact: seu_madruga/g)).toHaveLength(2);

    const shifted = shell(
      `istiops traffic weight --namespace "default" --hostname "api.domain.io" --port 5000 --label-selector "app=api-domain" --pod-selector "app=api-domain,build=PR-10" --weight 20 ${at}`,
    );
    expect(shifted.status, shifted.stderr).toBe(0);
    expect(textsIn(dir)['virtual-service.yaml']?.match(/weight: 20$/gm)).toHaveLength(2);

    const asPrinted = shell(
      `istiops traffic rollback --label-selector --pod-selector app=api-domain,version:1.0.0 ${at}`,
    );
    expect(asPrinted.status, asPrinted.stderr).toBe(0);
    expect(asPrinted.stdout).toContain('Nothing to do');

    const back = shell(`istiops traffic rollback --pod-selector app=api-domain,build=PR-10 ${at}`);
    expect(back.status, back.stderr).toBe(0);
    expect(textsIn(dir)).toEqual(before);
  });
});

describe('examples/library.ts', () => {
  test('plans and runs with the built library, and writes nothing', () => {
    const before = textsIn(dir);
    // A program imports the package by its name, so it needs one that is installed.
    mkdirSync(join(dir, 'node_modules'));
    symlinkSync(ROOT, join(dir, 'node_modules', 'istiops-action'));
    cpSync(join(ROOT, 'examples', 'library.ts'), join(dir, 'library.mts'));
    const { status, stdout, stderr } = runProgram(process.execPath, ['library.mts', 'examples/shop'], dir);
    expect(status, stderr).toBe(0);
    expect(stdout).toContain('default (uri matches ".+"): 80 % stable, 20 % api-domain-10\n');
    expect(stdout).toContain('Would give api-domain-10 20 % of api.domain.io');
    expect(textsIn(dir)).toEqual(before);
  });
});

describe('npm run demo', () => {
  test('goes headers, weight, rollback on the built Action and ends where it began', () => {
    const { status, stdout, stderr } = runProgram(process.execPath, [join(ROOT, 'scripts', 'demo.ts')], dir);
    expect(status, stdout + stderr).toBe(0);
    expect(stdout.match(/^### .*$/gm)).toEqual([
      expect.stringContaining('Requests with x-cid: seu_madruga now go to api-domain-pr-10'),
      expect.stringContaining('api-domain-pr-10 now gets 20 %'),
      expect.stringContaining('api-domain-pr-10 is rolled back'),
    ]);
    expect(stdout.trimEnd().split('\n').at(-1)).toContain('byte for byte what they were');
  });
});
