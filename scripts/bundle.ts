/**
 * `npm run build`, after lib/: the Action's bundle in dist/, by ncc. The same bytes wherever it is built, so that CI
 * can compare.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { minify } from 'terser';

const ROOT = join(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');
const NCC = join(ROOT, 'node_modules', '@vercel', 'ncc', 'dist', 'ncc', 'cli.js');

/**
 * ncc leaves `__filename` of CommonJS packages as it is, which an ES module doesn't have: write-file-atomic then
 * fails at its first write with "__filename is not defined".
 */
const SHIM = 'var __filename=import.meta.filename,__dirname=import.meta.dirname;\n';

/** The same bundle under another name, by which it knows that it is the post step. */
const POST = "import './index.js';\n";

/** What stands in place of packages in the bundle, by the variable that ncc finds its `paths` by. */
const PATHS = { TS_NODE_PROJECT: join(import.meta.dirname, 'bundle', 'paths.json') };

/** Beside dist/, which is there as it was until the new one is whole: tests may be running it. */
const work = mkdtempSync(join(ROOT, 'node_modules', '.dist-'));
try {
  const options = ['--minify', '--no-cache', '--quiet', '--license', 'licenses.txt'];
  execFileSync(process.execPath, [NCC, 'build', 'lib/action.js', ...options, '--out', join(work, 'dist')], {
    cwd: ROOT,
    env: { ...process.env, ...PATHS },
    stdio: 'inherit',
  });
  for (const file of readdirSync(join(work, 'dist')).filter((name) => name.endsWith('.js'))) {
    await finish(join(work, 'dist', file), file === 'index.js');
  }
  writeFileSync(join(work, 'dist', 'post.js'), POST);
  rmSync(DIST, { recursive: true, force: true });
  renameSync(join(work, 'dist'), DIST);
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** ncc minifies the main file only: the Kubernetes client, loaded when a cluster is asked, would be 19 MB. */
async function finish(path: string, isMain: boolean): Promise<void> {
  const source = readFileSync(path, 'utf8');
  const { code = source } = isMain
    ? { code: source }
    : await minify(source, { module: true, compress: { passes: 1 } });
  writeFileSync(path, SHIM + code);
}
