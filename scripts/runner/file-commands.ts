/**
 * The names and values in a file like `GITHUB_OUTPUT`: `name=value` or `name<<END`, lines, `END`. A name that
 * comes again replaces what it was.
 *
 * @see https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#multiline-strings
 */
export function parseFileCommands(text: string): Map<string, string> {
  const values = new Map<string, string>();
  const lines = text.split(/\r?\n/);
  while (lines.length > 0) {
    const line = lines.shift() ?? '';
    const [, name = '', operator, rest = ''] = /^(.*?)(<<|=)(.*)$/.exec(line) ?? [];
    if (operator === undefined) continue;
    if (operator === '=') {
      values.set(name, rest);
      continue;
    }
    const end = lines.indexOf(rest);
    if (end === -1) throw new Error(`The value of ${name} has no end.`);
    values.set(
      name,
      lines
        .splice(0, end + 1)
        .slice(0, -1)
        .join('\n'),
    );
  }
  return values;
}
