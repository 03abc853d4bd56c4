/**
 * `npm run build`, after lib/: the bundle in dist/, by ncc, which is the Action, the command line and the library. The
 * same bytes wherever it is built, so that CI can compare.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { minify } from 'terser';
import { bundledPackages, licensesText } from './bundle/licenses.ts';

const ROOT = join(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');
const NCC = join(ROOT, 'node_modules', '@vercel', 'ncc', 'dist', 'ncc', 'cli.js');

/**
 * ncc leaves `__filename` of CommonJS packages as it is, which an ES module doesn't have: a package that uses it would
 * fail at its first call with "__filename is not defined".
 */
const SHIM = 'var __filename=import.meta.filename,__dirname=import.meta.dirname;\n';

const CLIENT = join('node_modules', '@kubernetes', 'client-node');

/** The name of the bundle, which everything in dist/ shares: a second one would double what a runner fetches. */
const BUNDLE = 'action.js';

/**
 * Reading the bundle is most of what a start takes. What Node makes of it is kept in the runner's temporary folder, for the
 * next step of the job that uses the Action; the runner empties it after the job.
 */
const cached = (take: string): string =>
  [
    `import nodeModule from 'node:module';`,
    `const { RUNNER_TEMP } = process.env;`,
    'if (RUNNER_TEMP) nodeModule.enableCompileCache?.(`${RUNNER_TEMP}/istiops-compiled`);',
    take,
    '',
  ].join('\n');

/** What a person or the runner starts, and what a program imports, by file name: each takes its part of the bundle. */
const ENTRIES = {
  // Started by the runner (action.yml).
  'index.js': cached(`const { main } = await import('./${BUNDLE}');\nawait main();`),
  'post.js': cached(`const { post } = await import('./${BUNDLE}');\nawait post();`),
  // Started by a person, again and again on one machine: reading the bundle is most of what a start takes, so what
  // Node makes of it is kept. The function is missing in a Node that is too old, which the command line says.
  'istiops.js': [
    '#!/usr/bin/env node',
    `import nodeModule from 'node:module';`,
    'nodeModule.enableCompileCache?.();',
    `const { istiops } = await import('./${BUNDLE}');`,
    'process.exitCode = await istiops(process.argv);',
    '',
  ].join('\n'),
  'library.js': `export { ${(await libraryNames()).join(', ')} } from './${BUNDLE}';\n`,
};

/** What stands in place of packages in the bundle, by the variable that ncc finds its `paths` by. */
const PATHS = { TS_NODE_PROJECT: join(import.meta.dirname, 'bundle', 'paths.json') };

/** Always of this name, for webpack numbers modules by their paths. */
const STAGE = join(ROOT, 'node_modules', '.bundle');

rmSync(STAGE, { recursive: true, force: true });
try {
  stage();
  const made = join(STAGE, 'dist');
  const stats = join(STAGE, 'stats.json');
  const options = ['--minify', '--no-cache', '--quiet', '--stats-out', stats];
  execFileSync(
    process.execPath,
    [NCC, 'build', join(STAGE, 'lib', 'doors', 'bundle.js'), ...options, '--out', made],
    {
      cwd: ROOT,
      env: { ...process.env, ...PATHS },
      stdio: 'inherit',
    },
  );
  for (const file of readdirSync(made).filter((name) => name.endsWith('.js'))) {
    await finish(join(made, file), file === 'index.js');
  }
  renameSync(join(made, 'index.js'), join(made, BUNDLE));
  for (const [file, source] of Object.entries(ENTRIES)) writeFileSync(join(made, file), source);
  // Not ncc's: its list lacks every package whose modules are merged into others.
  const packages = bundledPackages(readFileSync(stats, 'utf8'));
  writeFileSync(join(made, 'licenses.txt'), licensesText(packages));
  // Tests may be running the old one, which is there until the new one is whole.
  rmSync(DIST, { recursive: true, force: true });
  renameSync(made, DIST);
} finally {
  rmSync(STAGE, { recursive: true, force: true });
}

/**
 * lib/ beside a copy of the Kubernetes client that says what is true of it and it doesn't say: its modules do nothing
 * when they are loaded. So those that nothing asks for, the models of all API kinds, need not be in the bundle.
 */
function stage(): void {
  cpSync(join(ROOT, 'lib'), join(STAGE, 'lib'), { recursive: true });
  const [client, copy] = [join(ROOT, CLIENT), join(STAGE, CLIENT)];
  cpSync(client, copy, { recursive: true, filter: (path) => !/\.(d\.ts|map)$/.test(path) });
  const manifest = join(copy, 'package.json');
  const stated = JSON.parse(readFileSync(manifest, 'utf8')) as object;
  writeFileSync(manifest, JSON.stringify({ ...stated, sideEffects: false }));
}

/** ncc minifies the main file only: the Kubernetes client, loaded when a cluster is asked, would be 19 MB. */
async function finish(path: string, isMain: boolean): Promise<void> {
  const source = readFileSync(path, 'utf8');
  const { code = source } = isMain
    ? { code: source }
    : await minify(source, { module: true, compress: { passes: 1 } });
  writeFileSync(path, SHIM + code);
}

/** What the library exports to a program; its types are in lib/. */
async function libraryNames(): Promise<readonly string[]> {
  const library = (await import(pathToFileURL(join(ROOT, 'lib', 'index.js')).href)) as object;
  return Object.keys(library).sort();
}
