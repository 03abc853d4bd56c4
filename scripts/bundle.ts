/**
 * `npm run build`, after lib/: the bundle in dist/, by ncc, which is the Action, the command line and the library. The
 * same bytes wherever it is built, so that CI can compare.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { withEagerFunctions } from './bundle/eager.ts';
import { filesOfLibrary, librarySource } from './bundle/library.ts';
import { licensesText } from './bundle/licenses.ts';
import { minified, withEagerModules, withLateBuiltIns } from './bundle/minify.ts';
import { bundledPackages, filesWith } from './bundle/packages.ts';
import { calledFunctions } from './bundle/profile.ts';
import { stageSources } from './bundle/stage.ts';
import { readStatistics } from './bundle/statistics.ts';

const ROOT = join(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');
const NCC = join(ROOT, 'node_modules', '@vercel', 'ncc', 'dist', 'ncc', 'cli.js');

/**
 * ncc leaves `__filename` of CommonJS packages as it is, which an ES module doesn't have: a package that uses it would
 * fail at its first call with "__filename is not defined".
 */
const SHIM = 'var __filename=import.meta.filename,__dirname=import.meta.dirname;\n';

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

/** What a person or the runner starts, by file name: each takes its part of the bundle. */
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
};

/** What stands in place of packages in the bundle, by the variable that ncc finds its `paths` by. */
const PATHS = { TS_NODE_PROJECT: join(import.meta.dirname, 'bundle', 'paths.json') };

/** What the first regex loads: `bundle/lazy-re2js.cjs`. */
const RE2JS = join(ROOT, 'node_modules', 're2js', 'build', 'index.cjs');

/** Packages that ncc doesn't see: what lies beside the bundle, and what jsonpath-plus has inside its one file. */
const UNSEEN = ['re2js', 'jsep', '@jsep-plugin/assignment', '@jsep-plugin/regex'];

/** Always of this name, for webpack numbers modules by their paths. */
const STAGE = join(ROOT, 'node_modules', '.bundle');

rmSync(STAGE, { recursive: true, force: true });
try {
  const entry = await stageSources(ROOT, STAGE);
  const made = join(STAGE, 'dist');
  const stats = join(STAGE, 'stats.json');
  const options = ['--minify', '--no-cache', '--quiet', '--stats-out', stats];
  execFileSync(process.execPath, [NCC, 'build', entry, ...options, '--out', made], {
    cwd: ROOT,
    env: { ...process.env, ...PATHS },
    stdio: 'inherit',
  });
  for (const file of readdirSync(made).filter((name) => name.endsWith('.js'))) {
    const source = readFileSync(join(made, file), 'utf8');
    writeFileSync(join(made, file), SHIM + withLateBuiltIns(withEagerModules(await minified(source))));
  }
  renameSync(join(made, 'index.js'), join(made, BUNDLE));
  writeFileSync(join(made, 're2js.cjs'), await minified(readFileSync(RE2JS, 'utf8')));
  for (const [file, source] of Object.entries(ENTRIES)) writeFileSync(join(made, file), source);
  const statistics = readStatistics(stats);
  for (const [file, isCalled] of await calledFunctions(ROOT, made, filesWith(statistics, 'undici'))) {
    const source = readFileSync(join(made, file), 'utf8');
    writeFileSync(join(made, file), withEagerFunctions(source, isCalled));
  }
  const library = librarySource(BUNDLE, filesOfLibrary(statistics), await libraryNames());
  writeFileSync(join(made, 'library.js'), library);
  // Not ncc's: its list lacks every package whose modules are merged into others.
  const packages = bundledPackages(statistics);
  for (const name of UNSEEN) packages.set(name, join(ROOT, 'node_modules', name));
  writeFileSync(join(made, 'licenses.txt'), licensesText(packages));
  // Tests may be running the old one, which is there until the new one is whole.
  rmSync(DIST, { recursive: true, force: true });
  renameSync(made, DIST);
} finally {
  rmSync(STAGE, { recursive: true, force: true });
}

/** What the library exports to a program; its types are in lib/. */
async function libraryNames(): Promise<readonly string[]> {
  const library = (await import(pathToFileURL(join(ROOT, 'lib', 'index.js')).href)) as object;
  return Object.keys(library).sort();
}
