import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { actionYml } from '../../scripts/generate/action-yml.ts';
import { inputGroups } from '../../scripts/generate/input-groups.ts';
import { fillPlaces } from '../../scripts/generate/places.ts';
import { outcomeSchema } from '../../scripts/generate/schema.ts';
import { ALL_INPUTS } from '../../src/operations/inputs.ts';
import { ROOT } from '../support/examples.ts';

describe('npm run generate', () => {
  test('action.yml follows the table of inputs', () => {
    expect(readFileSync(join(ROOT, 'action.yml'), 'utf8')).toBe(actionYml());
  });

  test('the schema names every operation', async () => {
    const path = join(ROOT, 'schema', 'outcome.schema.json');
    const schema = readFileSync(path, 'utf8');
    expect(await outcomeSchema(schema, path)).toBe(schema);
    expect(await outcomeSchema(schema.replace('"weight", ', ''), path)).toBe(schema);
    await expect(outcomeSchema('{}', path)).rejects.toThrow('no $defs.operation');
  });

  test('every input is in one group', () => {
    const names = inputGroups().flatMap(({ inputs }) => inputs.map(({ name }) => name));
    expect(names.toSorted()).toEqual(ALL_INPUTS.map(({ name }) => name).toSorted());
  });

  test('the runner would read an expression in action.yml and refuse the file', () => {
    // In a default the runner evaluates it; everywhere else it refuses the file.
    const elsewhere = actionYml().replaceAll(/^    default: '.*'$/gm, '');
    expect(elsewhere).not.toContain('${{');
  });

  test.for([
    ['<!-- generated: nothing-known -->\n<!-- /generated -->', 'nothing-known'],
    [
      '<!-- generated: run istiops traffic show --manifests nowhere --label-selector a=b -->\n<!-- /generated -->',
      'nowhere',
    ],
    ['<!-- generated: steps examples/workflows/sweep.yml sweep 7 -->\n<!-- /generated -->', 'no steps 7'],
    ['<!-- generated: message action-show -->\n<!-- /generated -->', 'no message'],
    ['<!-- generated: warnings weight-on-tcp -->\n<!-- /generated -->', 'no warning'],
  ] as const)('a place that can not be filled is an error: %s', ([text, words]) => {
    expect(() => fillPlaces(text)).toThrow(words);
  });
});
