/**
 * `npm run build`, after lib/: the Action's bundle in dist/, by ncc. The same bytes wherever it is built, so that CI
 * can compare.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist');

/**
 * ncc leaves `__filename` of CommonJS packages as it is, which an ES module doesn't have: write-file-atomic then
 * fails at its first write with "__filename is not defined".
 */
const SHIM = 'var __filename=import.meta.filename,__dirname=import.meta.dirname;\n';

rmSync(DIST, { recursive: true, force: true });
execFileSync(
  process.execPath,
  [
    join(ROOT, 'node_modules/@vercel/ncc/dist/ncc/cli.js'),
    ...[
      'build',
      'lib/action.js',
      '--minify',
      '--no-cache',
      '--quiet',
      '--license',
      'licenses.txt',
      '--out',
      'dist',
    ],
  ],
  { cwd: ROOT, stdio: 'inherit' },
);
const main = join(DIST, 'index.js');
writeFileSync(main, SHIM + readFileSync(main, 'utf8'));
