import { accessCommands, confirmingRole } from './access.ts';
import { fileBlock, stepsBlock } from './files.ts';
import { goldenCase, goldenSummary, goldenWarnings, printedMessage } from './goldens.ts';
import { openSandbox, type Sandbox } from './sandbox.ts';
import { inputsTable, operationsTable, outputsTable } from './tables.ts';

/**
 * A place in a document that this script fills: `<!-- generated: what about -->` … `<!-- /generated -->`.
 */
const PLACE = /(<!-- generated: (\S+?)(?: (.+?))? -->\n)[\s\S]*?(\n?<!-- \/generated -->)/g;

/**
 * A Markdown document with its generated places filled anew: tables, files of `examples/`, the commands for access,
 * commands with what they really print, and messages that tests hold.
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
    case 'operations':
      return operationsTable();
    case 'outputs':
      return outputsTable();
    case 'access':
      return accessCommands();
    case 'confirming':
      return confirmingRole();
    case 'file':
      return fileBlock(about);
    case 'steps':
      return stepsBlock(about);
    case 'run':
      return sandbox.run(about);
    case 'case':
      return goldenCase(about);
    case 'summary':
      return goldenSummary(about);
    case 'warnings':
      return goldenWarnings(about);
    case 'message':
      return printedMessage(about);
    default:
      throw new Error(`There is a generated place "${what}", which nothing fills.`);
  }
}
