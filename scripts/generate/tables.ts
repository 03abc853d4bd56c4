import { inputGroups, rulesOf, usedByText } from './input-groups.ts';
import { OPERATIONS, operationNamed } from '../../src/operations/index.ts';
import { OUTPUTS } from './outputs.ts';

/** The inputs as Markdown: a table for each group. */
export function inputsTable(): string {
  return inputGroups()
    .map(({ title, inputs }) => {
      const rows = inputs.map((input) => {
        const standard = input.default === undefined ? '' : ` Default: \`${input.default}\`.`;
        const example = `\`${cell(input.example)}\``;
        return `| \`${input.name}\` | ${cell(`${input.description} ${rulesOf(input)}${standard}`)} | ${example} | ${usedByText(input)} |`;
      });
      return [
        `**${title}**`,
        '',
        '| input | meaning | example | used by |',
        '| --- | --- | --- | --- |',
        ...rows,
      ].join('\n');
    })
    .join('\n\n');
}

/** The operations as a Markdown table, in the order of the registry. */
export function operationsTable(): string {
  const rows = OPERATIONS.map((name) => {
    const entry = operationNamed(name);
    const back =
      entry.kind === 'read' ? '' : entry.takesBack.by === 'undo' ? ' `undo`' : ' `rollback`, `undo`';
    return `| \`${name}\` | ${cell(entry.door.description)} |${back} |`;
  });
  return ['| operation | what happens | how to go back |', '| --- | --- | --- |', ...rows].join('\n');
}

/** The outputs as a Markdown table. */
export function outputsTable(): string {
  const rows = OUTPUTS.map(({ name, about }) => `| \`${name}\` | ${cell(about)} |`);
  return ['| output | meaning |', '| --- | --- |', ...rows].join('\n');
}

/** A bar would end the cell. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
