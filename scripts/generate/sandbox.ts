import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');

/** A place of its own with a copy of `examples/`, where the commands of one page run one after the other. */
export interface Sandbox {
  /**
   * A shell's command line and what it prints, as a Markdown block.
   *
   * @throws Error when it fails
   */
  run(line: string): string;
  remove(): void;
}

export function openSandbox(): Sandbox {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'istiops-docs-')));
  cpSync(join(ROOT, 'examples'), join(dir, 'examples'), { recursive: true });
  const bin = join(dir, 'bin');
  mkdirSync(bin);
  const cli = join(ROOT, 'src', 'doors', 'bin', 'istiops.ts');
  writeFileSync(join(bin, 'istiops'), `#!/bin/sh\nexec '${process.execPath}' '${cli}' "$@"\n`, {
    mode: 0o755,
  });
  return {
    run(line) {
      const path = [bin, process.env['PATH'] ?? ''].join(delimiter);
      const { status, stdout, stderr } = spawnSync('sh', ['-c', line], {
        cwd: dir,
        encoding: 'utf8',
        env: { PATH: path, NO_COLOR: '1' },
      });
      if (status !== 0) throw new Error(`${line} ends with ${String(status)}:\n${stdout}${stderr}`);
      return ['```console', `$ ${line}`, stdout.trimEnd(), '```'].join('\n');
    },
    remove() {
      rmSync(dir, { recursive: true });
    },
  };
}
