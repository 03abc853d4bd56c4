import { join } from 'node:path';
import { describe, test } from 'vitest';
import { leaksOf } from '../support/process/leaks.ts';
import { play, playSeeds } from '../support/process/play.ts';
import { SCENARIOS } from '../support/process/scenarios.ts';

const snapshotOf = (name: string): string => join(import.meta.dirname, 'snapshots', `${name}.txt`);

describe.concurrent('every scenario, to the letter and without a secret', () => {
  // First, for it waits most of its time: five seconds for the mesh at each phase, as nobody says otherwise.
  test("the seeds' commands, as written", async ({ expect }) => {
    const played = await playSeeds([
      'version',
      'traffic clear --label-selector app=api-domain',
      'traffic headers --namespace "default" --hostname "api.domain.io" --port 5000 --label-selector "app=api-domain" --pod-selector "app=api-domain,build=PR-10" --headers "x-cid=seu_madruga"',
      'traffic weight --namespace "default" --hostname "api.domain.io" --port 5000 --label-selector "app=api-domain" --pod-selector "app=api-domain,build=PR-10" --weight 20',
      'traffic rollback --label-selector --pod-selector app=api-domain,version:1.0.0',
    ]);

    await expect(played.map(({ transcript }) => transcript).join('\n')).toMatchFileSnapshot(
      snapshotOf('seeds'),
    );
    expect(played.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0]);
    expect(played.flatMap((one) => leaksOf(one))).toEqual([]);
  });

  test.for(SCENARIOS)('$name', async (scenario, { expect }) => {
    const played = await play(scenario);

    await expect(played.transcript).toMatchFileSnapshot(snapshotOf(scenario.name));
    expect(leaksOf(played)).toEqual([]);
  });
});
