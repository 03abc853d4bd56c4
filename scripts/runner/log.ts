/** What an Action prints, as the runner shows it: commands carried out, secrets masked. */
export interface RunnerLog {
  /** The line to show; undefined: nothing. */
  show(line: string): string | undefined;
}

/** @see https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands */
const COMMAND = /^::([a-z-]+)(?: [^:]*)?::(.*)$/;

export function createLog(): RunnerLog {
  const masks: string[] = [];
  const masked = (text: string): string => masks.reduce((shown, mask) => shown.replaceAll(mask, '***'), text);
  let indent = '';
  return {
    show(line) {
      const [, command, data = ''] = COMMAND.exec(line) ?? [];
      if (command === undefined) return `${indent}${masked(line)}`;
      const text = decoded(data);
      switch (command) {
        case 'add-mask':
          if (text !== '') masks.push(text);
          return undefined;
        case 'group':
          indent = '  ';
          return `▸ ${masked(text)}`;
        case 'endgroup':
          indent = '';
          return undefined;
        default:
          return `${command}: ${masked(text)}`;
      }
    },
  };
}

function decoded(data: string): string {
  return data.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
}
