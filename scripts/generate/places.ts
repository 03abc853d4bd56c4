import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { roleYaml } from '../../src/stores/kubernetes/role.ts';
import { openSandbox, type Sandbox } from './sandbox.ts';
import { inputsTable, outputsTable } from './tables.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/**
 * A place in a document that this script fills: `<!-- generated: what about -->` … `<!-- /generated -->`.
 */
const PLACE = /(<!-- generated: (\S+?)(?: (.+?))? -->\n)[\s\S]*?(\n?<!-- \/generated -->)/g;

/**
 * A Markdown document with its generated places filled anew: tables, files of `examples/`, the Role, and commands
 * with what they really print.
 *
 * @throws Error on a place of an unknown kind, or a command that fails
 */
export function fillPlaces(text: string): string {
  const sandbox = openSandbox();
  try {
    return text.replaceAll(PLACE, (_whole, open: string, what: string, about: string | undefined) => {
      return `${open}${contentOf(what, about ?? '', sandbox)}\n<!-- /generated -->`;
    });
  } finally {
    sandbox.remove();
  }
}

function contentOf(what: string, about: string, sandbox: Sandbox): string {
  switch (what) {
    case 'inputs':
      return inputsTable();
    case 'outputs':
      return outputsTable();
    case 'role':
      return ['```yaml', roleYaml(about).trimEnd(), '```'].join('\n');
    case 'file':
      return ['```' + languageOf(about), readFileSync(join(ROOT, about), 'utf8').trimEnd(), '```'].join('\n');
    case 'run':
      return sandbox.run(about);
    default:
      throw new Error(`README.md has a generated place "${what}", which nothing fills.`);
  }
}

function languageOf(path: string): string {
  return path.endsWith('.ts') ? 'ts' : 'yaml';
}
