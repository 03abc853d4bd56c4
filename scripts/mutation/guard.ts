/**
 * `npm run mutation:guard [-- --mutate src/plan/shares.ts]`: mutates the planner, lets the guard alone judge what is
 * planned, and prints for each file how many mutants that make a difference it refuses, and which it lets go.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { guardWorlds } from '../../test/reach/guard-worlds.ts';

interface Mutant {
  readonly id: string;
  readonly status: string;
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly location: { readonly start: { readonly line: number } };
}

const FOLDER = resolve('reports/mutation');
const [WORLDS, LOG] = [resolve(FOLDER, 'guard-worlds.json'), resolve(FOLDER, 'guard.log')];

mkdirSync(FOLDER, { recursive: true });
rmSync(LOG, { force: true });
const worlds = guardWorlds();
writeFileSync(WORLDS, JSON.stringify(worlds));
console.log(`${worlds.length} changes`);
spawnSync('stryker', ['run', 'stryker.guard.config.ts', ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { ...process.env, GUARD_WORLDS: WORLDS, GUARD_LOG: LOG },
});

/** The mutants of which the guard has refused something, and nothing went by. */
const caught = new Set(
  readFileSync(LOG, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { mutant: string | null; caught: number; slipped: readonly string[] })
    .filter((one) => one.caught > 0 && one.slipped.length === 0)
    .map(({ mutant }) => mutant),
);
const { files } = JSON.parse(readFileSync(resolve(FOLDER, 'guard.json'), 'utf8')) as {
  files: Readonly<Record<string, { readonly mutants: readonly Mutant[] }>>;
};
let [allCaught, allSlipped] = [0, 0];
for (const [file, { mutants }] of Object.entries(files)) {
  const slipped = mutants.filter(({ status }) => status === 'Killed');
  const seen = mutants.filter(({ id, status }) => status === 'Survived' && caught.has(id));
  allCaught += seen.length;
  allSlipped += slipped.length;
  console.log(
    `${file}: ${seen.length} refused, ${slipped.length} went by, ${mutants.length - seen.length - slipped.length} without effect or refused before`,
  );
  for (const { location, mutatorName, replacement = '' } of slipped)
    console.log(`  ${file}:${location.start.line} ${mutatorName}: ${replacement.slice(0, 100)}`);
}
const share = allCaught + allSlipped === 0 ? 100 : (100 * allCaught) / (allCaught + allSlipped);
console.log(`The guard alone refuses ${share.toFixed(1)} % of the mutants that write something else.`);
