/** The scripts, in the real shells: all machines have bash; zsh and fish are asked where they are. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';

const CLI = join(import.meta.dirname, '../../dist/istiops.js');

/** How a shell is asked for what may come at the end of some words, after the script. The answer is a line each. */
const QUESTIONS = {
  bash: (words) => `
COMP_WORDS=(${words.map(inQuotes).join(' ')}); COMP_CWORD=${words.length - 1}
_istiops; printf '%s\\n' "\${COMPREPLY[@]}"`,
  // The real functions answer only at a prompt; these print what they are handed.
  zsh: (words) => `
_describe() { print -rl -- "\${(@)\${(@P)2}%%:*}" }
compadd() { shift; print -rl -- "$@" }
_files() { print FILES }
words=(${words.map(inQuotes).join(' ')}); CURRENT=${words.length}
_istiops`,
  fish: (words) => `
complete -C ${inQuotes(words.join(' '))} | string replace -r '\\t.*' ''`,
} satisfies Record<string, (words: readonly string[]) => string>;

type Shell = keyof typeof QUESTIONS;

/** What has to stand before the script where there is no prompt. */
const BEFORE: Readonly<Record<Shell, string>> = { bash: '', zsh: 'compdef() { }\n', fish: '' };

function inQuotes(word: string): string {
  return `'${word}'`;
}

const shells = (Object.keys(QUESTIONS) as Shell[]).filter(
  (shell) => spawnSync(shell, ['-c', 'true']).error === undefined,
);

it('is asked in one shell at least', () => {
  expect(shells).toContain('bash');
});

describe.each(shells)('in %s', (shell) => {
  let script = '';
  beforeAll(() => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, 'completion', shell], {
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
    script = stdout;
  });

  /** What the shell offers for the last word, which may be begun. */
  function offered(...words: readonly string[]): readonly string[] {
    const asked = BEFORE[shell] + script + QUESTIONS[shell](['istiops', ...words]);
    const flags = shell === 'bash' ? ['--norc'] : shell === 'zsh' ? ['-f'] : ['--no-config'];
    const { stdout, stderr } = spawnSync(shell, [...flags, '-c', asked], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: '/nowhere', LD_LIBRARY_PATH: process.env['LD_LIBRARY_PATH'] },
    });
    expect(stderr.split('\n').filter((line) => /error|not found|bad/i.test(line))).toEqual([]);
    const begun = words.at(-1) ?? '';
    return stdout.split('\n').filter((line) => line !== '' && line.startsWith(begun));
  }

  it('commands', () => {
    expect(offered('')).toEqual(expect.arrayContaining(['completion', 'traffic', 'version']));
    expect(offered('tr')).toEqual(['traffic']);
    expect(offered('completion', '')).toEqual(expect.arrayContaining(['bash', 'fish', 'zsh']));
  });

  it('operations', () => {
    expect(offered('traffic', '')).toEqual(expect.arrayContaining(['show', 'weight', 'undo', 'shift']));
    expect(offered('traffic', 'cl')).toEqual(['clear']);
  });

  it('the flags of an operation, and none of another', () => {
    expect(offered('traffic', 'weight', '--w')).toEqual(
      expect.arrayContaining(['--weight', '--wait-for-pods']),
    );
    expect(offered('traffic', 'clear', '--w')).toEqual([]);
    expect(offered('clear', '--mo')).toEqual(['--mode']);
  });

  it('the values of a flag', () => {
    expect(offered('traffic', 'clear', '--mode', '')).toEqual(expect.arrayContaining(['all', 'stale']));
    expect(offered('traffic', 'explain', '-o', 'j')).toEqual(expect.arrayContaining(['json', 'junit']));
    expect(offered('traffic', 'show', '--output', 'j')).toEqual(['json']);
  });

  it('flags after a value, which is no command whatever it is called', () => {
    expect(offered('traffic', 'show', '--namespace', 'clear', '--wat')).toEqual(['--watch']);
    expect(offered('traffic', 'weight', '--dry-run', '--we')).toEqual(['--weight']);
  });

  it('nothing for a value that nobody knows', () => {
    expect(offered('traffic', 'weight', '--hostname', '')).toEqual([]);
  });
});

it('refuses a shell that it does not know', () => {
  const { status, stderr } = spawnSync(process.execPath, [CLI, 'completion', 'tcsh'], { encoding: 'utf8' });
  expect(status).toBe(2);
  expect(stderr).toContain('there is no completion for tcsh: name one of bash, zsh, fish');
});
