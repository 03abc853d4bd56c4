import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { actionYml } from '../../scripts/generate/action-yml.ts';
import { inputGroups } from '../../scripts/generate/input-groups.ts';
import { fillPlaces } from '../../scripts/generate/readme.ts';
import { ALL_INPUTS } from '../../src/operations/inputs.ts';
import { ROOT } from '../support/examples.ts';

describe('npm run generate', () => {
  test('action.yml follows the table of inputs', () => {
    expect(readFileSync(join(ROOT, 'action.yml'), 'utf8')).toBe(actionYml());
  });

  test('README.md shows what its commands print, and the files as they are', () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    expect(fillPlaces(readme)).toBe(readme);
  });

  test('every input is in one group', () => {
    const names = inputGroups().flatMap(({ inputs }) => inputs.map(({ name }) => name));
    expect(names.toSorted()).toEqual(ALL_INPUTS.map(({ name }) => name).toSorted());
  });

  test('the runner would read an expression in action.yml and refuse the file', () => {
    expect(actionYml()).not.toContain('${{');
  });

  test.for([
    ['<!-- generated: nothing-known -->\n<!-- /generated -->', 'nothing-known'],
    [
      '<!-- generated: run istiops traffic show --manifests nowhere --label-selector a=b -->\n<!-- /generated -->',
      'nowhere',
    ],
  ] as const)('a place that can not be filled is an error: %s', ([text, words]) => {
    expect(() => fillPlaces(text)).toThrow(words);
  });
});
