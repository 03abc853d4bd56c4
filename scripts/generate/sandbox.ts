import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
const CLI = join(ROOT, 'src', 'cli.ts');

/** A place of its own with a copy of `examples/`, where the README's commands run one after the other. */
export interface Sandbox {
  /** `istiops …` and what it prints, as a Markdown block. */
  istiops(args: string): string;
  remove(): void;
}

export function openSandbox(): Sandbox {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'istiops-readme-')));
  cpSync(join(ROOT, 'examples'), join(dir, 'examples'), { recursive: true });
  return {
    istiops(args) {
      const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...splitWords(args)], {
        cwd: dir,
        encoding: 'utf8',
        env: { PATH: process.env['PATH'], NO_COLOR: '1' },
      });
      if (status !== 0) throw new Error(`README: istiops ${args} ends with ${String(status)}:\n${stdout}${stderr}`);
      return ['```console', `$ istiops ${args}`, stdout.trimEnd(), '```'].join('\n');
    },
    remove() {
      rmSync(dir, { recursive: true });
    },
  };
}

/** As a shell would, as far as the README's commands need it: blanks, single and double quotes. */
function splitWords(text: string): string[] {
  return [...text.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, single, double, plain]) => single ?? double ?? plain ?? '');
}
