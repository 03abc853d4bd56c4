/** Every command that the docs give to a reader, run; but for those of two pages that need a cluster. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseWords } from '../../src/operations/parse-words.ts';
import { copyExamples, ROOT, runProgram } from '../support/examples.ts';
import { blocksOf, PAGES } from '../support/pages.ts';

/** Run by test/cluster/docs.test.ts against a real API server. */
const OF_THE_CLUSTER = ['docs/getting-started.md', 'docs/keyless.md'];

const commands = PAGES.filter(({ path }) => !OF_THE_CLUSTER.includes(path))
  .flatMap(blocksOf)
  .filter(({ language }) => language === 'sh')
  .flatMap(({ page, line, text }) =>
    text
      .replaceAll(/\\\n */g, '')
      .split('\n')
      .map((command, index) => ({ at: `${page}:${line + index}`, command: command.replace(/ +# .*$/, '') })),
  )
  .filter(({ command }) => command !== '');

/** What is tried elsewhere, and where. */
const ELSEWHERE: readonly string[] = [
  // test/examples/examples.test.ts; .ci/run runs both after `npm ci`.
  'npm ci && npm run demo',
  'npm ci && npm test',
  // .ci/checks/library packs, installs and starts it, in an empty project.
  'npm ci',
  'npm pack --quiet',
  'npm install --global ./istiops-action-*.tgz',
  // They ask the hub for a release: .github/workflows/release.yml makes and attests one.
  "gh release download --repo org/istiops-action --pattern 'istiops-action-*.tgz'",
  'gh attestation verify istiops-action-*.tgz --repo org/istiops-action',
];

let dir = '';
beforeEach(() => {
  dir = copyExamples();
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

function shell(line: string): string {
  const cli = join(ROOT, 'dist', 'istiops.js');
  const { status, stdout, stderr } = runProgram(
    'sh',
    ['-c', `istiops() { '${process.execPath}' '${cli}' "$@"; }\n${line}`],
    dir,
  );
  expect(status, `${line}\n${stdout}${stderr}`).toBe(0);
  return stdout;
}

const istiops = commands.filter(({ command }) => command.startsWith('istiops '));
const needsCluster = /^istiops traffic (undo|history) /;

describe('istiops', () => {
  test('there are many', () => {
    expect(istiops.length).toBeGreaterThan(12);
  });

  test.for(istiops.filter(({ command }) => !needsCluster.test(command)))('$at $command', ({ command }) => {
    const isComplete = command === 'istiops version' || command.includes('--manifests ');
    shell(isComplete ? command : `${command} --manifests examples/shop`);
  });

  // Their words are right; what they do is in test/cluster/undo.test.ts.
  test.for(istiops.filter(({ command }) => needsCluster.test(command)))('$at $command', ({ command }) => {
    const [, operation = '', selector = ''] =
      /^istiops traffic (\w+) --label-selector (\S+)$/.exec(command) ?? [];
    expect(parseWords({ operation, 'label-selector': selector }).request.intent.operation).toBe(operation);
  });
});

test.for(commands.filter(({ command }) => command.startsWith('scripts/run-local ')))(
  '$at $command',
  ({ command }) => {
    const { status, stdout } = runProgram('sh', ['-c', `'${ROOT}'/${command}`], dir);
    expect(status, stdout).toBe(0);
    expect(stdout).toContain('── summary ──');
  },
);

test('every other command is tried elsewhere, and is what it was there', () => {
  const others = commands.filter(({ command }) => !/^(istiops|scripts\/run-local) /.test(command));
  expect(new Set(others.map(({ command }) => command))).toEqual(new Set(ELSEWHERE));
  const check = readFileSync(join(ROOT, '.ci', 'checks', 'library'), 'utf8');
  expect(check).toMatch(/^npm pack /m);
  expect(check).toMatch(/^npm install /m);
});
