/** `scripts/run-local --operation weight …`: the built Action from a shell, as the runner would call it. */
import { nearest } from '../src/intent/nearest.ts';
import { readActionFile } from './runner/action-file.ts';
import { runAction } from './runner/run-action.ts';

const HELP = `usage: scripts/run-local --<input> <value> …

Runs the built Action (dist/index.js) in this folder as a workflow's step would be run, and prints its log,
its outputs and its summary. Exit code: the step's; 2 for a usage error.

  scripts/run-local --operation show --manifests examples/shop --label-selector app=api-domain

Inputs, each with its meaning in action.yml:
`;

// `| head` has seen enough; the step goes on to its end all the same, lest it stop half way.
process.stdout.on('error', () => undefined);

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const { inputs: declared } = readActionFile();
  if (args.length === 0 || args.includes('--help')) {
    process.stdout.write(HELP + [...declared.keys()].map((name) => `  --${name}\n`).join(''));
    return args.length === 0 ? 2 : 0;
  }
  const { inputs, faults } = readFlags(args, declared);
  if (faults.length > 0) {
    process.stderr.write(faults.map((fault) => `${fault}\n`).join(''));
    return 2;
  }
  const run = await runAction(inputs, {
    cwd: process.cwd(),
    onLine: (line) => process.stdout.write(`${line}\n`),
  });
  const outputs = [...run.outputs].map(([name, value]) =>
    value.includes('\n') ? `${name}:\n${indented(value)}` : `${name}: ${value}`,
  );
  process.stdout.write(`\n── outputs ──\n${outputs.join('\n')}\n\n── summary ──\n${run.summary.trimEnd()}\n`);
  return run.exitCode;
}

interface Flags {
  readonly inputs: ReadonlyMap<string, string>;
  /** Sentences; with any of them nothing is run. */
  readonly faults: readonly string[];
}

/** `--name value`, `--name=value`; alone, a flag of those that are true or false is true, and any other empty. */
function readFlags(args: readonly string[], declared: ReadonlyMap<string, string>): Flags {
  const inputs = new Map<string, string>();
  const faults: string[] = [];
  const rest = [...args];
  while (rest.length > 0) {
    const word = rest.shift() ?? '';
    const [, name, attached] = /^--([^=]+)(?:=([\s\S]*))?$/.exec(word) ?? [];
    if (name === undefined) {
      faults.push(
        `"${word}" belongs to no input: write --name value, with quotes around a value that has blanks.`,
      );
      continue;
    }
    const next = rest[0];
    const own = attached ?? (next === undefined || next.startsWith('--') ? undefined : rest.shift());
    const standard = declared.get(name);
    if (standard === undefined) {
      const near = nearest(name, [...declared.keys()]);
      faults.push(
        `action.yml declares no input ${name}${near === undefined ? ': see --help.' : `: did you mean ${near}?`}`,
      );
    } else if (inputs.has(name)) {
      faults.push(
        `The input ${name} is given twice; a workflow has room for one. Lines within a value do what you mean.`,
      );
    } else {
      inputs.set(name, own ?? (standard === 'false' ? 'true' : ''));
    }
  }
  return { inputs, faults };
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, '  ');
}
