/** The scripts of the recipes for Git, run in a repository with a remote; the Action as it is built. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { runAction } from '../../scripts/runner/run-action.ts';
import { ROOT } from '../support/examples.ts';

interface Step {
  readonly run?: string;
  readonly with?: Readonly<Record<string, string>>;
}

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'istiops-gitops-'));
  shell(`git init --quiet --bare --initial-branch main remote.git && git clone --quiet remote.git work 2>&1`, dir);
  cpSync(join(ROOT, 'examples', 'shop'), join(dir, 'work', 'deploy', 'istio'), { recursive: true });
  shell(`git -C work -c user.name=a -c user.email=a@example.com commit --quiet --allow-empty -m start`, dir);
  shell(`git add . && git -c user.name=a -c user.email=a@example.com commit --quiet -m shop && git push --quiet`, work());
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

const work = (): string => join(dir, 'work');

function shell(script: string, cwd: string, env: Readonly<Record<string, string>> = {}): string {
  const { status, stdout, stderr } = spawnSync('bash', ['-euo', 'pipefail', '-c', script], {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: dir, GIT_CONFIG_NOSYSTEM: '1', ...env },
  });
  expect(status, `${script}\n${stdout}${stderr}`).toBe(0);
  return stdout;
}

/** Runs the steps of a recipe: the Action with its inputs, then each script of the recipe's own. */
async function play(recipe: string, given: Readonly<Record<string, string>>): Promise<void> {
  const text = readFileSync(join(ROOT, 'examples', 'workflows', recipe), 'utf8').replaceAll(
    /\$\{\{ inputs\.(\w+) \}\}/g,
    (_whole, name: string) => given[name] ?? '',
  );
  const { jobs } = parse(text) as { readonly jobs: Record<string, { readonly steps: readonly Step[] }> };
  const [job] = Object.values(jobs);
  const steps = job?.steps ?? [];
  const inputs = steps.find(({ with: words }) => words?.['operation'] !== undefined)?.with ?? {};
  const log: string[] = [];
  const ran = await runAction(new Map(Object.entries(inputs)), {
    cwd: work(),
    onLine: (line) => log.push(line),
  });
  expect(ran.exitCode, log.join('\n')).toBe(0);
  const env = { SUBSET: ran.outputs.get('subset') ?? '', WEIGHT: given['weight'] ?? '' };
  for (const { run } of steps) if (run?.startsWith('git ') === true) shell(run, work(), env);
}

/** What was pushed since the beginning: each commit with its files, the oldest first. */
function commits(): readonly string[] {
  const text = shell('git log --reverse --name-only --format=commit:%s main', join(dir, 'remote.git'));
  const parts = text.split('commit:').slice(3);
  return parts.map((part) => part.trim().split(/\n+/).join(' '));
}

describe('recipes for Git', () => {
  test('a share is one commit; to take it back, the routes come before the subset', async () => {
    await play('gitops.yml', { build: '10', weight: '20' });
    await play('gitops-take-back.yml', { build: '10' });
    expect(commits()).toEqual([
      'Send 20 % to api-domain-10 deploy/istio/destination-rule.yaml deploy/istio/virtual-service.yaml',
      'Take api-domain-10 out of the routes deploy/istio/virtual-service.yaml',
      'Remove the subset api-domain-10 deploy/istio/destination-rule.yaml',
    ]);
    expect(shell('git diff --stat HEAD~3', work())).toBe('');
  });
});
