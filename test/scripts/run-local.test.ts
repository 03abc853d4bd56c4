import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { copyExamples, ROOT, runProgram, textsIn, type Finished } from '../support/examples.ts';

let dir = '';
beforeEach(() => {
  dir = copyExamples();
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

function runLocal(...args: string[]): Finished {
  return runProgram(join(ROOT, 'scripts', 'run-local'), args, dir);
}

const WEIGHT = [
  ...['--operation', 'weight', '--manifests', 'examples/shop', '--label-selector=app=api-domain'],
  ...['--pod-selector', 'app=api-domain,build=10', '--weight', '20'],
];

describe('scripts/run-local', () => {
  test('runs the built Action: files, outputs, summary', () => {
    const { status, stdout } = runLocal(...WEIGHT);
    expect(status, stdout).toBe(0);
    expect(stdout).toContain(
      '\n── outputs ──\nchanged: true\noperation: weight\ncontext: \nserver: \nsubset: api-domain-10\n',
    );
    expect(stdout).toContain('\n── summary ──\n### ✅ api-domain-10 now gets 20 % of api.domain.io');
    expect(textsIn(dir)['virtual-service.yaml']).toContain('weight: 20');
  });

  test('reads a bare flag of those that are true or false as true', () => {
    const before = textsIn(dir);
    const { status, stdout } = runLocal('--dry-run', ...WEIGHT);
    expect(status, stdout).toBe(0);
    expect(stdout).toContain('changed: true');
    expect(textsIn(dir)).toEqual(before);
  });

  test('ends as the step does', () => {
    const { status, stdout } = runLocal('--operation', 'weight', '--weight', '101');
    expect(status).toBe(1);
    expect(stdout).toContain('failure-reason: invalid-input');
  });

  test('refuses what action.yml does not declare, before anything is run', () => {
    const before = textsIn(dir);
    expect(runLocal(...WEIGHT, '--lable-selector', 'app=api')).toEqual({
      status: 2,
      stdout: '',
      stderr: 'action.yml declares no input lable-selector: did you mean label-selector?\n',
    });
    expect(textsIn(dir)).toEqual(before);
  });

  test('says all that is wrong with its flags at once', () => {
    const { status, stderr } = runLocal('stray', '--weight', '1', '--weight', '2', '--zzzzzzzz');
    expect(status).toBe(2);
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringContaining('"stray" belongs to no input'),
      expect.stringContaining('The input weight is given twice'),
      'action.yml declares no input zzzzzzzz: see --help.',
    ]);
  });
});
