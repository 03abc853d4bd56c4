import { join } from 'node:path';
import { describe, test } from 'vitest';
import { leaksOf, play } from './play.ts';
import { SCENARIOS } from './scenarios.ts';

const SNAPSHOTS = join(import.meta.dirname, 'snapshots');

describe.concurrent('every scenario, to the letter and without a secret', () => {
  test.for(SCENARIOS)('$name', { timeout: 60_000 }, async (scenario, { expect }) => {
    const played = await play(scenario);

    await expect(played.transcript).toMatchFileSnapshot(join(SNAPSHOTS, `${scenario.name}.txt`));
    expect(leaksOf(played)).toEqual([]);
  });
});
